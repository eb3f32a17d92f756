"""What is read together happens together or not at all, and whoever harms the others is found out."""

import threading
from collections.abc import Sequence
from dataclasses import replace

import pytest
from typing_extensions import override

from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Transfer
from bankcore_infra.consumers import ConsumedEvent
from bankcore_infra.db.tenant_connection import TenantConnection
from tests.worlds.database_faults import accident_at
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr
from tests.worlds.workers import QUICK, RecordingConsumer, Workers, dead_letters, failing, pay, prepare_effects

PAIRS = 4
EVENTS = 8
# To look, to begin, to read the page and what is known of its accounts, to move the cursor, and to look again.
STATEMENTS_MAX = 18


class Killed(BaseException):
    """The worker is gone in the middle of its work."""


@pytest.fixture
def accounts(workers: Workers) -> list[AccountId]:
    """Accounts on which one transfer each was posted."""
    return [account_id for _ in range(PAIRS) for account_id in pay(workers)]


def sizes_with(workers: Workers, account_id: AccountId) -> list[int]:
    """How many events the consumer got at once, each time it got one of that account."""
    (consumer,) = workers.consumers
    return [len(batch) for batch in consumer.batches if account_id in {event.account_id for event in batch}]


def deliver(workers: Workers) -> None:
    """Let a worker do what there is, which may kill it."""
    workers.sweep()
    try:
        workers.work_off()
    except Killed:
        workers.sender.messages.clear()


def test_what_is_new_is_one_page_and_one_transaction(workers: Workers, accounts: list[AccountId]) -> None:
    assert workers.sweep() == [(workers.bank.tenant_id, "recorder")]

    workers.work_off()

    assert [len(batch) for batch in workers.consumers[0].batches] == [EVENTS]
    assert [account_id for account_id, _sequence in workers.effects()] == sorted(accounts)
    assert workers.bank.scratch.scalar("SELECT count(DISTINCT xmin::text) FROM public.effects") == 1
    assert workers.parked() == []


def test_poison_is_retried_alone_until_it_is_dead_and_its_neighbours_are_consumed_once(
    workers: Workers, accounts: list[AccountId]
) -> None:
    (consumer,) = workers.consumers
    poisoned = accounts[3]
    consumer.before = failing(ValueError("no"), when=lambda event: event.account_id == poisoned)

    workers.run()
    assert sorted(workers.effects()) == sorted((account_id, 1) for account_id in accounts if account_id != poisoned)
    for _ in range(workers.policy.tries_max):
        workers.make_due()
        workers.run()

    # With its neighbours, with the other side of its transfer, and by itself.
    assert sizes_with(workers, poisoned) == [EVENTS, 2] + [1] * (workers.policy.tries_max - 1)
    assert sorted(workers.effects()) == sorted((account_id, 1) for account_id in accounts if account_id != poisoned)
    (letter,) = dead_letters(workers).list_dead(limit=10)
    assert (letter.account_id, letter.tries) == (poisoned, workers.policy.tries_max)


