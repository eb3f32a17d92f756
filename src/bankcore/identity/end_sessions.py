"""EndSessions: a user sees the sessions that go on, and ends one or all of them; staff end them for a user."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from bankcore.actions import Subject
from bankcore.errors import BankcoreError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.identifiers import SessionId, UserId
from bankcore.identity.actions import SESSION_END_REFUSED
from bankcore.identity.events import LoggedOut, SessionEnded
from bankcore.identity.ports import IdentityUnit, IdentityUnits
from bankcore.identity.sessions import RevokeReason, Session
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsToEnd:
    """One session of a user, or all of them; a repeat with the same key is answered and not repeated."""

    user_id: UserId
    session_id: SessionId | None = None
    reason: RevokeReason = RevokeReason.LOGOUT
    idempotency_key: str | None = None

    def fingerprint(self) -> bytes:
        """SHA-256 of what is asked."""
        asked = ["end sessions", str(self.user_id), str(self.session_id), self.reason]
        return sha256(json.dumps(asked).encode()).digest()


@dataclass(frozen=True, slots=True)
class EndSessions:
    """Lists and ends sessions of one tenant's users."""

    units: IdentityUnits

    def list_of(self, user_id: UserId, *, before: SessionId | None, limit: int) -> Sequence[Session]:
        """At most `limit` sessions of the user that go on, the latest first, begun before that one.

        Raises:
            UnavailableError: they cannot be read at this moment.
        """
        return self.units.run(lambda unit: unit.list_sessions(user_id, before=before, limit=limit), resubmittable=True)

    def __call__(self, ending: SessionsToEnd, *, origin: Origin) -> Accepted[int]:
        """End them, at once and for every token of them. Returns how many; what has ended already is no mistake.

        Raises:
            NotFoundError: the user has no such session, or there is no such user in this tenant.
            IdempotencyKeyReusedError: the key was used for another request.
            IdempotencyInProgressError: the first request with this key is still running.
            UnavailableError: nothing was recorded.
        """
        key = key_of(origin, ending.idempotency_key)
        return answer_once(self.units, key, ending.fingerprint(), lambda unit: _Ending(unit, ending, origin))


def end_sessions(
    unit: IdentityUnit, user_id: UserId, reason: RevokeReason, origin: Origin, *, but: SessionId | None = None
) -> int:
    """End every session of the user but that one, in this unit of work. Returns how many."""
    event = SessionEnded if reason is RevokeReason.STAFF else LoggedOut
    ended = unit.revoke_sessions(user_id, reason, but=but)
    unit.publish([event(unit.new_stamp(origin), user_id, session_id) for session_id in ended])
    return len(ended)


@dataclass(frozen=True, slots=True)
class _Ending(KeyedTask[int]):
    unit: IdentityUnit
    ending: SessionsToEnd
    origin: Origin

    def decide(self) -> int | Rejected:
        user_id, session_id = self.ending.user_id, self.ending.session_id
        if session_id is not None:
            return self._end_one(user_id, session_id)
        if self.unit.find_user(user_id) is None:
            return Rejected(NotFoundError(resource="user", identifier=str(user_id)))
        return end_sessions(self.unit, user_id, self.ending.reason, self.origin)

    def _end_one(self, user_id: UserId, session_id: SessionId) -> int | Rejected:
        session = self.unit.lock_session(session_id)
        if session is None or session.user_id != user_id:
            return Rejected(NotFoundError(resource="session", identifier=str(session_id)))
        if session.revoked_at is not None:
            return 0
        self.unit.revoke_session(session_id, RevokeReason.LOGOUT)
        self.unit.publish([LoggedOut(self.unit.new_stamp(self.origin), user_id, session_id)])
        return 1

    def refused(self, reason: BankcoreError) -> CommandRefused:
        stamp = self.unit.new_stamp(self.origin)
        return CommandRefused(stamp, SESSION_END_REFUSED, Subject("user", self.ending.user_id), reason)

    def encode(self, value: int) -> bytes:
        return str(value).encode()

    def decode(self, encoded: bytes) -> int:
        return int(encoded)
