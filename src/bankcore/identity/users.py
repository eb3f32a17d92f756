"""Users: people who log in to one tenant."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bankcore.errors import InvalidRequestError
from bankcore.identifiers import TenantId, UserId
from bankcore.identity.emails import Email

FULL_NAME_LENGTH_MAX: Final = 100
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Role(StrEnum):
    """What a user may do besides using the accounts that are his own."""

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
    """Somebody known by a canonical e-mail address, unique within the tenant."""

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
    """A user with the stored hash that proves who asks; the hash never leaves the capability."""

    user: User
    password_hash: str


def require_full_name(full_name: str) -> str:
    """The name without space around it, if it has 1 to 100 characters and no control characters.

    Raises:
        InvalidRequestError: it has not.
    """
    name = full_name.strip()
    if not 1 <= len(name) <= FULL_NAME_LENGTH_MAX or _CONTROL.search(name):
        raise InvalidRequestError(
            pointer="/fullName", detail=f"a name has 1 to {FULL_NAME_LENGTH_MAX} characters and no control characters"
        )
    return name
