"""What can be set about exchange."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from bankcore.fx.quotes import SPREAD_MAX, QuotePolicy
from bankcore.money import CURRENCIES, Currency
from bankcore_infra.settings import CapabilitySettings, Folder


class FxSettings(CapabilitySettings):
    """Exchange of currencies."""

    fx_rates_file: Folder | None = Field(
        None,
        description="The file that says what currencies are worth; it is read for each quote. Unset, and no "
        "BANKCORE_FX_RATES_URL: no quotes are given.",
        examples=["/srv/bankcore/rates.json"],
    )
    fx_rates_url: SecretStr | None = Field(
        None,
        description="The server that says it instead, asked for each quote; {from} and {to} stand for the currencies.",
        examples=["https://rates.example/v1/{from}/{to}"],
    )
    fx_rates_token: SecretStr | None = Field(
        None, description="What that server is sent as a bearer token.", examples=["a-long-random-text"]
    )
    fx_rates_timeout_ms: Annotated[int, Field(ge=50, le=10_000)] = Field(
        2_000, description="How long a quote waits for a rate, in milliseconds; then there is none."
    )
    fx_rate_max_age_s: Annotated[int, Field(ge=1, le=7 * 86_400)] = Field(
        60, description="How old a rate may be when a quote is given, in seconds. An older one is never used."
    )
    fx_quote_s: Annotated[int, Field(ge=1, le=3_600)] = Field(
        60, description="How long the rate of a quote is held, in seconds."
    )
    fx_spread_bps: Annotated[int, Field(ge=0, le=SPREAD_MAX)] = Field(
        0, description="What the bank keeps of each rate, in hundredths of a percent."
    )
    fx_report_currency: str = Field("USD", description="The currency in which positions are valued.")

    @field_validator("fx_report_currency")
    @classmethod
    def _known(cls, code: str) -> str:
        if code not in CURRENCIES:
            raise ValueError("not a currency code of ISO 4217")
        return code

    @property
    def quote_policy(self) -> QuotePolicy:
        """How quotes are given."""
        return QuotePolicy(
            lifetime=timedelta(seconds=self.fx_quote_s),
            rate_age_max=timedelta(seconds=self.fx_rate_max_age_s),
            spread_bps=self.fx_spread_bps,
        )

    @property
    def report_currency(self) -> Currency:
        """In which positions are valued."""
        return Currency.of(self.fx_report_currency)
