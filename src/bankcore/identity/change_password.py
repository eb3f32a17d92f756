"""ChangePassword: a user who knows the password chooses another, and all other sessions end."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from bankcore.actions import Subject
from bankcore.errors import (
    BankcoreError,
    InvalidRequestError,
    NotFoundError,
    UnauthenticatedError,
    Unavailability,
    UnavailableError,
)
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, answer_once
from bankcore.idempotency.keys import IdempotencyKeyReusedError, key_of
from bankcore.identifiers import SessionId, UserId
from bankcore.identity.actions import PASSWORD_CHANGE_REFUSED
from bankcore.identity.end_sessions import end_sessions
from bankcore.identity.events import PasswordChanged
from bankcore.identity.password_proof import PasswordProof
from bankcore.identity.passwords import normalize_password, require_strong_password
from bankcore.identity.ports import IdentityUnit
from bankcore.identity.sessions import RevokeReason
from bankcore.identity.users import Credentials, User
from bankcore.origin import Origin

# Without the passwords, because a fast hash of a password can be guessed.
_FINGERPRINT: Final = sha256(b'["change password"]').digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChange:
    """Who changes the password, in which session, from what to what."""

    user_id: UserId
    session_id: SessionId
    current: str = field(repr=False)
    password: str = field(repr=False)
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Changes passwords of one tenant's users."""

    proof: PasswordProof

    def __call__(self, change: PasswordChange, *, origin: Origin) -> Accepted[None]:
        """Change it, and end every session but the one that asks: whoever knew the old password is out.

        A caller that repeats key and new password gets the first answer again.

        Raises:
            InvalidRequestError: that is not the present password, or the new one is not strong enough.
            NotFoundError: there is no such user.
            IdempotencyKeyReusedError: the key was used for another request, or for another password.
            IdempotencyInProgressError: the first request with this key is still running.
            ThrottledError: too many attempts.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        units, key = self.proof.units, key_of(origin, change.idempotency_key)
        user = units.run(lambda unit: unit.find_user(change.user_id), resubmittable=True)
        if user is None:
            raise NotFoundError(resource="user", identifier=str(change.user_id))
        password = require_strong_password(change.password, user.email)
        known = self._find_proven(user, normalize_password(change.current), origin)
        password_hash = self.proof.hasher.hash(password)
        answer = answer_once(
            units, key, _FINGERPRINT, lambda unit: _ChangingPassword(unit, change, user, known, password_hash, origin)
        )
        if answer.replayed and key is not None:
            if self._find_proven(user, password, origin) is None:
                raise IdempotencyKeyReusedError(idempotency_key=key.value)
            units.run(lambda unit: unit.clear_attempts(user.email, client=origin.ip_address))
        return answer

    def _find_proven(self, user: User, password: str, origin: Origin) -> Credentials | None:
        try:
            return self.proof.require(user.email, password, origin=origin)
        except UnauthenticatedError:
            return None


@dataclass(frozen=True, slots=True)
class _ChangingPassword(KeyedTask[None]):
    unit: IdentityUnit
    change: PasswordChange
    user: User
    known: Credentials | None
    password_hash: str = field(repr=False)
    origin: Origin

    def decide(self) -> None:
        unit, user, known = self.unit, self.user, self.known
        if known is None:
            # Raised, so that the key stays free for the right password.
            raise InvalidRequestError(pointer="/currentPassword", detail="this is not the password")
        unit.clear_attempts(user.email, client=self.origin.ip_address)
        end_sessions(unit, user.id, RevokeReason.LOGOUT, self.origin, but=self.change.session_id)
        if not unit.replace_password_hash(user.id, old=known.password_hash, new=self.password_hash):
            # Somebody changed it meanwhile, so what was proven is proven no more.
            raise UnavailableError(reason=Unavailability.CONTENTION)
        unit.resets.end_resets(user.id)
        unit.publish([PasswordChanged(unit.new_stamp(self.origin), user.id)])

    def refused(self, reason: BankcoreError) -> CommandRefused:
        stamp = self.unit.new_stamp(self.origin)
        return CommandRefused(stamp, PASSWORD_CHANGE_REFUSED, Subject("user", self.user.id), reason)

    def encode(self, value: None) -> bytes:  # noqa: ARG002 - there is nothing to tell
        return b"null"

    def decode(self, encoded: bytes) -> None:
        """Nothing is told."""
