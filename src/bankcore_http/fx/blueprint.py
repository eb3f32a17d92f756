"""Quotes for holders, and for operators what the bank holds because of them."""

from typing import Final
from uuid import UUID

from bankcore.errors import NotFoundError, OutcomeUnknownError, UnavailableError
from bankcore.fx.give_quote import GiveQuote
from bankcore.fx.ports import FxQueries
from bankcore.fx.quotes import FxQuoteId
from bankcore.fx.rates import FxUnavailableError
from bankcore.fx.value_positions import ValuePositions
from bankcore.money import AmountOutOfRangeError
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.fx.shapes import (
    PositionReportShape,
    PositionsQuery,
    QuoteBody,
    QuoteShape,
    present_new_quote,
    present_quote,
    present_report,
)
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader

_KEY: Final = IdempotencyKeyHeader()


def fx_quotes_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/fx/quotes`, of the caller's tenant."""
    give_quote_of, queries_of = services.each(GiveQuote), services.each(FxQueries)
    blueprint = Blueprint("fx-quotes", url_prefix="/v1/fx/quotes", tag="FX", description="Exchange rates that are held")

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.QUOTES_GIVE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(QuoteBody)
    @blueprint.response(201, QuoteShape, message="Quote given", headers=REPLAY_HEADERS)
    @blueprint.raises(FxUnavailableError, UnavailableError, AmountOutOfRangeError, OutcomeUnknownError)
    def give_quote(caller: Caller, key: str, body: QuoteBody) -> Answer:
        """Ask what an amount comes to in another currency.

        The rate is held for a minute, for one transfer of yours: name the quote as its `fxQuoteId`. What is got is
        rounded down to the decimals of its currency.
        """
        given = give_quote_of(caller.principal.tenant_id)(body.command(key), origin=caller.origin)
        return Answer(present_new_quote(given.value), headers=replay_headers(replayed=given.replayed))

    @blueprint.route("/<uuid:quote_id>")
    @blueprint.takes(caller.who_may(Permission.QUOTES_READ))
    @blueprint.response(200, QuoteShape)
    @blueprint.raises(NotFoundError)
    def get_quote(caller: Caller, *, quote_id: UUID) -> QuoteShape:
        """Read a quote of yours.

        Its status tells whether it can still be used, and `secondsRemaining` for how long.
        """
        queries = queries_of(caller.principal.tenant_id)
        return present_quote(queries.get_quote(FxQuoteId(quote_id), owner_id=caller.only_owner))

    return blueprint


def fx_positions_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/fx/positions`, of the operator's tenant."""
    value_positions_of = services.each(ValuePositions)
    blueprint = Blueprint("fx-positions", url_prefix="/v1/admin/fx", tag="FX", description="What exchanges left us")

    @blueprint.route("/positions")
    @blueprint.takes(caller.who_may(Permission.POSITIONS_READ))
    @blueprint.arguments(PositionsQuery)
    @blueprint.response(200, PositionReportShape)
    def value_positions(caller: Caller, query: PositionsQuery) -> PositionReportShape:
        """Value what the bank holds of each currency because of exchanges.

        For operators. At present rates; a position whose rate cannot be had has no value. Nothing is posted.
        """
        return present_report(value_positions_of(caller.principal.tenant_id).get_report(query.into()))

    return blueprint
