"""`/fx/quote`: what an amount comes to in another currency."""

from typing import Any, Final
from uuid import UUID

from flask import Response

from bankcore.errors import InvalidStateError, NotFoundError, OutcomeUnknownError, UnavailableError
from bankcore.fx.give_quote import GiveQuote, RequestQuote
from bankcore.fx.ports import FxQueries
from bankcore.fx.quotes import FxQuoteId, QuoteAsOf
from bankcore.fx.rates import FxUnavailableError
from bankcore.ledger.quoted_transfers import QuoteExpiredError, QuoteUsedError
from bankcore.money import AmountOutOfRangeError, Currency, Money
from bankcore.services import Services
from bankcore_http.answering.wire import render_instant
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading import fields
from bankcore_http.reading.idempotency import REPLAY_HEADERS
from bankcore_http.reading.shapes import BodyShape
from bankcore_http.wallets.access import ServiceToken, TrustedService
from bankcore_http.wallets.notation import AmountText, bare, eight_decimals, exact, rate_text
from bankcore_http.wallets.optional_key import OptionalKey

_KEY: Final = OptionalKey()


class WalletQuoteBody(BodyShape):
    """What is to be changed into what, for whom."""

    from_currency: fields.CurrencyCode
    to_currency: fields.CurrencyCode
    from_amount: AmountText
    user_id: fields.Uuid

    def command(self, key: str | None) -> RequestQuote:
        """The command."""
        amount = Money.of(exact(self.from_amount), self.from_currency)
        return RequestQuote(amount, Currency.of(self.to_currency), idempotency_key=key)


def wallet_quotes_blueprint(services: Services, service: ServiceToken) -> Blueprint:
    """Quotes of the tenant of the settings."""
    give_quote_of, queries_of = services.each(GiveQuote), services.each(FxQueries)
    blueprint = Blueprint("wallet-quotes", url_prefix="/fx/quote", tag="Wallets", description="Under other names")

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(service)
    @blueprint.takes(_KEY)
    @blueprint.arguments(WalletQuoteBody)
    @blueprint.response(201, None, headers=REPLAY_HEADERS)
    @blueprint.raises(FxUnavailableError, UnavailableError, AmountOutOfRangeError, OutcomeUnknownError)
    def give_wallet_quote(service: TrustedService, key: str | None, body: WalletQuoteBody) -> Response:
        """Hold a rate for a minute, for one transfer of this user."""
        origin = service.on_behalf_of(body.user_id)
        given = give_quote_of(service.tenant_id)(body.command(key), origin=origin)
        quote = given.value
        return bare(_present(QuoteAsOf(quote, quote.created_at)), 201, replayed=given.replayed)

    @blueprint.route("/<uuid:quote_id>")
    @blueprint.takes(service)
    @blueprint.response(200, None)
    def get_wallet_quote(service: TrustedService, *, quote_id: UUID) -> Response:
        """Read a quote, and for how long it can be used."""
        return bare(_present(queries_of(service.tenant_id).get_quote(FxQuoteId(quote_id))))

    @blueprint.route("/<uuid:quote_id>/consume", methods=["POST"])
    @blueprint.takes(service)
    @blueprint.response(200, None)
    @blueprint.raises(NotFoundError, QuoteUsedError, QuoteExpiredError, InvalidStateError)
    def consume_quote(service: TrustedService, *, quote_id: UUID) -> Response:
        """Say why a quote cannot be consumed: 409 or 410.

        One that can be used is refused as `invalid_state`: a transfer that names it uses it, in the same instant as it
        moves the money, and nothing else does.
        """
        raise _refusal_of(queries_of(service.tenant_id).get_quote(FxQuoteId(quote_id)))

    return blueprint


def _refusal_of(found: QuoteAsOf) -> Exception:
    quote, now = found
    refusal = quote.refusal_of(quote.from_amount, at=now)
    return refusal or InvalidStateError(resource="quote", identifier=str(quote.id), state=quote.status_at(now).value)


def _present(found: QuoteAsOf) -> dict[str, Any]:
    quote, now = found
    return {
        "id": str(quote.id),
        "fromCurrency": quote.pair.given.code,
        "toCurrency": quote.pair.got.code,
        "rate": rate_text(str(quote.rate)),
        "fromAmount": eight_decimals(quote.from_amount),
        "toAmount": eight_decimals(quote.to_amount),
        "expiresAt": render_instant(quote.expires_at),
        "secondsRemaining": quote.seconds_remaining_at(now),
        "status": quote.status_at(now).value.upper(),
    }
