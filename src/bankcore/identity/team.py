"""ManageTeam: whoever may adds people to the tenant's team, gives them another role in it, and removes them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from bankcore.actions import Subject
from bankcore.errors import BankcoreError, LedgerInvariantError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.identifiers import TenantId, UserId
from bankcore.identity.actions import USER_CHANGE_REFUSED
from bankcore.identity.change_user import leaves_no_owner
from bankcore.identity.emails import DomainNames, Email, normalize_email
from bankcore.identity.end_sessions import end_sessions
from bankcore.identity.events import RegistrationRefused, UserRegistered, UserRolesChanged
from bankcore.identity.password_proof import PasswordProof
from bankcore.identity.ports import IdentityUnit, RefreshSecrets
from bankcore.identity.refusals import EmailTakenError, LastOwnerError
from bankcore.identity.reset_password import ResetPassword
from bankcore.identity.sessions import RevokeReason
from bankcore.identity.users import TEAM_ROLES, Credentials, Role, TeamRole, User, UserStatus, require_full_name
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMember:
    """Who is to come into the team, and as what; a repeat with the same key is answered and not repeated."""

    email: str = field(repr=False)
    role: TeamRole
    full_name: str | None = field(default=None, repr=False)
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChange:
    """Which role a member is to have, or None to be removed; a repeat with the same key is answered."""

    user_id: UserId
    to: TeamRole | None
    idempotency_key: str | None = None

    def fingerprint(self) -> bytes:
        """SHA-256 of what is asked."""
        return sha256(json.dumps(["change member", str(self.user_id), self.to]).encode()).digest()


@dataclass(frozen=True, slots=True)
class ManageTeam:
    """The team of one tenant. What it decides counts from the next request on, in every session."""

    proof: PasswordProof
    domain_names: DomainNames
    secrets: RefreshSecrets
    passwords: ResetPassword

    def list_members(self, *, before: UserId | None, limit: int) -> Sequence[User]:
        """At most `limit` members, the latest first, made before that one."""
        return self.proof.units.run(lambda unit: unit.list_members(before=before, limit=limit), resubmittable=True)

    def get_member(self, user_id: UserId) -> User:
        """The member with that id.

        Raises:
            NotFoundError: nobody of the team has it.
        """
        user = self.proof.units.run(lambda unit: unit.find_user(user_id), resubmittable=True)
        if user is None or user.team_role is None:
            raise NotFoundError(resource="member", identifier=str(user_id))
        return user

    def add(self, new: NewMember, *, origin: Origin) -> Accepted[User]:
        """Make a user who is a member, or take back who was removed. A mail lets the member choose a password.

        Nobody knows the first password: it is random, and good for nothing.

        Raises:
            InvalidRequestError: address or name is not valid.
            EmailTakenError: a user who has a role has this address.
            IdempotencyKeyReusedError: the key was used for another request.
            IdempotencyInProgressError: the first request with this key is still running.
            UnavailableError: nothing was recorded.
        """
        email = normalize_email(new.email, self.domain_names)
        full_name = None if new.full_name is None else require_full_name(new.full_name)
        wanted = _Wanted(
            tenant_id=self.proof.tenant_id,
            user_id=UserId(self.proof.ids.new_id()),
            email=email,
            full_name=full_name,
            roles=frozenset({Role(new.role)}),
            password_hash=self.proof.hasher.hash(self.secrets.new_secret().hex()),
        )
        key = key_of(origin, new.idempotency_key)
        return answer_once(
            self.proof.units,
            key,
            wanted.fingerprint(),
            lambda unit: _AddingMember(unit, origin, wanted, self.passwords),
        )

    def change(self, change: MemberChange, *, origin: Origin) -> Accepted[User]:
        """Give a member another role in the team, or remove the member, whose sessions end. Other roles stay.

        Raises:
            NotFoundError: nobody of the team has this id.
            LastOwnerError: the team would be left without an owner who may log in.
            IdempotencyKeyReusedError: the key was used for another request.
            IdempotencyInProgressError: the first request with this key is still running.
            UnavailableError: nothing was recorded.
        """
        key = key_of(origin, change.idempotency_key)
        return answer_once(
            self.proof.units, key, change.fingerprint(), lambda unit: _ChangingMember(unit, origin, change)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    tenant_id: TenantId
    user_id: UserId
    email: Email
    full_name: str | None
    roles: frozenset[Role]
    password_hash: str = field(repr=False)

    def fingerprint(self) -> bytes:
        """SHA-256 of what is asked."""
        asked = ["add member", self.email, self.full_name, sorted(self.roles)]
        return sha256(json.dumps(asked).encode()).digest()

    def user(self, created_at: datetime) -> User:
        """The user who is to be made at that instant."""
        return User(
            tenant_id=self.tenant_id,
            id=self.user_id,
            email=self.email,
            full_name=self.full_name,
            roles=self.roles,
            status=UserStatus.ACTIVE,
            created_at=created_at,
        )


@dataclass(frozen=True, slots=True)
class _MemberTask(KeyedTask[User]):
    unit: IdentityUnit
    origin: Origin

    def encode(self, value: User) -> bytes:
        return json.dumps({"id": str(value.id), "roles": sorted(value.roles), "status": value.status}).encode()

    def decode(self, encoded: bytes) -> User:
        told = json.loads(encoded)
        user = self.unit.find_user(UserId(UUID(told["id"])))
        if user is None:  # pragma: no cover - users are never removed
            raise LedgerInvariantError(f"a change of user {told['id']} is remembered, the user is not")
        return replace(user, roles=frozenset(map(Role, told["roles"])), status=UserStatus(told["status"]))


@dataclass(frozen=True, slots=True)
class _AddingMember(_MemberTask):
    wanted: _Wanted
    passwords: ResetPassword

    def decide(self) -> User | Rejected:
        unit, user = self.unit, self.wanted.user(self.unit.opened_at)
        known = unit.find_credentials(user.email)
        if known is not None and not known.user.roles:
            user = replace(known.user, roles=user.roles)
            unit.change_user_roles(user.id, user.roles)
            unit.publish([UserRolesChanged(unit.new_stamp(self.origin), user.id, user.roles)])
        elif known is None and unit.add_user(Credentials(user, self.wanted.password_hash)):
            unit.publish([UserRegistered(unit.new_stamp(self.origin), user.id, user.email, user.roles)])
        else:
            return Rejected(EmailTakenError())
        self.passwords.offer(unit, user, origin=self.origin)
        return user

    def refused(self, reason: BankcoreError) -> RegistrationRefused:
        return RegistrationRefused(self.unit.new_stamp(self.origin), self.wanted.email, reason.code)


@dataclass(frozen=True, slots=True)
class _ChangingMember(_MemberTask):
    change: MemberChange

    def decide(self) -> User | Rejected:
        unit, change = self.unit, self.change
        # Before the member is read: who is in the team is decided by one after another.
        owners = unit.lock_team()
        member = unit.find_user(change.user_id)
        if member is None or member.team_role is None:
            return Rejected(NotFoundError(resource="member", identifier=str(change.user_id)))
        roles = member.roles - TEAM_ROLES | (set() if change.to is None else {Role(change.to)})
        if leaves_no_owner(member, roles, owners):
            return Rejected(LastOwnerError())
        if change.to is None:
            end_sessions(unit, member.id, RevokeReason.STAFF, self.origin)
        if unit.change_user_roles(member.id, roles):
            unit.publish([UserRolesChanged(unit.new_stamp(self.origin), member.id, roles)])
        return replace(member, roles=roles)

    def refused(self, reason: BankcoreError) -> CommandRefused:
        stamp = self.unit.new_stamp(self.origin)
        return CommandRefused(stamp, USER_CHANGE_REFUSED, Subject("user", self.change.user_id), reason)
