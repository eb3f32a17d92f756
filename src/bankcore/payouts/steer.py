"""SteerPayout: somebody pauses, resumes or calls off a job, or has its failed items tried again."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from bankcore.actions import Action, Subject
from bankcore.arguments import require_id
from bankcore.errors import BankcoreError, InvalidStateError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of, require_key
from bankcore.money import Money
from bankcore.origin import LIBRARY, Origin
from bankcore.payouts.actions import PAYOUT_CALLED_OFF, PAYOUT_PAUSED, PAYOUT_RESUMED, PAYOUT_RETRIED
from bankcore.payouts.answers import decode_job, encode_job
from bankcore.payouts.events import PayoutChanged
from bankcore.payouts.jobs import PayoutJob, PayoutJobId
from bankcore.payouts.ports import PayoutUnit, PayoutUnits
from bankcore.payouts.set_aside import give_back, set_aside


class Steering(StrEnum):
    """What somebody may do with a job that is there."""

    PAUSE = "pause"
    RESUME = "resume"
    CALL_OFF = "cancel"
    RETRY = "retry"


_ACTIONS: Final[Mapping[Steering, Action]] = {
    Steering.PAUSE: PAYOUT_PAUSED,
    Steering.RESUME: PAYOUT_RESUMED,
    Steering.CALL_OFF: PAYOUT_CALLED_OFF,
    Steering.RETRY: PAYOUT_RETRIED,
}


@dataclass(frozen=True, slots=True)
class SteerPayout:
    """Do this with that job."""

    job_id: PayoutJobId
    steering: Steering
    _: KW_ONLY
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no id, and an invalid key."""
        require_id(self.job_id, "/payoutId")
        if self.idempotency_key is not None:
            require_key(self.idempotency_key)

    def fingerprint(self) -> bytes:
        """SHA-256 of all that is asked, without the key."""
        return sha256(f"{self.steering}_payout\0{self.job_id}".encode()).digest()


@dataclass(frozen=True, slots=True)
class SteerPayouts:
    """Steers jobs of one tenant."""

    units: PayoutUnits

    def __call__(self, command: SteerPayout, *, origin: Origin = LIBRARY) -> Accepted[PayoutJob]:
        """Do it between two chunks: what is paid stays paid, and what is not stays where it is.

        A caller that repeats key and request gets the first answer again.

        Raises:
            NotFoundError: there is no such job, or it is somebody else's.
            InvalidStateError: the job is not in a state for it; a retry needs a completed job with failed items.
            RejectedError: the sum of what is tried again cannot be set aside (InsufficientFundsError, ...).
            IdempotencyKeyReusedError: the key was used for another request.
            IdempotencyInProgressError: the first request with the key is still running.
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: send it again with the same key.
        """
        key = key_of(origin, command.idempotency_key)
        return answer_once(self.units, key, command.fingerprint(), lambda unit: _Task(unit, command, origin))


@dataclass(frozen=True, slots=True)
class _Task(KeyedTask[PayoutJob]):
    unit: PayoutUnit
    command: SteerPayout
    origin: Origin

    def decide(self) -> PayoutJob | Rejected:
        unit, command = self.unit, self.command
        job = unit.lock_job(command.job_id)
        if job is None or not job.is_shown_to(self.origin.owner_id):
            return Rejected(NotFoundError(resource="payout", identifier=str(command.job_id)))
        try:
            steered = self._steer(job)
        except InvalidStateError as refusal:
            return Rejected(refusal)
        if isinstance(steered, PayoutJob):
            unit.update_job(steered)
            unit.publish([PayoutChanged(unit.new_stamp(self.origin), _ACTIONS[command.steering], steered)])
        return steered

    def refused(self, reason: BankcoreError) -> CommandRefused:
        stamp, command = self.unit.new_stamp(self.origin), self.command
        return CommandRefused(stamp, _ACTIONS[command.steering], Subject("payout", command.job_id), reason)

    def encode(self, value: PayoutJob) -> bytes:
        return encode_job(value)

    def decode(self, encoded: bytes) -> PayoutJob:
        return decode_job(encoded, self.unit)

    def _steer(self, job: PayoutJob) -> PayoutJob | Rejected:
        steering = self.command.steering
        if steering is Steering.PAUSE:
            return job.pause()
        if steering is Steering.RESUME:
            return job.resume()
        if steering is Steering.RETRY:
            return self._retry(job.require_retriable())
        called_off = job.call_off(self.unit.opened_at)
        give_back(self.unit.ledger, job, self.origin)
        return called_off

    def _retry(self, job: PayoutJob) -> PayoutJob | Rejected:
        hold_id = set_aside(self.unit.ledger, job.account_id, Money(job.failed.minor, job.currency), self.origin)
        if isinstance(hold_id, Rejected):
            return hold_id
        return job.retry(first_failed=self.unit.reopen_failed(job), hold_id=hold_id)
