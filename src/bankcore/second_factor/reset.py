"""ResetSecondFactor: an admin removes the factor of a user who lost device and recovery codes."""

from dataclasses import dataclass
from hashlib import sha256

from bankcore.actions import Subject
from bankcore.errors import BankcoreError, ForbiddenError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.identifiers import UserId
from bankcore.identity.actions import SECOND_FACTOR_RESET
from bankcore.identity.end_sessions import end_sessions
from bankcore.identity.events import SecondFactorChanged
from bankcore.identity.ports import IdentityUnit, IdentityUnits
from bankcore.identity.sessions import RevokeReason
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True)
class ResetSecondFactor:
    """Resets second factors of one tenant's users."""

    units: IdentityUnits

    def __call__(self, user_id: UserId, *, origin: Origin, idempotency_key: str | None = None) -> Accepted[None]:
        """Remove the user's factor, and end the user's sessions. The user can log in with the password and begin anew.

        Raises:
            NotFoundError: there is no such user, or the user has no factor.
            ForbiddenError: nobody resets his own: who took over an admin's session would be rid of it.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        fingerprint = sha256(f"{SECOND_FACTOR_RESET.name} {user_id}".encode()).digest()
        key = key_of(origin, idempotency_key)
        return answer_once(self.units, key, fingerprint, lambda unit: _Resetting(unit, user_id, origin))


@dataclass(frozen=True, slots=True)
class _Resetting(KeyedTask[None]):
    unit: IdentityUnit
    user_id: UserId
    origin: Origin

    def decide(self) -> Rejected | None:
        if self.origin.actor_id == str(self.user_id):
            return Rejected(ForbiddenError())
        if self.unit.find_user(self.user_id) is None:
            return Rejected(NotFoundError(resource="user", identifier=str(self.user_id)))
        # Sessions have their place before factors in the order of locks.
        end_sessions(self.unit, self.user_id, RevokeReason.STAFF, self.origin)
        if self.unit.factors.lock_factor(self.user_id) is None:
            raise NotFoundError(resource="second_factor", identifier=str(self.user_id))
        self.unit.factors.remove_factor(self.user_id)
        stamp = self.unit.new_stamp(self.origin)
        self.unit.publish([SecondFactorChanged(stamp, SECOND_FACTOR_RESET, self.user_id)])
        return None

    def refused(self, reason: BankcoreError) -> CommandRefused:
        stamp = self.unit.new_stamp(self.origin)
        return CommandRefused(stamp, SECOND_FACTOR_RESET, Subject("user", self.user_id), reason)

    def encode(self, value: None) -> bytes:  # noqa: ARG002 - there is nothing to tell
        return b"null"

    def decode(self, encoded: bytes) -> None:
        """Nothing is told."""
