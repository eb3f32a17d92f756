"""FX as a capability: quotes are given and used, positions are valued."""

from collections.abc import Iterable
from typing import Final

from bankcore.fx.give_quote import GiveQuote
from bankcore.fx.ports import FxQueries, RateSource
from bankcore.fx.value_positions import ValuePositions
from bankcore.ledger.quoted_transfers import QuotedTransfers
from bankcore.ledger.verification import Finding
from bankcore_infra.capability import BankParts, Capability, TenantParts
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.fx.settings import FxSettings


def _rates(parts: BankParts) -> RateSource:
    from bankcore_infra.fx.wiring import rates_of

    return rates_of(parts.settings.of(FxSettings), threads=parts.settings.api_threads)


def _give_quote(parts: TenantParts) -> GiveQuote:
    from bankcore_infra.fx.wiring import give_quote_of

    return give_quote_of(parts)


def _quoted_transfers(parts: TenantParts) -> QuotedTransfers:
    from bankcore.fx.use_quote import UseQuote
    from bankcore_infra.fx.unit import SqlFxUnits

    return UseQuote(SqlFxUnits(parts.transactions, parts.bank.unit))


def _queries(parts: TenantParts) -> FxQueries:
    from bankcore_infra.fx.unit import SqlFxQueries

    return SqlFxQueries(parts.transactions)


def _value_positions(parts: TenantParts) -> ValuePositions:
    from bankcore_infra.fx.wiring import value_positions_of

    return value_positions_of(parts)


def _verify(connection: TenantConnection) -> Iterable[Finding]:
    from bankcore_infra.fx.proof import verify_quotes

    return verify_quotes(connection)


FX: Final = Capability(
    name="fx",
    settings=FxSettings,
    shared={RateSource: _rates},
    services={
        GiveQuote: _give_quote,
        QuotedTransfers: _quoted_transfers,
        FxQueries: _queries,
        ValuePositions: _value_positions,
    },
    verify=_verify,
)
