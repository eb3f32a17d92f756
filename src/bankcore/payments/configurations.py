"""Configurations: our accounts at providers, each with credentials that nobody is shown again."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NewType
from uuid import UUID

from bankcore.errors import InvalidRequestError

ProviderConfigId = NewType("ProviderConfigId", UUID)

NAME_LENGTH_MAX: Final = 40
PRIORITY_MAX: Final = 1000
WEIGHT_MAX: Final = 1000
_NAME: Final = re.compile(r"[a-z0-9](-?[a-z0-9]){0,39}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderConfig:
    """An account of ours at a provider. Of those that take a currency, the one with the lowest priority goes first."""

    id: ProviderConfigId
    name: str
    provider: str
    created_at: datetime
    priority: int = 0
    weight: int = 1
    """How often it goes first among those of its priority: a 3 beside a 1 gets three payments of four."""
    is_enabled: bool = True
    version: int = 1
    """Counts changes of the credentials."""
    hint: str = ""
    """The last characters of the credential by which people tell them apart."""


def require_config_name(name: str) -> str:
    """The name, if it is one. Raises: InvalidRequestError."""
    if len(name) > NAME_LENGTH_MAX or not _NAME.fullmatch(name):
        detail = f"1 to {NAME_LENGTH_MAX} lower-case letters, digits and single hyphens"
        raise InvalidRequestError(pointer="/name", detail=detail)
    return name
