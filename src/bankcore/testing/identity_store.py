"""Users and sessions in memory, in one unit of work with the books in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from bankcore.identifiers import SessionId, UserId
from bankcore.identity.attempts import BackOff
from bankcore.identity.demands import NO_DEMANDS, FactorDemands
from bankcore.identity.emails import Email
from bankcore.identity.ports import IdentityUnit, IdentityUnits, SessionOwner
from bankcore.identity.resets import RESETS_PER_HOUR, PasswordReset, PasswordResets, ResetId
from bankcore.identity.sessions import IssuedToken, RevokeReason, Session
from bankcore.identity.users import Credentials, Role, User, UserStatus
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.second_factor import InMemorySecondFactors, StoredSecondFactors
from bankcore.testing.sections import Section
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits


class Attempts(NamedTuple):
    """How many attempts there were as a user, when the last one was, and when the next may come."""

    made: int
    last_at: datetime
    not_before: datetime


class StoredReset(NamedTuple):
    """A reset, when it was asked for, and whether it is used up."""

    reset: PasswordReset
    hour: datetime
    is_used: bool = False

    def is_good(self, digest: bytes, now: datetime) -> bool:
        """Whether its token may change a password."""
        return self.reset.digest == digest and not self.is_used and now < self.reset.expires_at


@dataclass(slots=True)
class InMemoryUsers(Section):
    """The stored data of one tenant's users; every value is immutable."""

    credentials: dict[Email, Credentials] = field(default_factory=dict)
    sessions: dict[SessionId, Session] = field(default_factory=dict)
    tokens: dict[bytes, IssuedToken] = field(default_factory=dict)
    attempts: dict[tuple[Email, str | None], Attempts] = field(default_factory=dict)
    resets: dict[ResetId, StoredReset] = field(default_factory=dict)
    is_tenant_suspended: bool = False
    is_tenant_test: bool = False
    demands: FactorDemands = NO_DEMANDS
    is_registration_open: bool = True

    def change_user(self, user: User) -> None:
        """Replace the user of the same address, as an operator would; KeyError if there is none."""
        self.credentials[user.email] = Credentials(user, self.credentials[user.email].password_hash)


class InMemoryIdentityUnit(InMemoryUnit, IdentityUnit):
    """Users, sessions and books of one tenant inside one unit of work, on a draft."""

    def __init__(
        self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, users: InMemoryUsers, factors: StoredSecondFactors
    ) -> None:
        super().__init__(ledger_unit, bank)
        self._draft = ledger_unit.draft.section(users)
        self._factors = InMemorySecondFactors(ledger_unit.draft.section(factors), self.opened_at)

    @property
    def factors(self) -> InMemorySecondFactors:
        return self._factors

    @property
    def resets(self) -> "InMemoryPasswordResets":
        return InMemoryPasswordResets(self._draft, self.opened_at)

    def is_tenant_suspended(self) -> bool:
        return self._draft.is_tenant_suspended

    def is_registration_open(self) -> bool:
        return self._draft.is_registration_open

    def add_user(self, credentials: Credentials) -> bool:
        return self._draft.credentials.setdefault(credentials.user.email, credentials) is credentials

    def find_user(self, user_id: UserId) -> User | None:
        users = (known.user for known in self._draft.credentials.values())
        return next((user for user in users if user.id == user_id), None)

    def find_credentials(self, email: Email) -> Credentials | None:
        return self._draft.credentials.get(email)

    def change_user_status(self, user_id: UserId, status: UserStatus) -> bool:
        user = self.find_user(user_id)
        if user is None or user.status is status:
            return False
        known = self._draft.credentials[user.email]
        self._draft.credentials[user.email] = replace(known, user=replace(user, status=status))
        return True

    def change_user_roles(self, user_id: UserId, roles: frozenset[Role]) -> bool:
        user = self.find_user(user_id)
        if user is None or user.roles == roles:
            return False
        known = self._draft.credentials[user.email]
        self._draft.credentials[user.email] = replace(known, user=replace(user, roles=roles))
        return True

    def list_users(self, *, before: UserId | None, limit: int) -> Sequence[User]:
        users = (known.user for known in self._draft.credentials.values())
        return _latest(users, before, limit)

    def list_members(self, *, before: UserId | None, limit: int) -> Sequence[User]:
        users = (known.user for known in self._draft.credentials.values())
        return _latest((user for user in users if user.team_role is not None), before, limit)

    def lock_team(self) -> Sequence[User]:
        users = (known.user for known in self._draft.credentials.values())
        return [user for user in users if Role.OWNER in user.roles]

    def replace_password_hash(self, user_id: UserId, *, old: str, new: str) -> bool:
        user = self.find_user(user_id)
        if user is None or self._draft.credentials[user.email].password_hash != old:
            return False
        self._draft.credentials[user.email] = Credentials(user, new)
        return True

    def count_attempt(self, email: Email, back_off: BackOff, *, client: str | None) -> datetime | None:
        now, subject = self.opened_at, self._subject(email, client)
        known = self._draft.attempts.get(subject)
        if known is not None and known.last_at <= now < known.not_before:
            return known.not_before
        count = 1 if known is None or known.last_at < now - back_off.forget_after else known.made + 1
        delay_s = back_off.delays_s[min(count, len(back_off.delays_s)) - 1]
        self._draft.attempts[subject] = Attempts(count, now, now + timedelta(seconds=delay_s))
        return None

    def is_known_at(self, email: Email, *, client: str | None) -> bool:
        return client is not None and (email, client) in self._draft.attempts

    def clear_attempts(self, email: Email, *, client: str | None) -> None:
        self._draft.attempts.pop(self._subject(email, client), None)
        if client is not None:
            self._draft.attempts[email, client] = Attempts(0, self.opened_at, self.opened_at)

    def _subject(self, email: Email, client: str | None) -> tuple[Email, str | None]:
        known = (email, client)
        return known if known in self._draft.attempts else (email, None)

    def add_session(self, session: Session, token: IssuedToken) -> None:
        self._draft.sessions[session.id] = session
        self._draft.tokens[token.digest] = token

    def lock_session(self, session_id: SessionId) -> Session | None:
        return self._draft.sessions.get(session_id)

    def find_token(self, digest: bytes) -> IssuedToken | None:
        return self._draft.tokens.get(digest)

    def rotate_token(self, used: IssuedToken, successor: IssuedToken) -> None:
        self._draft.tokens[used.digest] = used
        self._draft.tokens[successor.digest] = successor
        self._draft.sessions[successor.session_id] = replace(
            self._draft.sessions[successor.session_id],
            last_used_at=successor.issued_at,
            generation=successor.generation,
        )

    def list_sessions(self, user_id: UserId, *, before: SessionId | None, limit: int) -> Sequence[Session]:
        earlier = [session for session in self._going_on(user_id) if before is None or session.id < before]
        return sorted(earlier, key=lambda session: session.id, reverse=True)[:limit]

    def revoke_sessions(
        self, user_id: UserId, reason: RevokeReason, *, but: SessionId | None = None
    ) -> Sequence[SessionId]:
        ended = sorted(session.id for session in self._going_on(user_id) if session.id != but)
        for session_id in ended:
            self.revoke_session(session_id, reason)
        return ended

    def _going_on(self, user_id: UserId) -> Sequence[Session]:
        return [
            session
            for session in self._draft.sessions.values()
            if session.user_id == user_id and session.revoked_at is None and self.opened_at < session.expires_at
        ]

    def prove_session(self, session_id: SessionId) -> None:
        self._draft.sessions[session_id] = replace(self._draft.sessions[session_id], mfa_at=self.opened_at)

    def revoke_session(self, session_id: SessionId, reason: RevokeReason) -> None:
        session = self._draft.sessions[session_id]
        if session.revoked_at is None:
            self._draft.sessions[session_id] = replace(session, revoked_at=self.opened_at, revoke_reason=reason)


