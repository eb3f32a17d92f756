"""Names of configurations in addresses: a provider that calls us says whose it is, for it brings no token of ours."""

import re
from typing import Final, NamedTuple
from uuid import UUID

from bankcore.identifiers import TenantId
from bankcore.payments.configurations import ProviderConfigId

_NAME: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LENGTH: Final = 32


class NamedConfig(NamedTuple):
    """A configuration and its tenant."""

    tenant_id: TenantId
    config_id: ProviderConfigId

    @property
    def text(self) -> str:
        """As it stands in an address. It is no secret: what comes there is believed for its signature."""
        return self.tenant_id.hex + self.config_id.hex

    @property
    def webhook_path(self) -> str:
        """Where its provider sends webhooks."""
        return f"/v1/providers/{self.text}/webhooks"

    @classmethod
    def read(cls, text: str) -> "NamedConfig | None":
        """What the text names; None if it has not the form of a name."""
        if not _NAME.fullmatch(text):
            return None
        return cls(TenantId(UUID(text[:_LENGTH])), ProviderConfigId(UUID(text[_LENGTH:])))
