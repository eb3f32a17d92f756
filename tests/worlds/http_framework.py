"""A small fake capability with every kind of route, and a whole application over it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

from flask import Flask, Request, Response
from flask.testing import FlaskClient
from loguru import logger
from pydantic import Field
from typing_extensions import TypedDict, override

from bankcore.clock import Clock
from bankcore.errors import (
    BankcoreError,
    ConflictError,
    LedgerInvariantError,
    NotFoundError,
    RejectedError,
    ThrottledError,
    UnauthenticatedError,
    Unavailability,
    UnavailableError,
)
from bankcore.money import Money
from bankcore_http.answering import members
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.request_context import current_request
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading.arguments import Addition
from bankcore_http.reading.fields import AmountString, CurrencyCode, Instant, Metadata, Omissible, Reference, Uuid
from bankcore_http.reading.pagination import CursorFormat, PagedListQuery
from bankcore_http.reading.shapes import BodyShape
from bankcore_http.serving.app import create_app
from bankcore_http.serving.request_boundary import RequestLine

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
ACCOUNT = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
FIELDS = {"accountId": str(ACCOUNT), "amount": "1.50", "currency": "NPR"}


class FrozenClock(Clock):
    @override
    def now(self) -> datetime:
        return NOW


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class TillEmptyError(RejectedError):
    code: ClassVar[str] = "till_empty"
    title: ClassVar[str] = "The till is empty"
    account_id: UUID
    available: Money
    since: datetime


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class StillRunningError(ConflictError):
    code: ClassVar[str] = "still_running"
    retryable: ClassVar[bool] = True
    retry_after_s: int = 3


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class RateEndedError(RejectedError):
    code: ClassVar[str] = "quote_expired"


REFUSALS: Mapping[str, BankcoreError] = {
    "till": TillEmptyError(account_id=ACCOUNT, available=Money.of("10.00", "NPR"), since=NOW),
    "running": StillRunningError(),
    "quote": RateEndedError(),
    "missing": NotFoundError(),
    "slow-down": ThrottledError(retry_after_s=7),
    "full": UnavailableError(reason=Unavailability.DISK_FULL),
}


class PutMoneyBody(BodyShape):
    account_id: Uuid
    amount: AmountString
    currency: CurrencyCode
    reference: Omissible[Reference] = None
    metadata: Metadata = Field(default_factory=dict)
    effective_at: Omissible[Instant] = None


class PutMoneyShape(TypedDict):
    """What was put into the till."""

    accountId: members.Id
    amount: members.Amount
    currency: members.Currency
    reference: members.Reference | None
    postedAt: members.Instant


class RowsQuery(PagedListQuery):
    currency: Omissible[CurrencyCode] = None


def _position(number: int, row_id: UUID) -> tuple[int, UUID]:
    return number, row_id


ROWS = CursorFormat("rows", int, UUID, into=_position)


class CallerSource:
    """Reads `X-Caller`, as the real one reads a token."""

    errors = (UnauthenticatedError,)

    def read(self, request: Request) -> str:
        caller = request.headers.get("X-Caller")
        if caller is None:
            raise UnauthenticatedError
        current_request().bind_caller(tenant="main", actor=caller)
        return caller

    def describe(self) -> Addition:
        return Addition(members={"security": [{"bearer": []}]})


def till_blueprint(caller: CallerSource) -> Blueprint:
    blueprint = Blueprint("till", url_prefix="/v1/till", description="A fake capability")

    @blueprint.route("/money", methods=["POST"])
    @blueprint.arguments(PutMoneyBody)
    @blueprint.response(201, PutMoneyShape, message="Money put", headers={"Idempotent-Replayed": "true on a replay"})
    @blueprint.raises(TillEmptyError)
    def put_money(body: PutMoneyBody) -> Answer:
        """Put money into the till."""
        shown = {
            "accountId": body.account_id,
            "amount": body.amount,
            "currency": body.currency,
            "reference": body.reference,
            "postedAt": NOW,
        }
        return Answer(shown, headers={"Idempotent-Replayed": "true"})

    @blueprint.route("/rows")
    @blueprint.arguments(RowsQuery)
    @blueprint.response(200, PutMoneyShape, many=True)
    def list_rows(query: RowsQuery) -> Answer:
        """List what is in the till."""
        after, offset = ROWS.read(query), query.offset()
        return Answer([list(after or ()), offset], page=ROWS.page(query, (17, ACCOUNT)))

    @blueprint.route("/money/<uuid:money_id>/void", methods=["POST"])
    @blueprint.response(200)
    def void_money(*, money_id: UUID) -> dict[str, object]:
        """Take it out again."""
        return {"id": money_id}

    @blueprint.route("/refusals/<name>")
    @blueprint.response(200)
    @blueprint.raises(*(type(refusal) for refusal in REFUSALS.values()))
    def refuse(*, name: str) -> dict[str, object]:
        """Refuse in the named way."""
        raise REFUSALS[name]

    @blueprint.route("/broken")
    @blueprint.response(200)
    def broken() -> dict[str, object]:
        """Contradict the books."""
        raise LedgerInvariantError("4111-1111")

    @blueprint.route("/mine")
    @blueprint.takes(caller)
    @blueprint.response(200)
    def mine(caller: str) -> dict[str, object]:
        """Say who asks."""
        logger.info("asked")
        return {"caller": caller}

    @blueprint.route("/plain")
    @blueprint.response(200)
    def plain() -> Response:
        """Answer a document of another type."""
        return Response("a,b\n", content_type="text/csv")

    return blueprint


@dataclass
class FakeService:
    """The application, a client of it, and what was logged."""

    app: Flask
    client: FlaskClient
    lines: list[RequestLine]
    checks: dict[str, str | None]


def _counted_ids() -> Callable[[], UUID]:
    numbers: Iterator[int] = iter(range(1, 1_000_000))
    return lambda: UUID(int=next(numbers))


def open_fake_service() -> FakeService:
    """A new application, real but for what is behind its views."""
    lines: list[RequestLine] = []
    checks: dict[str, str | None] = {"database": None, "broker": None}
    app = create_app(
        [till_blueprint(CallerSource())],
        clock=FrozenClock(),
        new_id=_counted_ids(),
        readiness=lambda: checks,
        log_request=lines.append,
    )
    return FakeService(app, app.test_client(), lines, checks)
