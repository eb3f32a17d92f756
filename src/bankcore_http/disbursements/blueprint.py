"""Disbursements: request, list, read, withdraw for everybody; approve and reject for operators."""

from collections.abc import Callable
from functools import partial
from typing import Final
from uuid import UUID

from bankcore.disbursements.disbursements import Disbursement, DisbursementId
from bankcore.disbursements.ports import DisbursementQueries
from bankcore.disbursements.refusals import NoPayoutProviderError
from bankcore.disbursements.request import RequestDisbursements
from bankcore.disbursements.service import DecideDisbursements
from bankcore.errors import InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.idempotency.answers import Accepted
from bankcore.identifiers import TenantId
from bankcore.identity.refusals import SecondPersonRequiredError
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountDormantError,
    AccountFrozenError,
    ExpiryOutOfRangeError,
    InsufficientFundsError,
    LimitExceededError,
)
from bankcore.money import AmountOutOfRangeError, CurrencyMismatchError
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.disbursements.shapes import (
    DisbursementBody,
    DisbursementRejectionBody,
    DisbursementShape,
    DisbursementsQuery,
    DisbursementVerdictBody,
    present_disbursement,
)
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat

_KEY: Final = IdempotencyKeyHeader()
_DISBURSEMENTS: Final = CursorFormat("disbursements", UUID, into=DisbursementId)
_LEDGERS: Final = (AccountFrozenError, AccountDormantError, AccountClosedError, InsufficientFundsError)
_REFUSALS: Final = (
    *(NotFoundError, NoPayoutProviderError, CurrencyMismatchError, AmountOutOfRangeError, OutcomeUnknownError),
    *(*_LEDGERS, LimitExceededError),
)
_END_REFUSALS: Final = (NotFoundError, InvalidStateError, OutcomeUnknownError)
DecideOf = Callable[[TenantId], DecideDisbursements]


def disbursements_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/disbursements`, of the caller's tenant."""
    blueprint = Blueprint("disbursements", url_prefix="/v1/disbursements", description="Money that leaves the bank")
    decide_of = services.each(DecideDisbursements)
    _serve_requests(blueprint, services, decide_of, caller)
    _serve_decisions(blueprint, decide_of, caller)
    _serve_reads(blueprint, services, caller)
    return blueprint


def _serve_requests(blueprint: Blueprint, services: Services, decide_of: DecideOf, caller: BearerToken) -> None:
    request_of = services.each(RequestDisbursements)

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.DISBURSEMENTS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(DisbursementBody)
    @blueprint.response(201, DisbursementShape, message="Disbursement requested", headers=REPLAY_HEADERS)
    @blueprint.raises(*_REFUSALS)
    def request_disbursement(caller: Caller, key: str, body: DisbursementBody) -> Answer:
        """Ask that money of yours be sent to an account outside.

        It is held at once, and leaves when another person approved.
        """
        return _answer(request_of(caller.principal.tenant_id)(body.command(key), origin=caller.acting_origin))

    @blueprint.route("/<uuid:disbursement_id>/withdraw", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.DISBURSEMENTS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, DisbursementShape, message="Disbursement withdrawn", headers=REPLAY_HEADERS)
    @blueprint.raises(*_END_REFUSALS)
    def withdraw_disbursement(caller: Caller, key: str, *, disbursement_id: UUID) -> Answer:
        """Want no more of it.

        Only who requested it can, while it waits for approval.
        """
        decide, wanted = decide_of(caller.principal.tenant_id), DisbursementId(disbursement_id)
        return _answer(decide.withdraw(wanted, origin=caller.acting_origin, idempotency_key=key))


def _serve_decisions(blueprint: Blueprint, decide_of: DecideOf, caller: BearerToken) -> None:
    @blueprint.route("/<uuid:disbursement_id>/approve", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.DISBURSEMENTS_DECIDE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, DisbursementShape, message="Disbursement approved", headers=REPLAY_HEADERS)
    @blueprint.raises(*_END_REFUSALS, SecondPersonRequiredError, ExpiryOutOfRangeError)
    def approve_disbursement(caller: Caller, key: str, *, disbursement_id: UUID) -> Answer:
        """Approve it, as another person than its requester and the owner of the account.

        It is sent within seconds.
        """
        decide, wanted = decide_of(caller.principal.tenant_id), DisbursementId(disbursement_id)
        return _answer(decide.approve(wanted, origin=caller.acting_origin, idempotency_key=key))

    @blueprint.route("/<uuid:disbursement_id>/reject", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.DISBURSEMENTS_DECIDE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(DisbursementRejectionBody)
    @blueprint.response(200, DisbursementShape, message="Disbursement rejected", headers=REPLAY_HEADERS)
    @blueprint.raises(*_END_REFUSALS)
    def reject_disbursement(
        caller: Caller, key: str, body: DisbursementRejectionBody, *, disbursement_id: UUID
    ) -> Answer:
        """Reject it for ever; the money is free again.

        The one who requested it is shown the reason.
        """
        decide, wanted, origin = decide_of(caller.principal.tenant_id), disbursement_id, caller.acting_origin
        return _answer(decide.reject(DisbursementId(wanted), reason=body.reason, origin=origin, idempotency_key=key))

    @blueprint.route("/<uuid:disbursement_id>/resolve", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.DISBURSEMENTS_DECIDE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(DisbursementVerdictBody)
    @blueprint.response(200, DisbursementShape, message="Disbursement resolved", headers=REPLAY_HEADERS)
    @blueprint.raises(*_END_REFUSALS, SecondPersonRequiredError, *_LEDGERS)
    def resolve_disbursement(
        caller: Caller, key: str, body: DisbursementVerdictBody, *, disbursement_id: UUID
    ) -> Answer:
        """Say how one ended that needs review, as another person than its requester and the owner of the account.

        `failed` gives the money back, also what was booked as paid.
        """
        decide, command = decide_of(caller.principal.tenant_id), body.command(DisbursementId(disbursement_id))
        return _answer(decide.resolve(command, origin=caller.acting_origin, idempotency_key=key))


def _serve_reads(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    queries_of = services.each(DisbursementQueries)

    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.DISBURSEMENTS_READ))
    @blueprint.arguments(DisbursementsQuery)
    @blueprint.response(200, DisbursementShape, many=True)
    def list_disbursements(caller: Caller, query: DisbursementsQuery) -> Answer:
        """List those of your accounts, latest first.

        Staff and services list those of everybody.
        """
        queries = queries_of(caller.principal.tenant_id)
        find = partial(queries.list_disbursements, owner_id=caller.only_owner, status=query.status)
        found, page = _DISBURSEMENTS.page_by_id(query, find)
        return Answer([present_disbursement(disbursement) for disbursement in found], page=page)

    @blueprint.route("/<uuid:disbursement_id>")
    @blueprint.takes(caller.who_may(Permission.DISBURSEMENTS_READ))
    @blueprint.response(200, DisbursementShape)
    @blueprint.raises(NotFoundError)
    def get_disbursement(caller: Caller, *, disbursement_id: UUID) -> DisbursementShape:
        """Read one.

        With `unknown` the provider has not said how it ended, and is asked.
        """
        queries = queries_of(caller.principal.tenant_id)
        wanted = DisbursementId(disbursement_id)
        return present_disbursement(queries.get_disbursement(wanted, owner_id=caller.only_owner))


def _answer(accepted: Accepted[Disbursement]) -> Answer:
    return Answer(present_disbursement(accepted.value), headers=replay_headers(replayed=accepted.replayed))
