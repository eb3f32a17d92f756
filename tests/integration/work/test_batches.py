"""What comes in one message happens together or not at all, and whoever harms the others is found out."""

import threading
from dataclasses import replace

import pytest

from bankcore.identifiers import AccountId
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.work.consumers import ConsumedEvent
from bankcore_infra.work.deliveries import begin
from tests.integration.work.desk import Desk, dead_letters, failing, pay

PAIRS = 4
BATCH = 8


class Killed(BaseException):
    """The worker is gone in the middle of its work."""


@pytest.fixture
def accounts(desk: Desk) -> list[AccountId]:
    """Accounts on which one transfer each was posted."""
    return [account_id for _ in range(PAIRS) for account_id in pay(desk)]


def sizes_of_batches_with(desk: Desk, account_id: AccountId) -> list[int]:
    """How many events the consumer got at once, each time it got one of that account."""
    (consumer,) = desk.consumers
    return [len(batch) for batch in consumer.batches if account_id in {event.account_id for event in batch}]


def test_what_is_due_together_is_one_message_and_one_transaction(desk: Desk, accounts: list[AccountId]) -> None:
    ((_tenant_id, _consumer, leases),) = desk.sweep()

    desk.work_off()

    assert len(leases) == BATCH
    assert [len(batch) for batch in desk.consumers[0].batches] == [BATCH]
    assert [account_id for account_id, _sequence in desk.effects()] == sorted(accounts)
    assert desk.bank.scratch.scalar("SELECT count(DISTINCT xmin::text) FROM public.effects") == 1
    assert desk.statuses() == []


def test_poison_is_retried_alone_until_it_is_dead_and_its_neighbours_are_delivered_once(
    desk: Desk, accounts: list[AccountId]
) -> None:
    (consumer,) = desk.consumers
    poisoned = accounts[3]
    consumer.before = failing(ValueError("no"), when=lambda event: event.account_id == poisoned)

    desk.sweep()
    desk.work_off()
    assert desk.effects() == []
    for _ in range(desk.policy.tries_max):
        desk.run()
        desk.make_due()

    assert sorted(desk.effects()) == sorted((account_id, 1) for account_id in accounts if account_id != poisoned)
    assert sizes_of_batches_with(desk, poisoned) == [BATCH] + [1] * (desk.policy.tries_max - 1)
    (letter,) = dead_letters(desk).list_dead(limit=10)
    assert (letter.account_id, letter.tries) == (poisoned, desk.policy.tries_max)


def test_what_was_taken_over_meanwhile_is_left_out_of_a_batch(desk: Desk, accounts: list[AccountId]) -> None:
    transactions = OwnTransactions(desk.bank.database, desk.bank.tenant_id)
    ((_tenant_id, _consumer, leases),) = desk.sweep()
    batch = transactions.run(lambda connection: begin(connection, leases, lease_s=60))
    desk.bank.scratch.execute("UPDATE bankcore.deliveries SET due_at = now() WHERE account_id = ANY(%s)", accounts[:3])
    taken_over = desk.sweep()

    desk.deliverer._attempt(transactions, batch, size=BATCH, is_last=True)  # noqa: SLF001 - it wakes up here

    assert {account_id for account_id, _sequence in desk.effects()} == set(accounts[3:])
    assert {account_id for account_id, _sequence, _status in desk.statuses()} == set(accounts[:3])
    for message in taken_over:
        desk.deliver(message)
    assert sorted(desk.effects()) == sorted((account_id, 1) for account_id in accounts)


