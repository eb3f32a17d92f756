"""One protocol answers every keyed command: decided once, remembered, recorded, and given again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import pytest

from bankcore.actions import Action
from bankcore.errors import BankcoreError, InvalidRequestError, NotFoundError, RejectedError
from bankcore.events.stamps import CommandRefused
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import IdempotencyInProgressError, IdempotencyKey, IdempotencyKeyReusedError
from bankcore.origin import LIBRARY
from bankcore.testing import Disturbance, InMemoryBank, in_memory_bank
from bankcore.testing.units import InMemoryUnit, InMemoryUnits

KEY: Final = IdempotencyKey("", "k-1")
WANTED: Final = Action("dice.thrown")
ASKED: Final = b"throw"


@dataclass
class Dice(KeyedTask[int]):
    """Throws one, two, three, and so on; or refuses, if told to."""

    bank: InMemoryBank
    refusal: BankcoreError | None = None
    form: BankcoreError | None = None
    thrown: list[int] = field(default_factory=list)
    unit: InMemoryUnit | None = None

    def begin(self, unit: InMemoryUnit) -> KeyedTask[int]:
        self.unit = unit
        return self

    def throw(self, key: IdempotencyKey | None = KEY, *, asked: bytes = ASKED) -> Accepted[int]:
        return answer_once(InMemoryUnits(self.bank, lambda unit: InMemoryUnit(unit, self.bank)), key, asked, self.begin)

    def decide(self) -> int | Rejected:
        if self.form is not None:
            raise self.form
        if self.refusal is not None:
            return Rejected(self.refusal)
        self.thrown.append(len(self.thrown) + 1)
        return self.thrown[-1]

    def refused(self, reason: BankcoreError) -> CommandRefused:
        assert self.unit is not None
        return CommandRefused(self.unit.new_stamp(LIBRARY), WANTED, None, reason)

    def encode(self, value: int) -> bytes:
        return str(value).encode()

    def decode(self, encoded: bytes) -> int:
        return int(encoded)

    @property
    def recorded(self) -> list[str]:
        return [event.reason.code for event in self.bank.events if isinstance(event, CommandRefused)]


@pytest.fixture
def dice() -> Dice:
    return Dice(in_memory_bank())


def refusal_of(call: Callable[[], object]) -> BankcoreError:
    with pytest.raises(BankcoreError) as caught:
        call()
    return caught.value


def test_a_command_is_decided_once_for_its_key(dice: Dice) -> None:
    assert [dice.throw(), dice.throw()] == [Accepted(1), Accepted(1, replayed=True)]
    assert dice.thrown == [1]


def test_without_a_key_every_request_is_a_new_one(dice: Dice) -> None:
    assert [dice.throw(None), dice.throw(None)] == [Accepted(1), Accepted(2)]


def test_an_expired_key_is_a_new_request(dice: Dice) -> None:
    dice.throw()
    dice.bank.clock.advance(timedelta(hours=24))

    assert dice.throw() == Accepted(2)


def test_a_refusal_of_state_is_recorded_once_remembered_and_given_again(dice: Dice) -> None:
    dice.refusal = NotFoundError(resource="table", identifier="9")
    first = refusal_of(dice.throw)
    dice.refusal = None

    again = refusal_of(dice.throw)

    assert first == again
    assert [(each.recorded, each.replayed) for each in (first, again)] == [(True, False), (True, True)]
    assert (dice.recorded, dice.thrown) == (["not_found"], [])


def test_a_refusal_without_a_key_is_recorded_too(dice: Dice) -> None:
    dice.refusal = RejectedError()

    assert refusal_of(lambda: dice.throw(None)).recorded
    assert dice.recorded == ["rejected"]


def test_a_refusal_of_form_is_neither_remembered_nor_recorded(dice: Dice) -> None:
    dice.form = InvalidRequestError(detail="no")
    refused = refusal_of(dice.throw)
    dice.form = None

    assert not refused.recorded
    assert (dice.throw(), dice.recorded) == (Accepted(1), [])


def test_another_request_with_the_key_is_refused_recorded_and_not_remembered(dice: Dice) -> None:
    dice.throw()

    for _ in range(2):
        refused = refusal_of(lambda: dice.throw(asked=b"roll"))
        assert refused == IdempotencyKeyReusedError(idempotency_key="k-1")
        assert (refused.recorded, refused.replayed) == (True, False)
    assert dice.recorded == ["idempotency_key_reused"] * 2
    assert dice.throw() == Accepted(1, replayed=True)


def test_a_key_that_is_at_work_elsewhere_is_told_at_once_recorded_and_not_remembered(dice: Dice) -> None:
    with dice.bank.units.holding_key("k-1"):
        assert refusal_of(dice.throw) == IdempotencyInProgressError(idempotency_key="k-1")

    assert dice.recorded == ["idempotency_in_progress"]
    assert dice.throw() == Accepted(1)


def test_a_lost_commit_is_resolved_by_the_key(dice: Dice) -> None:
    dice.bank.units.disturb_next(Disturbance.LOST_COMMIT)

    assert dice.throw() == Accepted(1, replayed=True)
    assert dice.thrown == [1]


def test_a_deadlock_leaves_no_second_record_of_a_refusal(dice: Dice) -> None:
    dice.refusal = RejectedError()
    dice.bank.units.disturb_next(Disturbance.DEADLOCK)

    refusal_of(dice.throw)

    assert dice.recorded == ["rejected"]


def test_the_same_refusal_can_be_raised_to_two_callers_as_what_it_is_to_each() -> None:
    reason = RejectedError()

    first, again = Rejected(reason).as_error(), Rejected(reason, replayed=True).as_error()

    assert (first.replayed, again.replayed, reason.recorded) == (False, True, False)
    assert first == again == reason
