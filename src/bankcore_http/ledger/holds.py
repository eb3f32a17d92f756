"""Holds over HTTP: set money aside, take it, give it back, and read what is set aside."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from flask import Response

from bankcore.approvals.refusals import ApprovalAdvice, ApprovalRequiredError
from bankcore.errors import ForbiddenError, InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.holds.queries import HoldQueries
from bankcore.identifiers import AccountId, HoldId, TenantId
from bankcore.identity.refusals import MfaRequiredError
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountDormantError,
    AccountFrozenError,
    CaptureExceedsHoldError,
    ExpiryOutOfRangeError,
    InsufficientFundsError,
    LimitExceededError,
    SameAccountError,
)
from bankcore.ledger.service import LedgerService
from bankcore.money import AmountOutOfRangeError, CurrencyMismatchError
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.ledger.books import LedgerOf
from bankcore_http.ledger.postings import carry_out
from bankcore_http.ledger.shapes.holds import (
    CaptureBody,
    ExtensionBody,
    HoldBody,
    HoldShape,
    HoldsQuery,
    VoidBody,
    present_hold,
)
from bankcore_http.ledger.shapes.transactions import TransactionShape
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat

_KEY: Final = IdempotencyKeyHeader()
_HOLDS: Final = CursorFormat("holds", UUID, into=HoldId)
_ACCOUNT_REFUSALS: Final = (
    NotFoundError,
    AccountFrozenError,
    AccountDormantError,
    AccountClosedError,
    CurrencyMismatchError,
    AmountOutOfRangeError,
    OutcomeUnknownError,
)
_HOLD_REFUSALS: Final = (NotFoundError, ForbiddenError, InvalidStateError, OutcomeUnknownError)
HoldsOf = Callable[[TenantId], HoldQueries]


def holds_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/holds`, on the holds of the caller's tenant."""
    ledger_of, holds_of = services.each(LedgerService), services.each(HoldQueries)
    blueprint = Blueprint("holds", url_prefix="/v1/holds", description="Money set aside")
    _serve_beginning(blueprint, ledger_of, caller)
    _serve_ends(blueprint, ledger_of, holds_of, caller)
    _serve_reads(blueprint, holds_of, caller)
    return blueprint


def _serve_beginning(blueprint: Blueprint, ledger_of: LedgerOf, caller: BearerToken) -> None:
    @blueprint.route("", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.HOLDS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(HoldBody)
    @blueprint.response(201, HoldShape, message="Hold placed", headers=REPLAY_HEADERS)
    @blueprint.raises(*_ACCOUNT_REFUSALS, InsufficientFundsError, LimitExceededError, MfaRequiredError)
    @blueprint.raises(ApprovalRequiredError)
    def place_hold(caller: Caller, key: str, body: HoldBody) -> Answer | Response:
        """Set money aside on an account of your own; operators do it on any.

        Nobody can spend it until it is captured, voided, or its time is over; it stays in the balance.
        """
        command = body.command(key)
        caller.require_may_move([command.amount], advice=ApprovalAdvice.INSTEAD_OF_HOLD)
        return carry_out(ledger_of(caller.principal.tenant_id), command, caller.acting_origin)

    @blueprint.route("/<uuid:hold_id>/extend", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.HOLDS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(ExtensionBody)
    @blueprint.response(200, HoldShape, message="Hold extended", headers=REPLAY_HEADERS)
    @blueprint.raises(*_HOLD_REFUSALS, ExpiryOutOfRangeError)
    def extend_hold(caller: Caller, key: str, body: ExtensionBody, *, hold_id: UUID) -> Answer | Response:
        """Give an open hold more time.

        It is never shortened: void it instead. Only who placed a hold may extend it, or an operator.
        """
        command = body.command(HoldId(hold_id), key)
        return carry_out(ledger_of(caller.principal.tenant_id), command, caller.acting_origin)


def _serve_ends(blueprint: Blueprint, ledger_of: LedgerOf, holds_of: HoldsOf, caller: BearerToken) -> None:
    @blueprint.route("/<uuid:hold_id>/capture", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.HOLDS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(CaptureBody)
    @blueprint.response(201, TransactionShape, message="Hold captured", headers=REPLAY_HEADERS)
    @blueprint.raises(*_ACCOUNT_REFUSALS, *_HOLD_REFUSALS, CaptureExceedsHoldError, SameAccountError)
    @blueprint.raises(MfaRequiredError, ApprovalRequiredError)
    def capture_hold(caller: Caller, key: str, body: CaptureBody, *, hold_id: UUID) -> Answer | Response:
        """Move what a hold keeps, or part of it, to another account.

        The rest is given back, unless `final` is false: then more may be captured later. Only who placed a
        hold may capture it, or an operator.
        """
        # What is read here never changes; the ledger reads the rest under its locks.
        hold = holds_of(caller.principal.tenant_id).get_hold(HoldId(hold_id), owner_id=caller.only_owner)
        command = body.command(hold, key)
        # The hold may be older than the limit, or than a theft of the session that comes for it.
        taken = hold.remaining if command.amount is None else command.amount
        caller.require_may_move([taken], advice=ApprovalAdvice.INSTEAD_OF_CAPTURE)
        return carry_out(ledger_of(caller.principal.tenant_id), command, caller.acting_origin, hold.account_id)

    @blueprint.route("/<uuid:hold_id>/void", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.HOLDS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(VoidBody)
    @blueprint.response(200, HoldShape, message="Hold voided", headers=REPLAY_HEADERS)
    @blueprint.raises(*_HOLD_REFUSALS)
    def void_hold(caller: Caller, key: str, body: VoidBody, *, hold_id: UUID) -> Answer | Response:
        """Give back what a hold still keeps.

        Only who placed a hold may void it, or an operator: one that secures somebody else's claim is not the
        holder's to take back.
        """
        command = body.command(HoldId(hold_id), key)
        return carry_out(ledger_of(caller.principal.tenant_id), command, caller.acting_origin)


def _serve_reads(blueprint: Blueprint, holds_of: HoldsOf, caller: BearerToken) -> None:
    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.HOLDS_READ))
    @blueprint.arguments(HoldsQuery)
    @blueprint.response(200, HoldShape, many=True)
    def list_holds(caller: Caller, query: HoldsQuery) -> Answer:
        """List the holds on your own accounts, oldest first; staff see those on any.

        Filters narrow it down. A hold is shown as expired from the moment on when its time is over.
        """
        return _read_holds(holds_of(caller.principal.tenant_id), query, caller.only_owner)

    @blueprint.route("/<uuid:hold_id>")
    @blueprint.takes(caller.who_may(Permission.HOLDS_READ))
    @blueprint.response(200, HoldShape)
    @blueprint.raises(NotFoundError)
    def get_hold(caller: Caller, *, hold_id: UUID) -> HoldShape:
        """Read one hold.

        On your own accounts, or as staff on any. What you may not read is answered as what is not there.
        """
        queries = holds_of(caller.principal.tenant_id)
        return present_hold(queries.get_hold(HoldId(hold_id), owner_id=caller.only_owner))


def _read_holds(queries: HoldQueries, query: HoldsQuery, owner_id: str | None) -> Answer:
    account_id = None if query.account_id is None else AccountId(query.account_id)
    found, page = _HOLDS.page_of(
        query,
        lambda after, limit: queries.list_holds(
            owner_id=owner_id, account_id=account_id, status=query.status, after=after, limit=limit
        ),
        lambda hold: (hold.id,),
    )
    return Answer([present_hold(hold) for hold in found], page=page)