def test_a_worker_that_is_killed_in_the_middle_of_a_page_leaves_nothing_and_each_record_comes_again_alone(
    workers: Workers, accounts: list[AccountId]
) -> None:
    (consumer,) = workers.consumers
    middle = sorted(accounts)[EVENTS // 2]
    consumer.before = failing(Killed(), when=lambda event: event.account_id == middle)
    deliver(workers)
    assert workers.effects() == []
    consumer.before = lambda _event: None
    deliver(workers)
    assert workers.effects() == []

    workers.find_out_the_dead()
    deliver(workers)

    assert [len(batch) for batch in consumer.batches[1:]] == [2] * PAIRS
    assert sorted(workers.effects()) == sorted((account_id, 1) for account_id in accounts)


def test_what_kills_every_worker_kills_two_with_others_waiting_and_is_then_tried_alone(
    workers: Workers, accounts: list[AccountId]
) -> None:
    (consumer,) = workers.consumers
    deadly = accounts[3]
    consumer.before = failing(Killed(), when=lambda event: event.account_id == deadly)

    for _ in range(2):
        deliver(workers)
        workers.find_out_the_dead()
    deliver(workers)
    assert sorted(workers.effects()) == sorted((account_id, 1) for account_id in accounts if account_id != deadly)
    for _ in range(workers.policy.tries_max + 1):
        workers.make_due()
        deliver(workers)

    assert sizes_with(workers, deadly) == [EVENTS, 2] + [1] * (workers.policy.tries_max - 1)
    (letter,) = dead_letters(workers).list_dead(limit=10)
    assert (letter.account_id, letter.tries, letter.last_error) == (
        deadly,
        workers.policy.tries_max,
        "its workers died",
    )
    assert sorted(workers.effects()) == sorted((account_id, 1) for account_id in accounts if account_id != deadly)


@pytest.mark.parametrize("size", [1, 2, 7, 500])
def test_an_account_keeps_its_order_across_pages_and_failures(workers: Workers, size: int) -> None:
    workers = replace(workers, policy=replace(workers.policy, page=size))
    (consumer,) = workers.consumers
    alice, bob = pay(workers, 40)
    failures = iter([ValueError("no")] * 3)

    def fail_thrice(event: ConsumedEvent) -> None:
        if (event.account_id, event.sequence) == (alice, 20) and (error := next(failures, None)) is not None:
            raise error

    consumer.before = fail_thrice
    for _ in range(3):
        workers.run()
        workers.make_due()

    assert workers.sequences(alice) == workers.sequences(bob) == [*range(1, 41)]
    assert workers.parked() == []


def test_pages_follow_each_other_in_one_turn(workers: Workers) -> None:
    workers = replace(workers, policy=replace(workers.policy, page=10))
    alice, bob = pay(workers, 100)

    workers.sweep()
    workers.work_off()

    assert workers.sequences(alice) == workers.sequences(bob) == [*range(1, 101)]
    # Two openings are read as well.
    assert len(workers.consumers[0].batches) == 11


def test_a_turn_ends_in_time_and_the_next_one_goes_on(workers: Workers) -> None:
    workers = replace(workers, policy=replace(workers.policy, page=2, turn_s=0.0))
    alice, _bob = pay(workers, 10)
    workers.sweep()
    workers.sender.messages.clear()

    has_more = workers.follower.follow(workers.bank.tenant_id, "recorder")
    first = workers.sequences(alice)
    while workers.follower.follow(workers.bank.tenant_id, "recorder"):
        pass

    assert has_more
    assert len(first) < 10
    assert workers.sequences(alice) == [*range(1, 11)]


def test_poison_far_behind_on_an_account_is_found_at_once(workers: Workers) -> None:
    alice, bob = pay(workers, 40)
    workers.consumers[0].before = failing(
        ValueError("no"), when=lambda event: event.account_id == alice and event.sequence == 17
    )

    workers.run()

    assert workers.sequences(alice) == [*range(1, 17)]
    assert workers.sequences(bob) == [*range(1, 41)]
    assert workers.parked() == [(alice, sequence, "waiting") for sequence in range(17, 41)]


def test_of_two_workers_with_the_same_message_at_the_same_time_one_consumes(
    workers: Workers, accounts: list[AccountId]
) -> None:
    (message,) = workers.sweep()
    together = threading.Barrier(2)

    def deliver() -> None:
        together.wait(10)
        workers.deliver(message)

    threads = [threading.Thread(target=deliver) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(workers.effects()) == sorted((account_id, 1) for account_id in accounts)
    assert [len(batch) for batch in workers.consumers[0].batches] == [EVENTS]


def test_a_worker_that_is_told_to_stop_ends_after_its_page(workers: Workers) -> None:
    workers = replace(workers, policy=replace(workers.policy, page=4))
    alice, bob = pay(workers, 10)
    workers.consumers[0].before = lambda _event: workers.follower.stop()

    workers.sweep()
    workers.work_off()

    # Two openings and two transfers.
    assert workers.sequences(alice) == workers.sequences(bob) == [1, 2]
    assert workers.bank.scratch.row("SELECT position, begun_at FROM bankcore.cursors") == (4, None)
    again = Workers(workers.bank, workers.consumers)
    again.run()
    assert workers.sequences(alice) == [*range(1, 11)]


class IdleConsumer(RecordingConsumer):
    """Writes nothing."""

    @override
    def consume(self, connection: TenantConnection, events: Sequence[ConsumedEvent]) -> None:
        self.batches.append(list(events))


def test_a_page_takes_the_same_statements_for_one_record_and_for_hundreds(bank: SqlBank) -> None:
    prepare_effects(bank.scratch)
    workers = Workers(bank, [IdleConsumer()])
    counts = []

    for times in (1, 300):
        alice, bob = pay(workers)
        workers.bank.ledger.execute([Transfer(alice, bob, npr("1.00")) for _ in range(times)])
        workers.sweep()
        with accident_at(bank.database.engine_for(bank.tenant_id), -1, lambda _connection: None) as fuse:
            workers.work_off()
        counts.append(len(fuse.statements))

    assert counts[0] == counts[1] <= STATEMENTS_MAX


def test_a_page_ends_with_the_record_that_makes_it_long_and_the_next_one_follows(bank: SqlBank) -> None:
    prepare_effects(bank.scratch)
    consumer = RecordingConsumer()
    workers = Workers(bank, [consumer], policy=replace(QUICK, page_bytes=1_000))
    alice, _bob = pay(workers, 4)

    workers.run(rounds=1)

    assert [len({event.id for event in batch}) for batch in consumer.batches] == [2, 2]
    assert workers.sequences(alice) == [1, 2, 3, 4]
