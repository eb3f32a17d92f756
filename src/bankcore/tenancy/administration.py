"""What an operator of the installation does with tenants; each of it may be asked twice and happens once."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from bankcore.origin import Origin
from bankcore.tenancy.tenants import NAME_LENGTH_MAX, Tenant, TenantKind, TenantStatus, require_slug
from bankcore.texts import require_text


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTenant:
    """A tenant that is to be there."""

    slug: str
    name: str
    kind: TenantKind

    def __post_init__(self) -> None:
        """Refuse a name that nobody can read or type; InvalidRequestError."""
        require_slug(self.slug)
        require_text(self.name, "/name", length_max=NAME_LENGTH_MAX)


class EnsuredTenant(NamedTuple):
    """The tenant, and whether it was made now."""

    tenant: Tenant
    is_new: bool


class TenantAdministration(Protocol):
    """All tenants of one installation."""

    @abstractmethod
    def list_tenants(self) -> Sequence[Tenant]:
        """Every tenant, by slug. Raises: UnavailableError."""

    @abstractmethod
    def get_tenant(self, slug: str) -> Tenant:
        """The tenant. Raises: NotFoundError, UnavailableError."""

    @abstractmethod
    def ensure_tenant(self, new: NewTenant, *, origin: Origin) -> EnsuredTenant:
        """The tenant, which is made unless it is there.

        Raises:
            TenantExistsError: there is one of that slug with another name or kind.
            UnavailableError, OutcomeUnknownError: ask again.
        """

    @abstractmethod
    def change_status(self, slug: str, status: TenantStatus, *, reason: str, origin: Origin) -> Tenant:
        """The tenant with that status from now on; recorded only if it had another one.

        Raises:
            NotFoundError: there is no such tenant.
            UnavailableError, OutcomeUnknownError: ask again.
        """

    @abstractmethod
    def list_settings(self, slug: str) -> Mapping[str, str]:
        """What counts for the tenant, by the names of all settings. Raises: NotFoundError, UnavailableError."""

    @abstractmethod
    def change_setting(self, slug: str, name: str, text: str | None, *, origin: Origin) -> None:
        """Set that for the tenant; None takes it back.

        Raises:
            NotFoundError: there is no such tenant.
            InvalidRequestError: there is no such setting, or this is no value of it.
            UnavailableError, OutcomeUnknownError: ask again.
        """
