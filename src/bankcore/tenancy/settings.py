"""What may differ from tenant to tenant: each setting with its name, what it is for, and which values it may have."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from bankcore.errors import InvalidRequestError
from bankcore.events.stamps import Stamp
from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.money import MINOR_MAX, Currency

T = TypeVar("T")
TOKEN_PLACE: Final = "{token}"  # noqa: S105 - a place, and no token
# With a token in its place it fits into a mail.
_LINK_LENGTH_MAX: Final = 100
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSetting(Generic[T_co]):
    """One thing that can be set for a tenant; where nothing is set, the default counts. Values are kept as text."""

    name: str
    purpose: str
    looks: str
    """What a value looks like, for whoever wrote another one."""
    parse: Callable[[str], T_co]
    """The value of a text. Raises: ValueError: it is none."""
    default: str

    def read(self, text: str | None) -> T_co:
        """The value of that text, or the default where there is none.

        Raises:
            InvalidRequestError: it is no value; the message says what one looks like.
        """
        try:
            return self.parse(self.default if text is None else text)
        except ValueError:
            detail = f"{self.name} is {self.looks}"
            raise InvalidRequestError(pointer="/value", detail=detail) from None


class RegistrationDoor(StrEnum):
    """Whether strangers may become users."""

    OPEN = "open"
    CLOSED = "closed"


REGISTRATION: Final = TenantSetting(
    name="registration",
    purpose="Whether strangers may register, or users are made by administrators alone.",
    looks="open or closed",
    parse=RegistrationDoor,
    default=RegistrationDoor.OPEN,
)

_ROLES: Final = ("holder", "auditor", "operator", "admin", "owner", "developer", "viewer")
_NONE: Final = "none"


def _parse_roles(text: str) -> frozenset[str]:
    roles = frozenset() if text == _NONE else frozenset(text.split(","))
    if not roles <= frozenset(_ROLES):
        raise ValueError(text)
    return roles


def _parse_amounts(text: str) -> Mapping[str, int]:
    pairs = [] if text == _NONE else [pair.partition("=") for pair in text.split(",")]
    try:
        amounts = {Currency.of(code).code: int(minor) for code, _equals, minor in pairs}
    except InvalidRequestError:
        raise ValueError(text) from None
    if len(amounts) < len(pairs) or not all(0 <= minor <= MINOR_MAX for minor in amounts.values()):
        raise ValueError(text)
    return MappingProxyType(amounts)


SECOND_FACTOR_ROLES: Final = TenantSetting(
    name="second_factor_roles",
    purpose="Roles that do nothing sensitive without a second factor. Who has one is always asked for it.",
    looks=f"none, or roles with commas and no spaces, such as admin,operator, of these: {', '.join(_ROLES)}",
    parse=_parse_roles,
    default=_NONE,
)
STEP_UP_MINOR: Final = TenantSetting(
    name="step_up_minor",
    purpose="Amounts in minor units above which a movement needs a second factor that was proven within five minutes.",
    looks="none, or whole amounts of currencies of ISO 4217, each once, such as NPR=5000000,USD=100000",
    parse=_parse_amounts,
    default=_NONE,
)
APPROVAL_MINOR: Final = TenantSetting(
    name="approval_minor",
    purpose="Amounts in minor units above which a second person has to approve a movement.",
    looks="none, or whole amounts of currencies of ISO 4217, each once, such as NPR=50000000,USD=1000000",
    parse=_parse_amounts,
    default=_NONE,
)


def _link(text: str) -> str:
    """An address with a place for the token; empty for none. Raises: ValueError."""
    parts = urlsplit(text)
    is_ours = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1"}
    is_safe = (parts.scheme == "https" and parts.hostname is not None) or is_ours
    is_text = text.isascii() and text.isprintable() and " " not in text and len(text) <= _LINK_LENGTH_MAX
    if text and not (is_safe and is_text and TOKEN_PLACE in text):
        raise ValueError(text)
    return text


PASSWORD_RESET_URL: Final = TenantSetting(
    name="password_reset_url",
    purpose="The page that a mail for a forgotten password leads to, with {token} in it. Without it, the mail has the "
    "token alone.",
    looks=f"an https address with {{token}} in it, of at most {_LINK_LENGTH_MAX} characters",
    parse=_link,
    default="",
)

TENANT_SETTINGS: Final[Mapping[str, TenantSetting[object]]] = MappingProxyType(
    {
        setting.name: setting
        for setting in (REGISTRATION, PASSWORD_RESET_URL, SECOND_FACTOR_ROLES, STEP_UP_MINOR, APPROVAL_MINOR)
    }
)
"""Every setting by its name. A capability that needs another adds it here."""


def find_setting(name: str) -> TenantSetting[object]:
    """The setting of that name. Raises: InvalidRequestError: there is none; the message names all."""
    setting = TENANT_SETTINGS.get(name)
    if setting is None:
        raise InvalidRequestError(pointer="/name", detail=f"there are these: {', '.join(sorted(TENANT_SETTINGS))}")
    return setting


class TenantSettings(Protocol):
    """The settings of one tenant, read anew each time."""

    @abstractmethod
    def get_setting(self, setting: TenantSetting[T]) -> T:
        """Its value at this moment. Raises: UnavailableError."""

    @abstractmethod
    def list_set(self) -> Mapping[str, str]:
        """The texts of those that are set, by name. Raises: UnavailableError."""


@dataclass(frozen=True, slots=True)
class TenantSettingChanged:
    """A setting got another value; None stands for the default."""

    stamp: Stamp
    name: str
    before: str | None
    after: str | None


class TenantSettingsUnit(UnitOfWork, Protocol):
    """The settings of one tenant inside one unit of work."""

    @abstractmethod
    def swap_setting(self, name: str, text: str | None) -> str | None:
        """Store that text, or nothing for None, and return what was there; waits for whoever changes the same one."""


TenantSettingsUnits = Units[TenantSettingsUnit]
