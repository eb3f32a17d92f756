"""What a process remembers of closed circuits, and when it tells the others what it has seen."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest

from bankcore.payments.circuit import CALLS_MIN, CLOSED, FAILURES_IN_A_ROW, OPEN_FOR, WINDOW, Circuit
from bankcore.payments.circuit_memory import REMEMBERED_FOR, TOLD_AFTER
from bankcore.payments.circuits import Circuits
from bankcore.payments.configurations import ProviderConfigId
from bankcore.providers.answers import ChargeAccepted, ChargeAnswer, NotExecuted
from bankcore.providers.states import ChargeStatus
from bankcore.testing.circuits import InMemoryCircuitStore
from bankcore.testing.clock import FrozenClock

CONFIG = ProviderConfigId(UUID("019c1406-3400-7000-8000-0000000000c1"))
TAKEN = ChargeAccepted(provider_id="ch", status=ChargeStatus.SUCCEEDED)
GONE = NotExecuted("not_sent", "no connection")


class CountingStore(InMemoryCircuitStore):
    """Counts what it is asked and told; others are quicker as often as it says."""

    def __init__(self, clock: FrozenClock) -> None:
        super().__init__(clock)
        self.reads = 0
        self.swaps = 0
        self.lost = 0

    def read(self, config_id: ProviderConfigId) -> Circuit:
        self.reads += 1
        return super().read(config_id)

    def swap(self, config_id: ProviderConfigId, before: Circuit, after: Circuit) -> bool:
        self.swaps += 1
        if self.lost > 0:
            self.lost -= 1
            return False
        return super().swap(config_id, before, after)


@dataclass
class Processes:
    """Two processes and what they share."""

    clock: FrozenClock = field(default_factory=FrozenClock)

    def __post_init__(self) -> None:
        self.store = CountingStore(self.clock)
        self.one, self.other = Circuits(self.store, self.clock), Circuits(self.store, self.clock)

    def counted(self) -> tuple[int, int]:
        """Calls and failures that all know of."""
        tallies = self.store.read(CONFIG).tallies
        return sum(each.calls for each in tallies), sum(each.failures for each in tallies)


@pytest.fixture
def processes() -> Processes:
    return Processes()


def pay(circuits: Circuits, answer: ChargeAnswer = TAKEN) -> ChargeAnswer | None:
    """What came back; None if the provider was passed over."""
    return None if circuits.is_open(CONFIG) else circuits.guard(CONFIG, lambda: answer)


def test_many_payments_ask_once_and_tell_once(processes: Processes) -> None:
    pay(processes.one)
    asked = processes.store.reads

    for _ in range(50):
        assert pay(processes.one) == TAKEN

    assert (processes.store.reads, processes.store.swaps) == (asked, 1)


def test_answers_are_told_within_a_second_all_of_them(processes: Processes) -> None:
    for _ in range(50):
        pay(processes.one)
    assert processes.counted() == (1, 0)

    processes.clock.advance(TOLD_AFTER)
    pay(processes.one)

    assert processes.counted() == (51, 0)


def test_a_failure_is_told_at_once_with_the_answers_before_it(processes: Processes) -> None:
    for _ in range(10):
        pay(processes.one)

    pay(processes.one, GONE)

    assert processes.counted() == (11, 1)


def test_an_answer_after_a_failure_is_told_at_once(processes: Processes) -> None:
    pay(processes.one)
    pay(processes.one, GONE)

    pay(processes.one)

    assert processes.store.read(CONFIG).in_a_row == 0
    assert processes.counted() == (3, 1)


def test_what_one_process_saw_fail_the_other_knows_after_a_tenth_of_a_second(processes: Processes) -> None:
    assert pay(processes.other) == TAKEN
    for _ in range(FAILURES_IN_A_ROW):
        pay(processes.one, GONE)
    assert pay(processes.one) is None
    assert pay(processes.other) == TAKEN

    processes.clock.advance(REMEMBERED_FOR)

    assert pay(processes.other) is None


def test_what_one_process_has_closed_again_takes_the_orders_of_the_other_at_once(processes: Processes) -> None:
    for _ in range(FAILURES_IN_A_ROW):
        pay(processes.one, GONE)
    processes.clock.advance(OPEN_FOR - REMEMBERED_FOR / 2)
    assert pay(processes.one) is None
    processes.clock.advance(REMEMBERED_FOR / 2)

    assert pay(processes.other) == TAKEN

    assert pay(processes.one) == TAKEN


def test_an_answer_is_told_at_once_where_another_process_has_seen_a_failure(processes: Processes) -> None:
    pay(processes.other)
    pay(processes.one, GONE)
    processes.clock.advance(REMEMBERED_FOR)

    pay(processes.other)

    assert processes.store.read(CONFIG).in_a_row == 0


def test_half_of_many_that_fail_open_it_also_where_answers_are_told_late(processes: Processes) -> None:
    for number in range(CALLS_MIN - 1):
        assert pay(processes.one, GONE if number % 2 else TAKEN) is not None

    assert pay(processes.one, GONE) == GONE
    assert pay(processes.one) is None


def test_answers_that_others_were_quicker_than_are_told_the_next_time(processes: Processes) -> None:
    for _ in range(10):
        pay(processes.one)
    processes.clock.advance(TOLD_AFTER)
    processes.store.lost = 5
    pay(processes.one)
    assert processes.counted() == (1, 0)

    pay(processes.one, GONE)

    assert processes.counted() == (11, 1)


def test_answers_of_before_it_opened_are_not_counted(processes: Processes) -> None:
    for _ in range(10):
        pay(processes.other)
    for _ in range(FAILURES_IN_A_ROW):
        pay(processes.one, GONE)
    opened = processes.store.read(CONFIG)

    pay(processes.other, GONE)

    assert processes.store.read(CONFIG) == opened


def test_answers_that_are_too_old_are_told_no_more(processes: Processes) -> None:
    for _ in range(10):
        pay(processes.one)

    processes.clock.advance(WINDOW + timedelta(seconds=10))
    pay(processes.one)

    assert processes.counted() == (1, 0)


def test_a_clock_that_is_put_back_keeps_nothing_for_longer(processes: Processes) -> None:
    pay(processes.one)
    processes.clock.advance(-timedelta(hours=1))
    for _ in range(FAILURES_IN_A_ROW):
        pay(processes.other, GONE)

    assert pay(processes.one) is None
    assert processes.store.read(CONFIG) != CLOSED
