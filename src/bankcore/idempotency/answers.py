"""Answers commands with a key: a command is decided once, and its answer is repeated until it expires (docs/adr/0046).

The steps: claim the key, which is in progress elsewhere, used for another request, answered before, or new; decide;
remember. A refusal is a value inside the unit of work, so that it is committed with its record.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Generic, NamedTuple, Protocol, TypeVar

from bankcore.errors import BankcoreError
from bankcore.events.stamps import Event
from bankcore.idempotency.keys import (
    Claim,
    IdempotencyInProgressError,
    IdempotencyKey,
    IdempotencyKeyReusedError,
    InProgress,
    KeyRecord,
)
from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.idempotency.refusals import encode_refusal, find_refusal

T = TypeVar("T")
U = TypeVar("U", bound=UnitOfWork)


@dataclass(frozen=True, slots=True)
class Accepted(Generic[T]):
    """The result of a command that was carried out; `replayed` marks the answer to an earlier, equal request."""

    value: T
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing changed; `reason` holds the facts and can be raised."""

    reason: BankcoreError
    replayed: bool = False

    def as_error(self) -> BankcoreError:
        """The reason as an error to raise, marked as recorded and, if so, as replayed."""
        error = copy(self.reason)
        error.recorded, error.replayed = True, self.replayed
        return error


class KeyedTask(Protocol[T]):
    """One command in its unit of work: decides it, and encodes its answer to be kept with the key."""

    @abstractmethod
    def decide(self) -> T | Rejected:
        """Carry the command out, or return why not."""

    @abstractmethod
    def refused(self, reason: BankcoreError) -> Event:
        """The event of a refusal, whether the state or the key caused it."""

    @abstractmethod
    def encode(self, value: T) -> bytes:
        """The bytes of the answer; they never look like those of a refusal."""

    @abstractmethod
    def decode(self, encoded: bytes) -> T:
        """The answer that was kept."""


def answer_once(
    units: Units[U], key: IdempotencyKey | None, fingerprint: bytes, begin: Callable[[U], KeyedTask[T]]
) -> Accepted[T]:
    """Carry a command out in its own unit of work; a caller that repeats key and request gets the first answer again.

    Without a key every request is a new one.

    Raises:
        IdempotencyKeyReusedError: the key was used for another request.
        IdempotencyInProgressError: the first request with the key is still running.
        BankcoreError: the task's refusal, new or given again, once it is committed with its record.
        UnavailableError: nothing was recorded.
        OutcomeUnknownError: send it again with the same key.
    """
    outcome = units.run(lambda unit: _answer(unit, key, fingerprint, begin(unit)), resubmittable=key is not None)
    if isinstance(outcome, Rejected):
        raise outcome.as_error()
    return outcome


class _Given(NamedTuple, Generic[T]):
    """An answer of this unit of work, with the fingerprint of its request."""

    fingerprint: bytes
    outcome: T


class Answers(Generic[T]):
    """The keys of one unit of work, with the answers that each has from before and from this one.

    `T` are the outcomes: dataclasses with a field `replayed`.
    """

    def __init__(self, claims: Mapping[IdempotencyKey, Claim], *, recall: Callable[[bytes], T]) -> None:
        """Take these claims; `recall` makes a remembered outcome, marked as replayed."""
        self._claims = claims
        self._recall = recall
        self._given: dict[IdempotencyKey, _Given[T]] = {}
        self._taken = 0

    def is_new(self, key: IdempotencyKey | None) -> bool:
        """Whether the key had no answer before this unit of work, and no other one holds it."""
        return key is None or self._claims[key] is None

    def remembered(self, asked: Iterable[tuple[IdempotencyKey | None, bytes]]) -> Iterator[bytes]:
        """The answers that these keys had before this unit of work, each to the request with that fingerprint.

        What a key was answered to another request may be of another capability, whose form only that one can read.
        """
        for key, fingerprint in asked:
            claim = None if key is None else self._claims[key]
            if isinstance(claim, KeyRecord) and claim.fingerprint == fingerprint:
                yield claim.outcome

    def find(self, key: IdempotencyKey, fingerprint: bytes) -> T | Rejected | None:
        """The answer to this request under the key; None if it is still to be decided.

        A refusal that is not replayed concerns the key: it is in use elsewhere, or was used for another request.
        """
        answer = self._given.get(key) or self._claims[key]
        if answer is None:
            return None
        if isinstance(answer, InProgress):
            return Rejected(IdempotencyInProgressError(idempotency_key=key.value))
        if answer.fingerprint != fingerprint:
            return Rejected(IdempotencyKeyReusedError(idempotency_key=key.value))
        if isinstance(answer, KeyRecord):
            return self._recall(answer.outcome)
        return replace(answer.outcome, replayed=True)  # type: ignore[type-var] # every outcome is such a dataclass

    def remember(self, key: IdempotencyKey, fingerprint: bytes, outcome: T) -> None:
        """Keep the outcome with the key."""
        self._given[key] = _Given(fingerprint, outcome)

    @property
    def given(self) -> int:
        """How many keys got an answer in this unit of work so far."""
        return len(self._given)

    def forget_since(self, given: int, *, but: T) -> None:
        """Take back the answers after the first so many, if they are not that one; no records of them may be taken."""
        kept = None
        while len(self._given) > given:
            item = self._given.popitem()
            if item[1].outcome is but:
                kept = item
        if kept is not None:
            self._given[kept[0]] = kept[1]

    def forget_all_but(self, key: IdempotencyKey | None, outcome: T) -> None:
        """Keep only that outcome with that key; no records may have been taken yet."""
        self._given = {each: given for each, given in self._given.items() if each == key and given.outcome is outcome}

    def take_records(self, encode: Callable[[T], bytes], *, expires_at: datetime) -> list[KeyRecord]:
        """The records of this unit of work that were not taken before."""
        new = islice(self._given.items(), self._taken, None)
        records = [KeyRecord(key, given.fingerprint, encode(given.outcome), expires_at) for key, given in new]
        self._taken += len(records)
        return records


def _answer(
    unit: UnitOfWork, key: IdempotencyKey | None, fingerprint: bytes, task: KeyedTask[T]
) -> Accepted[T] | Rejected:
    if key is None:
        return _decide(unit, task)
    answers = Answers(unit.claim_keys([key]), recall=lambda encoded: _recall(task, encoded))
    outcome = answers.find(key, fingerprint)
    if outcome is None:
        outcome = _decide(unit, task)
        answers.remember(key, fingerprint, outcome)
        unit.store_outcomes(
            answers.take_records(lambda given: _encode(task, given), expires_at=unit.opened_at + unit.key_lifetime)
        )
    elif isinstance(outcome, Rejected) and not outcome.replayed:
        unit.publish([task.refused(outcome.reason)])
    return outcome


def _decide(unit: UnitOfWork, task: KeyedTask[T]) -> Accepted[T] | Rejected:
    decided = task.decide()
    if isinstance(decided, Rejected):
        unit.publish([task.refused(decided.reason)])
        return decided
    return Accepted(decided)


def _encode(task: KeyedTask[T], outcome: Accepted[T] | Rejected) -> bytes:
    return encode_refusal(outcome.reason) if isinstance(outcome, Rejected) else task.encode(outcome.value)


def _recall(task: KeyedTask[T], encoded: bytes) -> Accepted[T] | Rejected:
    reason = find_refusal(encoded)
    return Accepted(task.decode(encoded), replayed=True) if reason is None else Rejected(reason, replayed=True)
