"""Users: people who log in to one tenant."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

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


STAFF_ROLES: Final = frozenset({Role.AUDITOR, Role.OPERATOR, Role.ADMIN})


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
        """Whether this user may log in and act."""
        return self.status is UserStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user with the stored hash of the password; the hash never leaves the capability."""

    user: User
    password_hash: str


def require_full_name(full_name: str) -> str:
    """The name without space around it, if it has 1 to 100 characters that can be seen.

    Raises:
        InvalidRequestError: it has not.
    """
    name = full_name.strip()
    require_text(name, "/fullName", length_max=FULL_NAME_LENGTH_MAX)
    return name