def test_a_worker_that_is_killed_in_the_middle_of_a_batch_leaves_nothing_and_each_comes_again_alone(
    desk: Desk, accounts: list[AccountId]
) -> None:
    (consumer,) = desk.consumers
    middle = sorted(accounts)[BATCH // 2]
    consumer.before = failing(Killed(), when=lambda event: event.account_id == middle)
    (message,) = desk.sweep()
    with pytest.raises(Killed):
        desk.deliver(message)
    assert desk.effects() == []
    consumer.before = lambda _event: None

    desk.expire_leases()
    sent = desk.sweep()
    desk.work_off()

    assert [len(leases) for _tenant_id, _consumer, leases in sent] == [1] * BATCH
    assert sorted(desk.effects()) == sorted((account_id, 1) for account_id in accounts)


@pytest.mark.parametrize("size", [1, 2, 7, 50])
def test_an_account_keeps_its_order_across_batches_and_failures(desk: Desk, size: int) -> None:
    desk = replace(desk, policy=replace(desk.policy, message_max=size, chain_max=3))
    (consumer,) = desk.consumers
    alice, bob = pay(desk, 40)
    failures = iter([ValueError("no")] * 3)

    def fail_thrice(event: ConsumedEvent) -> None:
        if (event.account_id, event.sequence) == (alice, 20) and (error := next(failures, None)) is not None:
            raise error

    consumer.before = fail_thrice
    for _ in range(10):
        desk.run()
        desk.make_due()

    assert desk.sequences(alice) in ([*range(1, 41)], [*range(1, 20), *range(21, 41)])
    assert desk.sequences(bob) == [*range(1, 41)]
    assert max(map(len, consumer.batches)) == size


def test_a_long_account_is_delivered_in_few_transactions(desk: Desk) -> None:
    alice, bob = pay(desk, 100)

    desk.run()

    assert desk.sequences(alice) == desk.sequences(bob) == [*range(1, 101)]
    assert len(desk.consumers[0].batches) == 200 // desk.policy.message_max


def test_poison_far_behind_on_an_account_is_found_at_once(desk: Desk) -> None:
    alice, _bob = pay(desk, 40)
    desk.consumers[0].before = failing(
        ValueError("no"), when=lambda event: event.account_id == alice and event.sequence == 17
    )

    for _ in range(2):
        desk.sweep()
        desk.work_off()

    assert desk.sequences(alice) == [*range(1, 17)]
    assert ("pending", "ValueError", 1) in desk.bank.scratch.rows(
        "SELECT status, last_error, starts FROM bankcore.deliveries WHERE sequence = 17"
    )


def test_of_two_workers_with_the_same_message_at_the_same_time_one_delivers_it(
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
    assert [len(batch) for batch in desk.consumers[0].batches] == [BATCH]
    assert desk.statuses() == []


def test_only_what_the_inbox_has_not_seen_comes_to_the_consumer(desk: Desk, accounts: list[AccountId]) -> None:
    desk.run()
    desk.bank.scratch.execute("UPDATE bankcore.subscriptions SET position = 0")
    carol, dave = pay(desk)

    desk.run()

    assert len(desk.effects()) == len(accounts) + 2
    assert (desk.sequences(carol), desk.sequences(dave)) == ([1], [1])
    assert desk.statuses() == []


def test_what_is_owed_twice_comes_once_in_one_batch(desk: Desk, accounts: list[AccountId]) -> None:
    desk.relay.sweep(desk.bank.tenant_id)
    desk.sender.messages.clear()
    desk.bank.scratch.execute("UPDATE bankcore.subscriptions SET position = 0")
    desk.expire_leases()

    desk.run()

    assert sorted(desk.effects()) == sorted((account_id, 1) for account_id in accounts)
    assert desk.statuses() == []


def test_a_worker_that_is_told_to_stop_ends_after_its_batch_and_the_rest_is_due(desk: Desk) -> None:
    desk = replace(desk, policy=replace(desk.policy, message_max=4))
    alice, bob = pay(desk, 10)
    desk.consumers[0].before = lambda _event: desk.deliverer.stop()

    desk.sweep()
    desk.work_off()

    assert desk.sequences(alice) == desk.sequences(bob) == [1, 2]
    assert {sequence for _account, sequence, status in desk.statuses() if status == "pending"} == {3}
