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
from tests.worlds.workers import Desk, RecordingConsumer, dead_letters, failing, pay, prepare_effects

PAIRS = 4
EVENTS = 8
# To look, to begin, to read the page and what is known of its accounts, to move the cursor, and to look again.
STATEMENTS_MAX = 18


class Killed(BaseException):
    """The worker is gone in the middle of its work."""


@pytest.fixture
def accounts(desk: Desk) -> list[AccountId]:
    """Accounts on which one transfer each was posted."""
    return [account_id for _ in range(PAIRS) for account_id in pay(desk)]


def sizes_with(desk: Desk, account_id: AccountId) -> list[int]:
    """How many events the consumer got at once, each time it got one of that account."""
    (consumer,) = desk.consumers
    return [len(batch) for batch in consumer.batches if account_id in {event.account_id for event in batch}]


def deliver(desk: Desk) -> None:
    """Let a worker do what there is, which may kill it."""
    desk.sweep()
    try:
        desk.work_off()
    except Killed:
        desk.sender.messages.clear()


def test_what_is_new_is_one_page_and_one_transaction(desk: Desk, accounts: list[AccountId]) -> None:
    assert desk.sweep() == [(desk.bank.tenant_id, "recorder")]

    desk.work_off()

    assert [len(batch) for batch in desk.consumers[0].batches] == [EVENTS]
    assert [account_id for account_id, _sequence in desk.effects()] == sorted(accounts)
    assert desk.bank.scratch.scalar("SELECT count(DISTINCT xmin::text) FROM public.effects") == 1
    assert desk.parked() == []


def test_poison_is_retried_alone_until_it_is_dead_and_its_neighbours_are_consumed_once(
    desk: Desk, accounts: list[AccountId]
) -> None:
    (consumer,) = desk.consumers
    poisoned = accounts[3]
    consumer.before = failing(ValueError("no"), when=lambda event: event.account_id == poisoned)

    desk.run()
    assert sorted(desk.effects()) == sorted((account_id, 1) for account_id in accounts if account_id != poisoned)
    for _ in range(desk.policy.tries_max):
        desk.make_due()
        desk.run()

    # With its neighbours, with the other side of its transfer, and by itself.
    assert sizes_with(desk, poisoned) == [EVENTS, 2] + [1] * (desk.policy.tries_max - 1)
    assert sorted(desk.effects()) == sorted((account_id, 1) for account_id in accounts if account_id != poisoned)
    (letter,) = dead_letters(desk).list_dead(limit=10)
    assert (letter.account_id, letter.tries) == (poisoned, desk.policy.tries_max)


