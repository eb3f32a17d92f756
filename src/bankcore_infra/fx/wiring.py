"""Puts FX together: the source of rates that is set up, and the use cases of one tenant."""

from bankcore.fx.give_quote import GiveQuote
from bankcore.fx.open_positions import OpenPositions
from bankcore.fx.ports import RateSource
from bankcore.fx.value_positions import ValuePositions
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore_infra.capability import TenantParts
from bankcore_infra.clock import SystemClock
from bankcore_infra.fx.no_rates import NoRates
from bankcore_infra.fx.rates_file import FileRates
from bankcore_infra.fx.rates_http import URL_VARIABLE, HttpRates
from bankcore_infra.fx.settings import FxSettings
from bankcore_infra.fx.timely_rates import TimelyRates
from bankcore_infra.fx.unit import SqlFxUnits
from bankcore_infra.settings import SettingsError, variable_of


def rates_of(settings: FxSettings, *, threads: int) -> RateSource:
    """The source of rates, which at most a quarter of so many threads asks at once.

    Raises:
        SettingsError: there are two, or the address is none.
    """
    at_once_max = max(1, threads // 4)
    timeout_s = settings.fx_rates_timeout_ms / 1_000
    if settings.fx_rates_url is None:
        rates_file = settings.fx_rates_file
        return (
            NoRates()
            if rates_file is None
            else TimelyRates(FileRates(rates_file), timeout_s=timeout_s, at_once_max=at_once_max)
        )
    if settings.fx_rates_file is not None:
        raise SettingsError(URL_VARIABLE, f"set beside {variable_of('fx_rates_file')}; rates have one source")
    token = None if settings.fx_rates_token is None else settings.fx_rates_token.get_secret_value()
    http = HttpRates(settings.fx_rates_url.get_secret_value(), timeout_s=timeout_s, token=token)
    return TimelyRates(http, timeout_s=timeout_s, at_once_max=at_once_max)


def give_quote_of(parts: TenantParts) -> GiveQuote:
    """What gives quotes of the tenant."""
    return GiveQuote(
        tenant_id=parts.tenant_id,
        units=SqlFxUnits(parts.transactions, parts.bank.unit),
        ids=parts.bank.unit.ids,
        rates=parts.shared.get(RateSource),
        positions=OpenPositions(parts.tenant_id, parts.get(LedgerService), parts.get(LedgerQueries)),
        policy=parts.bank.settings.of(FxSettings).quote_policy,
    )


def value_positions_of(parts: TenantParts) -> ValuePositions:
    """What values positions of the tenant."""
    settings = parts.bank.settings.of(FxSettings)
    return ValuePositions(
        queries=parts.get(LedgerQueries),
        rates=parts.shared.get(RateSource),
        clock=SystemClock(),
        rate_age_max=settings.quote_policy.rate_age_max,
        default_currency=settings.report_currency,
    )
