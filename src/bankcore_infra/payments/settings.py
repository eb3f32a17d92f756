"""What can be set about payments."""

from typing import Annotated

from pydantic import Field, StringConstraints

from bankcore_infra.settings import CapabilitySettings

Address = Annotated[str, StringConstraints(pattern=r"^https?://[^/?#\s]+(/[^?#\s]*)?$")]


class PaymentSettings(CapabilitySettings):
    """Payments."""

    public_url: Address | None = Field(
        None,
        description="Where the API is reached from outside; providers that take it with an order send webhooks there.",
        examples=["https://api.bank.example"],
    )
    provider_simulator: bool = Field(
        default=True,
        description="Whether `bankcore up` on embedded servers runs simulated providers for tenants of the kind test,"
        " where no other simulator is named.",
    )
    provider_simulator_url: Address | None = Field(
        None,
        description="The simulator that stands in for all providers in tenants of the kind test. Unset: their own test"
        " environments.",
        examples=["http://127.0.0.1:8099"],
    )