def test_a_worker_that_is_killed_in_the_middle_of_a_page_leaves_nothing_and_each_record_comes_again_alone(
    desk: Desk, accounts: list[AccountId]
) -> None:
    (consumer,) = desk.consumers
    middle = sorted(accounts)[EVENTS // 2]
    consumer.before = failing(Killed(), when=lambda event: event.account_id == middle)
    deliver(desk)
    assert desk.effects() == []
    consumer.before = lambda _event: None
    deliver(desk)
    assert desk.effects() == []

    desk.find_out_the_dead()
    deliver(desk)

    assert [len(batch) for batch in consumer.batches[1:]] == [2] * PAIRS
    assert sorted(desk.effects()) == sorted((account_id, 1) for account_id in accounts)


def test_what_kills_every_worker_kills_two_with_others_waiting_and_is_then_tried_alone(
    desk: Desk, accounts: list[AccountId]
) -> None:
    (consumer,) = desk.consumers
    deadly = accounts[3]
    consumer.before = failing(Killed(), when=lambda event: event.account_id == deadly)

    for _ in range(2):
        deliver(desk)
        desk.find_out_the_dead()
    deliver(desk)
    assert sorted(desk.effects()) == sorted((account_id, 1) for account_id in accounts if account_id != deadly)
    for _ in range(desk.policy.tries_max + 1):
        desk.make_due()
        deliver(desk)

    assert sizes_with(desk, deadly) == [EVENTS, 2] + [1] * (desk.policy.tries_max - 1)
    (letter,) = dead_letters(desk).list_dead(limit=10)
    assert (letter.account_id, letter.tries, letter.last_error) == (deadly, desk.policy.tries_max, "its workers died")
    assert sorted(desk.effects()) == sorted((account_id, 1) for account_id in accounts if account_id != deadly)


@pytest.mark.parametrize("size", [1, 2, 7, 500])
def test_an_account_keeps_its_order_across_pages_and_failures(desk: Desk, size: int) -> None:
    desk = replace(desk, policy=replace(desk.policy, page=size))
    (consumer,) = desk.consumers
    alice, bob = pay(desk, 40)
    failures = iter([ValueError("no")] * 3)

    def fail_thrice(event: ConsumedEvent) -> None:
        if (event.account_id, event.sequence) == (alice, 20) and (error := next(failures, None)) is not None:
            raise error

    consumer.before = fail_thrice
    for _ in range(3):
        desk.run()
        desk.make_due()

    assert desk.sequences(alice) == desk.sequences(bob) == [*range(1, 41)]
    assert desk.parked() == []


def test_pages_follow_each_other_in_one_turn(desk: Desk) -> None:
    desk = replace(desk, policy=replace(desk.policy, page=10))
    alice, bob = pay(desk, 100)

    desk.sweep()
    desk.work_off()

    assert desk.sequences(alice) == desk.sequences(bob) == [*range(1, 101)]
    # Two openings are read as well.
    assert len(desk.consumers[0].batches) == 11


def test_a_turn_ends_in_time_and_the_next_one_goes_on(desk: Desk) -> None:
    desk = replace(desk, policy=replace(desk.policy, page=2, turn_s=0.0))
    alice, _bob = pay(desk, 10)
    desk.sweep()
    desk.sender.messages.clear()

    has_more = desk.follower.follow(desk.bank.tenant_id, "recorder")
    first = desk.sequences(alice)
    while desk.follower.follow(desk.bank.tenant_id, "recorder"):
        pass

    assert has_more
    assert len(first) < 10
    assert desk.sequences(alice) == [*range(1, 11)]


def test_poison_far_behind_on_an_account_is_found_at_once(desk: Desk) -> None:
    alice, bob = pay(desk, 40)
    desk.consumers[0].before = failing(
        ValueError("no"), when=lambda event: event.account_id == alice and event.sequence == 17
    )

    desk.run()

    assert desk.sequences(alice) == [*range(1, 17)]
    assert desk.sequences(bob) == [*range(1, 41)]
    assert desk.parked() == [(alice, sequence, "waiting") for sequence in range(17, 41)]


def test_of_two_workers_with_the_same_message_at_the_same_time_one_consumes(
    desk: Desk, accounts: list[AccountId]
) -> None:
    (message,) = desk.sweep()
    together = threading.Barrier(2)

    def deliver() -> None:
        together.wait(10)
        desk.deliver(message)

    workers = [threading.Thread(target=deliver) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(20)

    assert sorted(desk.effects()) == sorted((account_id, 1) for account_id in accounts)
    assert [len(batch) for batch in desk.consumers[0].batches] == [EVENTS]


def test_a_worker_that_is_told_to_stop_ends_after_its_page(desk: Desk) -> None:
    desk = replace(desk, policy=replace(desk.policy, page=4))
    alice, bob = pay(desk, 10)
    desk.consumers[0].before = lambda _event: desk.follower.stop()

    desk.sweep()
    desk.work_off()

    # Two openings and two transfers.
    assert desk.sequences(alice) == desk.sequences(bob) == [1, 2]
    assert desk.bank.scratch.row("SELECT position, begun_at FROM bankcore.cursors") == (4, None)
    again = Desk(desk.bank, desk.consumers)
    again.run()
    assert desk.sequences(alice) == [*range(1, 11)]


class IdleConsumer(RecordingConsumer):
    """Writes nothing."""

    @override
    def consume(self, connection: TenantConnection, events: Sequence[ConsumedEvent]) -> None:
        self.batches.append(list(events))


def test_a_page_takes_the_same_statements_for_one_record_and_for_hundreds(bank: SqlBank) -> None:
    prepare_effects(bank.scratch)
    desk = Desk(bank, [IdleConsumer()])
    counts = []

    for times in (1, 300):
        alice, bob = pay(desk)
        desk.bank.ledger.execute([Transfer(alice, bob, npr("1.00")) for _ in range(times)])
        desk.sweep()
        with accident_at(bank.database.engine_for(bank.tenant_id), -1, lambda _connection: None) as fuse:
            desk.work_off()
        counts.append(len(fuse.statements))

    assert counts[0] == counts[1] <= STATEMENTS_MAX
