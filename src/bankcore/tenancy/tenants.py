"""Tenants: banks that share the servers and nothing else."""

import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final, Protocol

from bankcore.errors import ConflictError, ForbiddenError, InvalidRequestError
from bankcore.identifiers import TenantId

NAME_LENGTH_MAX: Final = 100
_SLUG: Final = re.compile(r"[a-z0-9](-?[a-z0-9]){0,62}", re.ASCII)


class TenantKind(StrEnum):
    """Whether a tenant's money is real."""

    LIVE = "live"
    TEST = "test"


class TenantStatus(StrEnum):
    """Whether a tenant is at work; of a suspended one, only auditors may read."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Tenant:
    """A bank of its own; `slug` is its name in headers and on the command line."""

    id: TenantId
    slug: str
    name: str
    kind: TenantKind
    status: TenantStatus = TenantStatus.ACTIVE

    @property
    def is_suspended(self) -> bool:
        """Whether nobody may work with it."""
        return self.status is TenantStatus.SUSPENDED


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class TenantExistsError(ConflictError):
    """There is a tenant of that slug."""

    code: ClassVar[str] = "tenant_exists"
    title: ClassVar[str] = "A tenant with this slug exists"
    slug: str


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class TenantSuspendedError(ForbiddenError):
    """The tenant is suspended: until it is resumed, only its auditors may read."""

    code: ClassVar[str] = "tenant_suspended"
    title: ClassVar[str] = "This tenant is suspended"


class TenantDirectory(Protocol):
    """Which tenants there are."""

    @abstractmethod
    def find_tenant(self, slug: str) -> Tenant | None:
        """The tenant of that slug."""

    @abstractmethod
    def list_tenants(self) -> Sequence[Tenant]:
        """Every tenant, suspended ones too, by slug."""


def at_work(directory: TenantDirectory) -> Sequence[Tenant]:
    """The tenants that are not suspended, by slug: those for whom workers work."""
    return [tenant for tenant in directory.list_tenants() if not tenant.is_suspended]


def require_slug(slug: str) -> str:
    """The slug, if it has 1 to 63 lower-case letters, digits and single hyphens between them.

    Raises:
        InvalidRequestError: it has not.
    """
    if not _SLUG.fullmatch(slug) or len(slug) > 63:  # noqa: PLR2004 - as long as a DNS label
        raise InvalidRequestError(pointer="/slug", detail="1 to 63 lower-case letters, digits and single hyphens")
    return slug
