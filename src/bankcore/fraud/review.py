"""Review: a person decides a case."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from bankcore.actions import Subject
from bankcore.errors import BankcoreError, InvalidStateError, LedgerInvariantError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.fraud.actions import CASE_DECIDED
from bankcore.fraud.cases import NOTE_LENGTH_MAX, Decision, FraudCase, FraudCaseId, Verdict
from bankcore.fraud.events import FraudCaseDecided
from bankcore.fraud.ports import FraudUnit, FraudUnits
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of, require_key
from bankcore.origin import Origin
from bankcore.texts import require_text

# The remembered answer; the decided case itself is final, so it can be read again.
_DECIDED: Final = b"decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideCase:
    """A decision on a case, and the reason."""

    case_id: FraudCaseId
    verdict: Verdict
    note: str
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse an empty or unusable note, and an invalid key."""
        require_text(self.note, "/note", length_max=NOTE_LENGTH_MAX)
        if self.idempotency_key is not None:
            require_key(self.idempotency_key)

    def fingerprint(self) -> bytes:
        """SHA-256 of all that is asked, without the key."""
        asked = ["decide_case", str(self.case_id), self.verdict, self.note]
        return sha256(json.dumps(asked, separators=(",", ":")).encode()).digest()


@dataclass(frozen=True, slots=True)
class Review:
    """Decides cases of one tenant."""

    units: FraudUnits

    def __call__(self, command: DecideCase, *, origin: Origin) -> Accepted[FraudCase]:
        """Decide the case for ever. A caller that repeats key and request gets the first answer again.

        Raises:
            NotFoundError: there is no such case.
            InvalidStateError: it is decided.
            IdempotencyKeyReusedError: the key was used for another request.
            IdempotencyInProgressError: the first request with the key is still running.
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: send it again with the same key.
        """
        key = key_of(origin, command.idempotency_key)
        return answer_once(self.units, key, command.fingerprint(), lambda unit: _Deciding(unit, command, origin))


@dataclass(frozen=True, slots=True)
class _Deciding(KeyedTask[FraudCase]):
    unit: FraudUnit
    command: DecideCase
    origin: Origin

    def decide(self) -> FraudCase | Rejected:
        command, unit = self.command, self.unit
        case = unit.lock_case(command.case_id)
        if case is None:
            return Rejected(NotFoundError(resource="fraud_case", identifier=str(command.case_id)))
        decision = Decision(by=self.origin.actor_id, at=unit.opened_at, note=command.note)
        try:
            decided = case.decided(command.verdict, decision)
        except InvalidStateError as refusal:
            return Rejected(refusal)
        unit.update_case(decided)
        unit.publish([FraudCaseDecided(unit.new_stamp(self.origin), decided)])
        return decided

    def refused(self, reason: BankcoreError) -> CommandRefused:
        stamp, command = self.unit.new_stamp(self.origin), self.command
        return CommandRefused(stamp, CASE_DECIDED[command.verdict], Subject("fraud_case", command.case_id), reason)

    def encode(self, value: FraudCase) -> bytes:  # noqa: ARG002 - it is found by the command
        return _DECIDED

    def decode(self, encoded: bytes) -> FraudCase:
        case = self.unit.lock_case(self.command.case_id)
        if encoded != _DECIDED or case is None or case.decision is None:
            raise LedgerInvariantError(f"the decision of case {self.command.case_id} is remembered, and it has none")
        return case
