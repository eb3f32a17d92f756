"""What can be set about webhooks."""

from pydantic import Field

from bankcore_infra.settings import CapabilitySettings


class WebhookSettings(CapabilitySettings):
    """Webhooks."""

    webhooks_local: bool = Field(
        default=False,
        description="Whether webhooks may go to this machine, also with http and on any port; for development alone.",
    )