def _latest(users: Iterable[User], before: UserId | None, limit: int) -> Sequence[User]:
    earlier = [user for user in users if before is None or user.id < before]
    return sorted(earlier, key=lambda user: user.id, reverse=True)[:limit]


class InMemoryIdentityUnits(InMemoryUnits[InMemoryIdentityUnit], IdentityUnits):
    """Units of work on users and books, one after another, from any number of threads."""

    def __init__(self, users: InMemoryUsers, bank: InMemoryBank) -> None:
        self._factors = factors = StoredSecondFactors()
        super().__init__(bank, lambda unit: InMemoryIdentityUnit(unit, bank, users, factors))
        self._users = users
        bank.books.add_section(factors)
        bank.books.add_section(users)

    def find_session_owner(self, session_id: SessionId) -> SessionOwner | None:
        with self._bank.books.lock:
            session = self._users.sessions.get(session_id)
            users = {known.user.id: known.user for known in self._users.credentials.values()}
            user = None if session is None else users.get(session.user_id)
        return None if session is None or user is None else self._owner(session, user)

    def _owner(self, session: Session, user: User) -> SessionOwner:
        factor = self._factors.factors.get(user.id)
        return SessionOwner(
            session,
            user,
            self._bank.clock.now(),
            self._users.is_tenant_suspended,
            self._users.is_tenant_test,
            factor is not None and factor.is_confirmed,
            self._users.demands,
        )


class InMemoryPasswordResets(PasswordResets):
    """Resets on the draft of one unit of work."""

    def __init__(self, draft: InMemoryUsers, now: datetime) -> None:
        self._resets = draft.resets
        self._now = now

    def add_reset(self, reset: PasswordReset) -> bool:
        hour = self._now.replace(minute=0, second=0, microsecond=0)
        earlier = [each for each in self._resets.values() if (each.reset.email, each.hour) == (reset.email, hour)]
        if len(earlier) >= RESETS_PER_HOUR or reset.id in self._resets:
            return False
        self._resets[reset.id] = StoredReset(reset, hour)
        return True

    def find_resetting(self, reset_id: ResetId, digest: bytes) -> UserId | None:
        stored = self._resets.get(reset_id)
        return stored.reset.user_id if stored is not None and stored.is_good(digest, self._now) else None

    def use_reset(self, reset_id: ResetId, digest: bytes) -> bool:
        stored = self._resets.get(reset_id)
        if stored is None or not stored.is_good(digest, self._now):
            return False
        self._resets[reset_id] = stored._replace(is_used=True)
        return True

    def end_resets(self, user_id: UserId) -> None:
        for reset_id, stored in list(self._resets.items()):
            if stored.reset.user_id == user_id:
                self._resets[reset_id] = stored._replace(is_used=True)
