"""Review: a person decides what became of a case."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from bankcore.errors import BankcoreError, InvalidStateError, LedgerInvariantError, NotFoundError
from bankcore.fraud.cases import NOTE_LENGTH_MAX, Decision, FraudCase, FraudCaseId, Verdict
from bankcore.fraud.events import FraudCaseDecided, FraudDecisionRefused
from bankcore.fraud.ports import FraudUnit, FraudUnits
from bankcore.idempotency.keys import (
    IdempotencyInProgressError,
    IdempotencyKey,
    IdempotencyKeyReusedError,
    InProgress,
    KeyRecord,
    require_key,
)
from bankcore.ledger.outcome_codec import decode_outcome, encode_outcome
from bankcore.ledger.outcomes import Rejected
from bankcore.origin import Origin
from bankcore.texts import require_text

# What is remembered of a decision; the case itself is final, so it can be read again.
_DECIDED: Final = b"decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideCase:
    """What somebody decides, and why."""

    case_id: FraudCaseId
    verdict: Verdict
    note: str
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse a note that says nothing or cannot be stored, and a key that is none."""
        require_text(self.note, "/note", length_max=NOTE_LENGTH_MAX)
        if self.idempotency_key is not None:
            require_key(self.idempotency_key)

    def fingerprint(self) -> bytes:
        """SHA-256 of all that is asked, without the key."""
        asked = ["decide_case", str(self.case_id), self.verdict, self.note]
        return sha256(json.dumps(asked, separators=(",", ":")).encode()).digest()


@dataclass(frozen=True, slots=True)
class Decided:
    """The case as it is now, for ever; `replayed` marks the answer to an earlier, equal request."""

    case: FraudCase
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Review:
    """Decides cases of one tenant."""

    units: FraudUnits

    def __call__(self, command: DecideCase, *, origin: Origin) -> Decided | Rejected:
        """Decide, or give the first answer again to who repeats key and request.

        The case is refused with NotFoundError, InvalidStateError if it is decided, or an error of the key.

        Raises:
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: send it again with the same key.
        """
        is_repeatable = command.idempotency_key is not None
        return self.units.run(lambda unit: self._answer(unit, command, origin), resubmittable=is_repeatable)

    def _answer(self, unit: FraudUnit, command: DecideCase, origin: Origin) -> Decided | Rejected:
        if command.idempotency_key is None:
            return self._decide(unit, command, origin)
        key = IdempotencyKey(origin.key_scope, command.idempotency_key)
        claim = unit.claim_keys([key])[key]
        if isinstance(claim, InProgress):
            return self._refuse(unit, command, IdempotencyInProgressError(idempotency_key=key.value), origin)
        if isinstance(claim, KeyRecord):
            if claim.fingerprint != command.fingerprint():
                return self._refuse(unit, command, IdempotencyKeyReusedError(idempotency_key=key.value), origin)
            return _replay(unit, command, claim)
        answer = self._decide(unit, command, origin)
        remembered = encode_outcome(answer) if isinstance(answer, Rejected) else _DECIDED
        expires_at = unit.opened_at + unit.key_lifetime
        unit.store_outcomes([KeyRecord(key, command.fingerprint(), remembered, expires_at)])
        return answer

    def _decide(self, unit: FraudUnit, command: DecideCase, origin: Origin) -> Decided | Rejected:
        case = unit.lock_case(command.case_id)
        if case is None:
            missing = NotFoundError(resource="fraud_case", identifier=str(command.case_id))
            return self._refuse(unit, command, missing, origin)
        try:
            decided = case.decided(command.verdict, Decision(by=origin.actor_id, at=unit.opened_at, note=command.note))
        except InvalidStateError as refusal:
            return self._refuse(unit, command, refusal, origin)
        unit.update_case(decided)
        unit.publish([FraudCaseDecided(unit.new_stamp(origin), decided)])
        return Decided(decided)

    def _refuse(self, unit: FraudUnit, command: DecideCase, reason: BankcoreError, origin: Origin) -> Rejected:
        stamp = unit.new_stamp(origin)
        unit.publish([FraudDecisionRefused(stamp, command.case_id, command.verdict, reason)])
        return Rejected(reason)


def _replay(unit: FraudUnit, command: DecideCase, record: KeyRecord) -> Decided | Rejected:
    if record.outcome == _DECIDED:
        case = unit.lock_case(command.case_id)
        if case is None or case.decision is None:
            raise LedgerInvariantError(f"the decision of case {command.case_id} is remembered, and it has none")
        return Decided(case, replayed=True)
    outcome = decode_outcome(record.outcome)
    if not isinstance(outcome, Rejected):
        raise LedgerInvariantError(f"case {command.case_id} was answered with {outcome}")
    return outcome
