"""Payouts for holders: start, list, read, pause, resume, cancel, retry; staff read those of everybody."""

from typing import Final
from uuid import UUID

from bankcore.approvals.refusals import ApprovalRequiredError
from bankcore.errors import InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountDormantError,
    AccountFrozenError,
    InsufficientFundsError,
    LimitExceededError,
)
from bankcore.money import AmountOutOfRangeError
from bankcore.payouts.jobs import PayoutJobId
from bankcore.payouts.ports import PayoutQueries
from bankcore.payouts.start import StartPayouts
from bankcore.payouts.steer import Steering, SteerPayouts
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.payouts.asking import PayoutFile, payout_asked
from bankcore_http.payouts.jobs import read_items, read_payouts, start_payout, steer_payout
from bankcore_http.payouts.shapes import (
    PAYOUT_FILES,
    PayoutBody,
    PayoutFileQuery,
    PayoutItemShape,
    PayoutItemsQuery,
    PayoutShape,
    present_payout,
)
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import ListQuery

_KEY: Final = IdempotencyKeyHeader()
_FUNDING_REFUSALS: Final = (
    NotFoundError,
    InsufficientFundsError,
    LimitExceededError,
    AccountFrozenError,
    AccountDormantError,
    AccountClosedError,
    AmountOutOfRangeError,
    OutcomeUnknownError,
)
_STEERING_REFUSALS: Final = (NotFoundError, InvalidStateError, OutcomeUnknownError)


def payouts_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/payouts`, of the caller's tenant."""
    blueprint = Blueprint("payouts", url_prefix="/v1/payouts", description="One account pays very many others")
    _serve_jobs(blueprint, services, caller)
    _serve_steering(blueprint, services, caller)
    return blueprint


def _serve_jobs(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    start_of, queries_of = services.each(StartPayouts), services.each(PayoutQueries)

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.PAYOUTS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(PayoutFileQuery)
    @blueprint.arguments(PayoutBody, or_file=PAYOUT_FILES)
    @blueprint.response(201, PayoutShape, message="Payout started", headers=REPLAY_HEADERS)
    @blueprint.raises(*_FUNDING_REFUSALS, ApprovalRequiredError)
    def start(caller: Caller, key: str, query: PayoutFileQuery, body: PayoutBody | PayoutFile) -> Answer:
        """Pay very many accounts from one of yours.

        Every item is checked first: if any is wrong, all that are wrong are told, and nothing is started. The
        whole sum is set aside at once; the items are paid afterwards, each exactly once. The items may also be a
        file, of which a wrong line is `/lines/3/amount`; the query then tells the rest.
        """
        command = payout_asked(key, query, body)
        return start_payout(start_of(caller.principal.tenant_id), caller, command, body)

    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.PAYOUTS_READ))
    @blueprint.arguments(ListQuery)
    @blueprint.response(200, PayoutShape, many=True)
    def list_payouts(caller: Caller, query: ListQuery) -> Answer:
        """List your payouts, latest first.

        Each tells how far it has come.
        """
        return read_payouts(queries_of(caller.principal.tenant_id), caller, query)

    @blueprint.route("/<uuid:payout_id>")
    @blueprint.takes(caller.who_may(Permission.PAYOUTS_READ))
    @blueprint.response(200, PayoutShape)
    @blueprint.raises(NotFoundError)
    def get_payout(caller: Caller, *, payout_id: UUID) -> PayoutShape:
        """Read a payout of yours, and how far it has come.

        Staff read those of everybody.
        """
        queries = queries_of(caller.principal.tenant_id)
        return present_payout(queries.get_job(PayoutJobId(payout_id), owner_id=caller.only_owner))

    @blueprint.route("/<uuid:payout_id>/items")
    @blueprint.takes(caller.who_may(Permission.PAYOUTS_READ))
    @blueprint.arguments(PayoutItemsQuery)
    @blueprint.response(200, PayoutItemShape, many=True)
    @blueprint.raises(NotFoundError)
    def list_payout_items(caller: Caller, query: PayoutItemsQuery, *, payout_id: UUID) -> Answer:
        """List the items of a payout of yours, in their order.

        Each tells its transaction, or why it failed.
        """
        return read_items(queries_of(caller.principal.tenant_id), caller.only_owner, query, payout_id)


def _serve_steering(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    steer_of = services.each(SteerPayouts)

    def steer(caller: Caller, key: str, payout_id: UUID, steering: Steering) -> Answer:
        return steer_payout(steer_of(caller.principal.tenant_id), caller, key, payout_id, steering)

    @blueprint.route("/<uuid:payout_id>/pause", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.PAYOUTS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, PayoutShape, message="Payout paused", headers=REPLAY_HEADERS)
    @blueprint.raises(*_STEERING_REFUSALS)
    def pause_payout(caller: Caller, key: str, *, payout_id: UUID) -> Answer:
        """Pay no more of its items for now.

        What is not paid yet stays set aside.
        """
        return steer(caller, key, payout_id, Steering.PAUSE)

    @blueprint.route("/<uuid:payout_id>/resume", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.PAYOUTS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, PayoutShape, message="Payout resumed", headers=REPLAY_HEADERS)
    @blueprint.raises(*_STEERING_REFUSALS)
    def resume_payout(caller: Caller, key: str, *, payout_id: UUID) -> Answer:
        """Go on with a paused payout.

        One that paused by itself tells why as `stoppedBy`, and pauses again while that lasts.
        """
        return steer(caller, key, payout_id, Steering.RESUME)

    @blueprint.route("/<uuid:payout_id>/cancel", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.PAYOUTS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, PayoutShape, message="Payout cancelled", headers=REPLAY_HEADERS)
    @blueprint.raises(*_STEERING_REFUSALS)
    def cancel_payout(caller: Caller, key: str, *, payout_id: UUID) -> Answer:
        """Pay no more of its items, for ever.

        What was paid stays paid; what was not is given back.
        """
        return steer(caller, key, payout_id, Steering.CALL_OFF)

    @blueprint.route("/<uuid:payout_id>/retry", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.PAYOUTS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, PayoutShape, message="Failed items are tried again", headers=REPLAY_HEADERS)
    @blueprint.raises(InvalidStateError, *_FUNDING_REFUSALS)
    def retry_payout(caller: Caller, key: str, *, payout_id: UUID) -> Answer:
        """Try the failed items of a completed payout again.

        Their sum is set aside anew.
        """
        return steer(caller, key, payout_id, Steering.RETRY)
