"""Each event reaches each consumer once, in the order of each account, whatever goes wrong on the way."""

import threading
from dataclasses import replace

import pytest

from bankcore.ledger.commands import Transfer
from bankcore_infra.consumers import ConsumedEvent, RetryLater
from bankcore_infra.work.broker import BrokerError
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr
from tests.worlds.workers import RecordingConsumer, Workers, failing, open_transaction, pay, prepare_effects


def test_a_transfer_reaches_the_consumer_once_for_each_account(workers: Workers) -> None:
    alice, bob = workers.bank.open_account(balance="100.00"), workers.bank.open_account("bob")
    workers.bank.ledger.transfer(alice.id, bob.id, npr("1.00"))

    workers.run()

    assert workers.sequences(alice.id) == [1, 2]
    assert workers.sequences(bob.id) == [1]
    assert len(workers.effects()) == 3
    assert workers.parked() == []


def test_a_consumer_gets_the_actions_it_wants_with_what_the_audit_log_says(bank: SqlBank) -> None:
    prepare_effects(bank.scratch)
    seen: list[ConsumedEvent] = []
    openings = RecordingConsumer("openings", frozenset({"account.opened"}))
    openings.before = seen.append
    refusals = RecordingConsumer("refusals", frozenset({"transfer.rejected"}))
    refusals.before = seen.append
    workers = Workers(bank, [openings, refusals])
    alice, bob = bank.open_account(), bank.open_account("bob")
    bank.ledger.execute([Transfer(alice.id, bob.id, npr("1.00"))])

    workers.run()

    places = {(event.action, event.account_id, event.sequence) for event in seen}
    assert places == {
        ("account.opened", alice.id, 0),
        ("account.opened", bob.id, 0),
        ("transfer.rejected", None, None),
    }
    (refusal,) = [event for event in seen if event.action == "transfer.rejected"]
    assert refusal.body["reason"]["code"] == "insufficient_funds"
    assert refusal.tenant_id == bank.tenant_id


def test_a_consumer_that_is_behind_has_one_message_at_the_broker(workers: Workers) -> None:
    alice, bob = pay(workers, 5)

    sent = workers.sweep()
    again = workers.sweep()
    workers.work_off()

    assert sent == [(workers.bank.tenant_id, "recorder")]
    assert again == []
    assert workers.sequences(alice) == workers.sequences(bob) == [1, 2, 3, 4, 5]


def test_nobody_waits_for_a_transaction_that_stays_open_and_what_it_posts_comes_in_order(workers: Workers) -> None:
    alice = workers.bank.open_account(floor=None)
    bob = workers.bank.open_account("bob")
    workers.run()
    with workers.bank.database.engine_for(workers.bank.tenant_id).connect() as early:
        # This transaction gets the lowest number, and posts last.
        early.exec_driver_sql("SELECT pg_current_xact_id()")
        ledger = workers.bank.using(early)
        with open_transaction(workers.bank):
            workers.bank.ledger.execute([Transfer(alice.id, bob.id, npr("1.00"))])
            workers.run()
            before = workers.sequences(alice.id)
            ledger.execute([Transfer(alice.id, bob.id, npr("2.00"))])
            early.commit()
            workers.run()

            assert before == [1]
            assert workers.sequences(alice.id) == workers.sequences(bob.id) == [1, 2]


def test_a_message_that_comes_again_or_late_does_nothing(workers: Workers) -> None:
    alice, _bob = pay(workers)
    messages = workers.sweep()

    for message in [*messages, *messages]:
        workers.deliver(message)
    workers.find_out_the_dead()
    workers.run()

    assert workers.sequences(alice) == [1]
    assert len(workers.effects()) == 2


def test_a_lost_message_is_sent_again(workers: Workers) -> None:
    alice, bob = pay(workers)
    workers.sweep()
    workers.sender.messages.clear()

    workers.run()

    assert workers.sequences(alice) == workers.sequences(bob) == [1]


def test_a_worker_whose_transaction_ended_while_it_slept_cannot_finish(workers: Workers) -> None:
    (consumer,) = workers.consumers
    alice, _bob = pay(workers)
    (first, *_others) = workers.sweep()
    workers.sender.messages.clear()
    asleep, awake = threading.Event(), threading.Event()

    def sleep_once(_event: ConsumedEvent) -> None:
        consumer.before = lambda _event: None
        asleep.set()
        awake.wait(20)

    consumer.before = sleep_once
    zombie = threading.Thread(target=workers.deliver, args=(first,))
    zombie.start()
    assert asleep.wait(20)
    # The server ends the transaction of a worker that says nothing for too long.
    workers.bank.scratch.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
    )
    workers.find_out_the_dead()
    workers.run()
    assert len(workers.effects()) == 2

    awake.set()
    zombie.join(20)

    assert len(workers.effects()) == 2
    assert workers.sequences(alice) == [1]
    assert workers.parked() == []


def test_a_failure_is_tried_again_later_and_holds_up_its_account_only(workers: Workers) -> None:
    (consumer,) = workers.consumers
    alice, bob = pay(workers, 2)
    consumer.before = failing(ValueError("no"), when=lambda event: event.account_id == alice)
    workers.run()
    assert workers.sequences(alice) == []
    assert workers.sequences(bob) == [1, 2]

    consumer.before = lambda _event: None
    workers.bank.ledger.execute([Transfer(alice, bob, npr("1.00"))])
    workers.run()
    assert workers.sequences(alice) == []
    workers.make_due()
    workers.run()

    assert workers.sequences(alice) == [1, 2, 3]
    assert workers.sequences(bob) == [1, 2, 3]


def test_a_consumer_can_say_when_to_come_again(workers: Workers) -> None:
    (consumer,) = workers.consumers
    pay(workers)
    consumer.before = failing(RetryLater(3_600, "the server says wait"), when=lambda _event: True)

    workers.run()

    rows = workers.bank.scratch.rows(
        "SELECT status, last_error, due_at > now() + interval '59 minutes' FROM bankcore.parked_events"
    )
    assert rows == [("waiting", "the server says wait", True)] * 2


def test_a_broker_that_is_away_loses_nothing(workers: Workers) -> None:
    pay(workers)
    workers.sender.is_away = True
    with pytest.raises(BrokerError):
        workers.sweep()

    workers.sender.is_away = False
    replace(workers).run()

    assert len(workers.effects()) == 2


def test_a_broker_that_did_not_answer_is_left_alone_for_a_while(workers: Workers) -> None:
    pay(workers)
    workers.sender.is_away = True
    with pytest.raises(BrokerError):
        workers.sweep()

    assert workers.sweep() == []


def test_another_tenant_is_not_seen(workers: Workers, other_bank: SqlBank) -> None:
    pay(workers)
    theirs = other_bank.open_account(balance="1.00")

    workers.run()

    assert len(workers.effects()) == 2
    assert workers.sequences(theirs.id) == []
