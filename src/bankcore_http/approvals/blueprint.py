"""Approvals: request, list, read, withdraw for everybody; approve and reject for operators."""

from collections.abc import Callable
from functools import partial
from typing import Final
from uuid import UUID

from bankcore.approvals.approvals import Approval, ApprovalId
from bankcore.approvals.ports import ApprovalQueries
from bankcore.approvals.service import Approvals
from bankcore.errors import ForbiddenError, InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.idempotency.answers import Accepted
from bankcore.identifiers import TenantId
from bankcore.identity.refusals import MfaRequiredError, SecondPersonRequiredError
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountDormantError,
    AccountFrozenError,
    AlreadyReversedError,
    InsufficientFundsError,
    LimitExceededError,
    ReversalExceedsTransactionError,
    SameAccountError,
)
from bankcore.money import AmountOutOfRangeError, CurrencyMismatchError
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.approvals.shapes import (
    ApprovalBody,
    ApprovalShape,
    ApprovalsQuery,
    RejectionBody,
    present_approval,
)
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat

_KEY: Final = IdempotencyKeyHeader()
_APPROVALS: Final = CursorFormat("approvals", UUID, into=ApprovalId)
_END_REFUSALS: Final = (NotFoundError, InvalidStateError, OutcomeUnknownError)
_LEDGER_REFUSALS: Final = (
    *(AccountFrozenError, AccountDormantError, AccountClosedError, InsufficientFundsError, LimitExceededError),
    *(AlreadyReversedError, ReversalExceedsTransactionError, SameAccountError, CurrencyMismatchError),
    AmountOutOfRangeError,
)
ApprovalsOf = Callable[[TenantId], Approvals]


def approvals_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/approvals`, of the caller's tenant."""
    approvals_of = services.each(Approvals)
    blueprint = Blueprint("approvals", url_prefix="/v1/approvals", description="What needs a second person")
    _serve_requests(blueprint, approvals_of, caller)
    _serve_decisions(blueprint, approvals_of, caller)
    _serve_reads(blueprint, services.each(ApprovalQueries), caller)
    return blueprint


def _serve_requests(blueprint: Blueprint, approvals_of: ApprovalsOf, caller: BearerToken) -> None:
    @blueprint.route("", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.TRANSACTIONS_POST, Permission.TRANSACTIONS_REVERSE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(ApprovalBody)
    @blueprint.response(201, ApprovalShape, message="Approval requested", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, ForbiddenError, MfaRequiredError, SameAccountError)
    @blueprint.raises(CurrencyMismatchError, AmountOutOfRangeError, OutcomeUnknownError)
    def request_approval(caller: Caller, key: str, body: ApprovalBody) -> Answer:
        """Ask for a withdrawal or transfer of your own, or as an operator for a reversal.

        Nothing moves before a second person approves it, within 24 hours. Services ask for reversals with
        `transactions:reverse` alone.
        """
        approvals, wanting = approvals_of(caller.principal.tenant_id), caller.with_permission(body.permission)
        return _answer(approvals.request(body.command(), origin=wanting.acting_origin, idempotency_key=key))

    @blueprint.route("/<uuid:approval_id>/withdraw", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.TRANSACTIONS_POST, Permission.TRANSACTIONS_REVERSE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, ApprovalShape, message="Approval withdrawn", headers=REPLAY_HEADERS)
    @blueprint.raises(*_END_REFUSALS)
    def withdraw_approval(caller: Caller, key: str, *, approval_id: UUID) -> Answer:
        """Want no more of it.

        Only who requested it can withdraw it, while it is pending; a service with any of its keys.
        """
        approvals, wanted = approvals_of(caller.principal.tenant_id), ApprovalId(approval_id)
        return _answer(approvals.withdraw(wanted, origin=caller.acting_origin, idempotency_key=key))


def _serve_decisions(blueprint: Blueprint, approvals_of: ApprovalsOf, caller: BearerToken) -> None:
    @blueprint.route("/<uuid:approval_id>/approve", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.APPROVALS_DECIDE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, ApprovalShape, message="Approved, and moved", headers=REPLAY_HEADERS)
    @blueprint.raises(*_END_REFUSALS, *_LEDGER_REFUSALS, SecondPersonRequiredError)
    def approve(caller: Caller, key: str, *, approval_id: UUID) -> Answer:
        """Approve it, as another person than the one who requested it; the money moves at once.

        Nobody approves what touches an account of his own. If the books refuse, it waits as before.
        """
        approvals, wanted = approvals_of(caller.principal.tenant_id), ApprovalId(approval_id)
        return _answer(approvals.approve(wanted, origin=caller.acting_origin, idempotency_key=key))

    @blueprint.route("/<uuid:approval_id>/reject", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.APPROVALS_DECIDE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(RejectionBody)
    @blueprint.response(200, ApprovalShape, message="Approval rejected", headers=REPLAY_HEADERS)
    @blueprint.raises(*_END_REFUSALS)
    def reject(caller: Caller, key: str, body: RejectionBody, *, approval_id: UUID) -> Answer:
        """Reject it for ever.

        The one who requested it is shown the reason.
        """
        approvals, wanted = approvals_of(caller.principal.tenant_id), ApprovalId(approval_id)
        origin = caller.acting_origin
        return _answer(approvals.reject(wanted, reason=body.reason, origin=origin, idempotency_key=key))


def _serve_reads(blueprint: Blueprint, queries_of: Callable[[TenantId], ApprovalQueries], caller: BearerToken) -> None:
    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.APPROVALS_READ))
    @blueprint.arguments(ApprovalsQuery)
    @blueprint.response(200, ApprovalShape, many=True)
    def list_approvals(caller: Caller, query: ApprovalsQuery) -> Answer:
        """List what you requested, latest first.

        Staff and services list what everybody did. One whose time is over is shown as expired.
        """
        queries = queries_of(caller.principal.tenant_id)
        find = partial(queries.list_approvals, requested_by=caller.only_owner, status=query.status)
        found, page = _APPROVALS.page_by_id(query, find)
        return Answer([present_approval(approval) for approval in found], page=page)

    @blueprint.route("/<uuid:approval_id>")
    @blueprint.takes(caller.who_may(Permission.APPROVALS_READ))
    @blueprint.response(200, ApprovalShape)
    @blueprint.raises(NotFoundError)
    def get_approval(caller: Caller, *, approval_id: UUID) -> ApprovalShape:
        """Read one approval.

        One that ended tells by whom and why; an approved one names its transaction.
        """
        queries = queries_of(caller.principal.tenant_id)
        return present_approval(queries.get_approval(ApprovalId(approval_id), requested_by=caller.only_owner))


def _answer(accepted: Accepted[Approval]) -> Answer:
    return Answer(present_approval(accepted.value), headers=replay_headers(replayed=accepted.replayed))
