"""ChangeUser: an admin gives a user other roles, keeps the user out, or lets the user in again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from bankcore.actions import Subject
from bankcore.errors import BankcoreError, ForbiddenError, LedgerInvariantError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.identifiers import UserId
from bankcore.identity.actions import USER_CHANGE_REFUSED
from bankcore.identity.events import UserRolesChanged, UserStatusChanged
from bankcore.identity.ports import IdentityUnit, IdentityUnits
from bankcore.identity.refusals import LastOwnerError
from bankcore.identity.users import Role, User, UserStatus, require_roles
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChange:
    """Which roles or which status a user is to have; a repeat with the same key is answered and not repeated."""

    user_id: UserId
    to: frozenset[Role] | UserStatus
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse to leave a user without a role, or with two roles of the team; InvalidRequestError."""
        if not isinstance(self.to, UserStatus):
            require_roles(self.to)

    def fingerprint(self) -> bytes:
        """SHA-256 of what is asked."""
        wanted = self.to if isinstance(self.to, UserStatus) else sorted(self.to)
        return sha256(json.dumps(["change user", str(self.user_id), wanted]).encode()).digest()


@dataclass(frozen=True, slots=True)
class ChangeUser:
    """Changes what users of one tenant may do. It holds from the next request on, in every session."""

    units: IdentityUnits

    def __call__(self, change: UserChange, *, origin: Origin) -> Accepted[User]:
        """Change the user, and record it unless nothing changes. Returns the user as it is then.

        Raises:
            NotFoundError: there is no such user in this tenant.
            ForbiddenError: nobody changes his own roles or status, so that a tenant never loses its last admin.
            LastOwnerError: the team would be left without an owner.
            IdempotencyKeyReusedError: the key was used for another request.
            IdempotencyInProgressError: the first request with this key is still running.
            UnavailableError: nothing was recorded.
        """
        key = key_of(origin, change.idempotency_key)
        return answer_once(self.units, key, change.fingerprint(), lambda unit: _ChangingUser(unit, change, origin))


def leaves_no_owner(user: User, roles: frozenset[Role], owners: Sequence[User]) -> bool:
    """Whether nobody who may log in would own the team, if the user, who owns it, had these roles."""
    is_owner_no_more = Role.OWNER in user.roles and Role.OWNER not in roles
    return is_owner_no_more and not any(owner.is_active for owner in owners if owner.id != user.id)


@dataclass(frozen=True, slots=True)
class _ChangingUser(KeyedTask[User]):
    unit: IdentityUnit
    change: UserChange
    origin: Origin

    def decide(self) -> User | Rejected:
        change = self.change
        # Before the user is read: who is in the team is decided by one after another.
        owners = () if isinstance(change.to, UserStatus) else self.unit.lock_team()
        user = self.unit.find_user(change.user_id)
        if user is None:
            return Rejected(NotFoundError(resource="user", identifier=str(change.user_id)))
        if self.origin.actor_id == str(user.id):
            return Rejected(ForbiddenError())
        stamp = self.unit.new_stamp(self.origin)
        if isinstance(change.to, UserStatus):
            if self.unit.change_user_status(user.id, change.to):
                self.unit.publish([UserStatusChanged(stamp, user.id, change.to)])
            return replace(user, status=change.to)
        if leaves_no_owner(user, change.to, owners):
            return Rejected(LastOwnerError())
        if self.unit.change_user_roles(user.id, change.to):
            self.unit.publish([UserRolesChanged(stamp, user.id, change.to)])
        return replace(user, roles=change.to)

    def refused(self, reason: BankcoreError) -> CommandRefused:
        stamp = self.unit.new_stamp(self.origin)
        return CommandRefused(stamp, USER_CHANGE_REFUSED, Subject("user", self.change.user_id), reason)

    def encode(self, value: User) -> bytes:
        return json.dumps({"roles": sorted(value.roles), "status": value.status}).encode()

    def decode(self, encoded: bytes) -> User:
        user, told = self.unit.find_user(self.change.user_id), json.loads(encoded)
        if user is None:  # pragma: no cover - users are never removed
            raise LedgerInvariantError(f"a change of user {self.change.user_id} is remembered, the user is not")
        return replace(user, roles=frozenset(map(Role, told["roles"])), status=UserStatus(told["status"]))
