"""`/payroll/jobs`: one wallet pays very many others."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from flask import Response

from bankcore.errors import NotFoundError, OutcomeUnknownError
from bankcore.idempotency.answers import Accepted
from bankcore.identifiers import AccountId
from bankcore.ledger.rejections import AccountClosedError, AccountFrozenError, InsufficientFundsError
from bankcore.money import AmountOutOfRangeError
from bankcore.payouts.jobs import PayoutJob, PayoutJobId, PayoutStatus
from bankcore.payouts.ports import PayoutQueries
from bankcore.payouts.rows import InvalidRowsError, PayoutRow, RowField
from bankcore.payouts.start import StartPayout, StartPayouts
from bankcore.services import Services
from bankcore_http.answering.errors import FieldError, InvalidFieldsError
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading import fields
from bankcore_http.reading.idempotency import REPLAY_HEADERS
from bankcore_http.reading.shapes import BodyShape
from bankcore_http.wallets.access import ServiceToken, TrustedService
from bankcore_http.wallets.notation import AmountText, bare, exact, key_for
from bankcore_http.wallets.optional_key import OptionalKey

_KEY: Final = OptionalKey()
_ITEMS_MAX: Final = 20_000
_BYTES_MAX: Final = 6 * 1024 * 1024
_NAME_LENGTH_MAX: Final = 100
_MEMBERS: Final[Mapping[RowField | None, str]] = {
    RowField.ACCOUNT: "recipientWalletId",
    RowField.AMOUNT: "amount",
    RowField.CURRENCY: "currency",
}
_STATUSES: Final[Mapping[PayoutStatus, str]] = {
    PayoutStatus.RUNNING: "PROCESSING",
    PayoutStatus.PAUSED: "PAUSED",
    PayoutStatus.COMPLETED: "COMPLETED",
    PayoutStatus.CALLED_OFF: "CANCELLED",
}


class PayrollItemBody(BodyShape):
    """One payment. The wallet decides who gets it; the user is not looked at."""

    employee_user_id: fields.Uuid
    recipient_wallet_id: fields.Uuid
    amount: AmountText
    currency: fields.CurrencyCode


class PayrollBody(BodyShape):
    """Which wallet of which user pays which others."""

    longest_bytes: ClassVar[int] = _BYTES_MAX

    employer_id: fields.Uuid
    source_wallet_id: fields.Uuid
    source_user_id: fields.Uuid
    job_name: Annotated[str, fields.text(_NAME_LENGTH_MAX)]
    items: Annotated[list[PayrollItemBody], *fields.at_most(_ITEMS_MAX)]

    def command(self, key: str | None) -> StartPayout:
        """The command; its key is the name of the job, for this employer and wallet, unless another is given."""
        rows = [
            PayoutRow(place, str(item.recipient_wallet_id), exact(item.amount), item.currency)
            for place, item in enumerate(self.items, 1)
        ]
        natural = key_for("payroll", self.employer_id, self.source_wallet_id, self.job_name)
        return StartPayout(AccountId(self.source_wallet_id), rows, name=self.job_name, idempotency_key=key or natural)


def wallet_payroll_blueprint(services: Services, service: ServiceToken) -> Blueprint:
    """Payroll of the tenant of the settings."""
    start_of, queries_of = services.each(StartPayouts), services.each(PayoutQueries)
    blueprint = Blueprint("wallet-payroll", url_prefix="/payroll/jobs", tag="Wallets")

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(service)
    @blueprint.takes(_KEY)
    @blueprint.arguments(PayrollBody)
    @blueprint.response(201, None, headers=REPLAY_HEADERS)
    @blueprint.raises(
        NotFoundError,
        InsufficientFundsError,
        AccountFrozenError,
        AccountClosedError,
        AmountOutOfRangeError,
        OutcomeUnknownError,
    )
    def start_payroll(service: TrustedService, key: str | None, body: PayrollBody) -> Response:
        """Pay very many wallets from one.

        The same job of the same employer, by its name, is answered and not started again.
        """
        started = _started(start_of(service.tenant_id), service, body, key)
        return bare(_present_new(started.value), 201, replayed=started.replayed)

    @blueprint.route("/<uuid:job_id>")
    @blueprint.takes(service)
    @blueprint.response(200, None)
    @blueprint.raises(NotFoundError)
    def get_payroll(service: TrustedService, *, job_id: UUID) -> Response:
        """Read how far a job has come."""
        return bare(_present(queries_of(service.tenant_id).get_job(PayoutJobId(job_id))))

    return blueprint


def _started(start: StartPayouts, service: TrustedService, body: PayrollBody, key: str | None) -> Accepted[PayoutJob]:
    try:
        return start(body.command(key), origin=service.on_behalf_of(body.source_user_id))
    except InvalidRowsError as error:
        wrong = [
            FieldError("/".join(filter(None, (f"/items/{line - 1}", _MEMBERS.get(field)))), detail)
            for line, field, detail in error.problems
        ]
        raise InvalidFieldsError(field_errors=tuple(wrong)) from None


def _present_new(job: PayoutJob) -> dict[str, Any]:
    return {
        "jobId": str(job.id),
        "status": "QUEUED",
        "totalItems": job.total.items,
        "message": "Payroll job queued successfully",
    }


def _present(job: PayoutJob) -> dict[str, Any]:
    return {
        "jobId": str(job.id),
        "status": _STATUSES[job.status],
        "totalItems": job.total.items,
        "processedItems": job.processed_items,
        "failedItems": job.failed.items,
        "checkpoint": job.checkpoint,
        "progress": job.progress,
    }
