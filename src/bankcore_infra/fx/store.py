"""Quotes out of and into their rows."""

from typing import Any, Final

from sqlalchemy import Row

from bankcore.fx.quotes import FxQuote, FxQuoteId
from bankcore.fx.rates import ExchangeRate
from bankcore.identifiers import TenantId, TransactionId
from bankcore.money import CURRENCIES, Money
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection

_ADD: Final = Statement("""
    INSERT INTO bankcore.fx_quotes (
        tenant_id, id, created_at, expires_at, rated_at, from_minor, to_minor, spread_bps, from_currency, to_currency,
        owner_id, rate, market_rate)
    VALUES ($1::uuid, $2::uuid, $3::timestamptz, $4::timestamptz, $5::timestamptz, $6::bigint, $7::bigint, $8::integer,
            $9::text, $10::text, $11::text, $12::text, $13::text)
""")
_FIND: Final = "SELECT *, clock_timestamp() AS as_of FROM bankcore.fx_quotes WHERE tenant_id = %s AND id = %s"
# Told, and sent with what follows: whoever waits for an account of ours waits for a round trip less.
_MARK_USED: Final = Statement("""
    UPDATE bankcore.fx_quotes SET transaction_id = $1::uuid WHERE tenant_id = $2::uuid AND id = $3::uuid
""")


def add_quote(connection: TenantConnection, quote: FxQuote) -> None:
    """Add a new quote."""
    connection.tell(
        _ADD,
        connection.tenant_id,
        quote.id,
        quote.created_at,
        quote.expires_at,
        quote.rated_at,
        quote.from_amount.minor,
        quote.to_amount.minor,
        quote.spread_bps,
        quote.from_amount.currency.code,
        quote.to_amount.currency.code,
        quote.owner_id,
        str(quote.rate),
        str(quote.market_rate),
    )


def find_quote_row(connection: TenantConnection, quote_id: FxQuoteId) -> Row[Any] | None:
    """The row of the quote, with the time as `as_of`."""
    return connection.sql.exec_driver_sql(_FIND, (connection.tenant_id, quote_id)).one_or_none()


def mark_used(connection: TenantConnection, quote: FxQuote) -> None:
    """Write the transaction of a locked quote; the database refuses a second one."""
    connection.tell(_MARK_USED, quote.transaction_id, connection.tenant_id, quote.id)


def quote_of(row: Row[Any]) -> FxQuote:
    """A quote out of its row."""
    return FxQuote(
        tenant_id=TenantId(row.tenant_id),
        id=FxQuoteId(row.id),
        owner_id=row.owner_id,
        from_amount=Money(row.from_minor, CURRENCIES[row.from_currency]),
        to_amount=Money(row.to_minor, CURRENCIES[row.to_currency]),
        rate=_rate_of(row.rate),
        market_rate=_rate_of(row.market_rate),
        spread_bps=row.spread_bps,
        rated_at=row.rated_at,
        created_at=row.created_at,
        expires_at=row.expires_at,
        transaction_id=None if row.transaction_id is None else TransactionId(row.transaction_id),
    )


def _rate_of(text: str) -> ExchangeRate:
    """A rate as it was written; with its spread it may have more decimals than a source may say."""
    whole, _point, fraction = text.partition(".")
    return ExchangeRate(int(whole + fraction), len(fraction))
