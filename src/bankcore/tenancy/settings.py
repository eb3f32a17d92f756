"""What may differ from tenant to tenant: each setting with its name, what it is for, and which values it may have."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Generic, Protocol, TypeVar

from bankcore.errors import InvalidRequestError
from bankcore.events.stamps import Stamp
from bankcore.idempotency.ports import UnitOfWork, Units

T = TypeVar("T")
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

TENANT_SETTINGS: Final[Mapping[str, TenantSetting[object]]] = MappingProxyType(
    {setting.name: setting for setting in (REGISTRATION,)}
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
