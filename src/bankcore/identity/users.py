"""Users: people who log in to one tenant."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bankcore.errors import InvalidRequestError
from bankcore.identifiers import TenantId, UserId
from bankcore.identity.emails import Email
from bankcore.texts import require_text

FULL_NAME_LENGTH_MAX: Final = 100


class Role(StrEnum):
    """What a user may do besides using own accounts."""

    HOLDER = "holder"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    ADMIN = "admin"
    OWNER = "owner"
    DEVELOPER = "developer"
    VIEWER = "viewer"


class TeamRole(StrEnum):
    """What a member of a tenant's team is; a role like others, of which each member has one. None has accounts."""

    OWNER = "owner"
    DEVELOPER = "developer"
    VIEWER = "viewer"


STAFF_ROLES: Final = frozenset({Role.AUDITOR, Role.OPERATOR, Role.ADMIN})
TEAM_ROLES: Final = frozenset(map(Role, TeamRole))


class UserStatus(StrEnum):
    """Whether a user may log in."""

    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person with a canonical e-mail address, unique within the tenant."""

    tenant_id: TenantId
    id: UserId
    email: Email
    full_name: str | None
    roles: frozenset[Role]
    status: UserStatus
    created_at: datetime

    @property
    def is_active(self) -> bool:
        """Whether this user may log in and act; whoever was removed from the team has no role and may not."""
        return self.status is UserStatus.ACTIVE and bool(self.roles)

    @property
    def team_role(self) -> TeamRole | None:
        """What this user is in the tenant's team; None of whoever is no member."""
        return next((role for role in TeamRole if Role(role) in self.roles), None)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user with the stored hash of the password; the hash never leaves the capability."""

    user: User
    password_hash: str


def require_roles(roles: frozenset[Role]) -> None:
    """Require that a user may have these roles: at least one, and at most one of the team.

    Raises:
        InvalidRequestError: they are none, or more than one of the team.
    """
    if not roles:
        raise InvalidRequestError(pointer="/roles", detail="at least one role")
    if len(roles & TEAM_ROLES) > 1:
        raise InvalidRequestError(pointer="/roles", detail="at most one of owner, developer and viewer")


def require_full_name(full_name: str) -> str:
    """The name without space around it, if it has 1 to 100 characters that can be seen.

    Raises:
        InvalidRequestError: it has not.
    """
    name = full_name.strip()
    require_text(name, "/fullName", length_max=FULL_NAME_LENGTH_MAX)
    return name
