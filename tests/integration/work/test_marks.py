"""Who has begun a page is known to the others: they stand back, or find out that somebody died."""

import threading
from contextlib import suppress
from dataclasses import replace

import pytest

from bankcore.errors import OutcomeUnknownError
from bankcore_infra.consumers import ConsumedEvent
from bankcore_infra.db.tenant_connection import CommitLostError, TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.work.cursors import Begun, begin_page
from tests.worlds.database_faults import accident_at, terminated_backend
from tests.worlds.workers import Workers, failing, pay

NAME = "recorder"


def begin(workers: Workers) -> Begun | None:
    """Mark that a page is begun, as a worker does that then sleeps."""
    transactions = OwnTransactions(workers.bank.database, workers.bank.tenant_id)
    return transactions.run(lambda connection: begin_page(connection, NAME, workers.policy))


@pytest.fixture
def placed(workers: Workers) -> Workers:
    """A transfer that has its position, and was read by nobody."""
    pay(workers)
    workers.sweep()
    workers.sender.messages.clear()
    return workers


def test_a_page_that_was_begun_a_moment_ago_is_left_alone(placed: Workers) -> None:
    assert begin(placed) is not None
    assert begin(placed) is None


def test_a_mark_of_a_clock_that_was_set_back_holds_up_nobody(placed: Workers) -> None:
    begin(placed)
    placed.bank.scratch.execute("UPDATE bankcore.cursors SET begun_at = now() + interval '1 day'")

    again = begin(placed)

    assert again is not None
    assert again.is_alone


def test_a_worker_that_slept_since_its_mark_writes_nothing(placed: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    slept = begin(placed)
    placed.find_out_the_dead()
    monkeypatch.setattr("bankcore_infra.work.follower.begin_page", lambda *_arguments: slept)
    third = begin(placed)

    placed.follower.follow(placed.bank.tenant_id, NAME)

    assert placed.effects() == []
    assert third is not None
    assert placed.bank.scratch.row("SELECT position, attempt FROM bankcore.cursors") == (0, third.attempt)


def test_nobody_waits_for_a_worker_that_is_at_it(placed: Workers) -> None:
    (consumer,) = placed.consumers
    at_it, go_on = threading.Event(), threading.Event()

    def dawdle(_event: ConsumedEvent) -> None:
        at_it.set()
        go_on.wait(20)

    consumer.before = dawdle
    worker = threading.Thread(target=placed.follower.follow, args=(placed.bank.tenant_id, NAME))
    worker.start()
    assert at_it.wait(20)
    placed.policy = replace(placed.policy, grace_s=0.0)

    assert begin(placed) is None
    assert placed.follower.follow(placed.bank.tenant_id, NAME) is False
    go_on.set()
    worker.join(20)

    assert len(placed.effects()) == 2
    assert len(consumer.batches) == 1


def test_a_connection_that_is_lost_at_any_statement_loses_and_doubles_nothing(workers: Workers) -> None:
    expected, blown, index = 0, True, 0
    while blown:
        pay(workers)
        expected += 2
        workers.sweep()
        workers.sender.messages.clear()
        with accident_at(
            workers.bank.database.engine_for(workers.bank.tenant_id), index, terminated_backend(workers.bank.scratch)
        ) as fuse:
            try:
                workers.follower.follow(workers.bank.tenant_id, NAME)
            except Exception as error:  # noqa: BLE001 - whatever it is, somebody else goes on
                print(type(error).__name__)  # noqa: T201 - shown where the test fails
        workers.find_out_the_dead()
        workers.run()
        workers.make_due()
        workers.run()
        blown, index = fuse.has_blown, index + 1

        assert len(workers.effects()) == len(set(workers.effects())) == expected
        assert workers.parked() == []

    assert index > 8


@pytest.mark.parametrize("times", [1, 2])
def test_a_commit_whose_answer_is_lost_is_not_made_again(
    workers: Workers, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    workers = replace(workers, policy=replace(workers.policy, page=3))
    alice, bob = pay(workers, 10)
    commit = TenantConnection.commit
    lost = iter(range(times))

    def lose_the_answer(connection: TenantConnection) -> None:
        commit(connection)
        if workers.effects() and next(lost, None) is not None:
            raise CommitLostError

    monkeypatch.setattr(TenantConnection, "commit", lose_the_answer)
    for _ in range(4):
        with suppress(OutcomeUnknownError):
            workers.run()
        workers.find_out_the_dead()

    assert workers.sequences(alice) == workers.sequences(bob) == [*range(1, 11)]
    assert workers.parked() == []
    assert next(lost, None) is None


def test_what_was_parked_before_the_clock_was_set_back_is_due(workers: Workers) -> None:
    (consumer,) = workers.consumers
    consumer.before = failing(ValueError("no"), when=lambda _event: True)
    alice, _bob = pay(workers)
    workers.run()
    consumer.before = lambda _event: None

    for table in ("parked_events", "cursors"):
        workers.bank.scratch.execute(f"UPDATE bankcore.{table} SET due_at = due_at + interval '1 year'")
    workers.run()

    assert workers.sequences(alice) == [1]
    assert workers.parked() == []
