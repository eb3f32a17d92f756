"""Each event reaches each consumer once, in the order of each account, whatever goes wrong on the way."""

import threading
from dataclasses import replace

import pytest

from bankcore.ledger.commands import Transfer
from bankcore_infra.consumers import ConsumedEvent, RetryLater
from bankcore_infra.work.broker import BrokerError
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr
from tests.worlds.workers import Desk, RecordingConsumer, failing, open_transaction, pay, prepare_effects


def test_a_transfer_reaches_the_consumer_once_for_each_account(desk: Desk) -> None:
    alice, bob = desk.bank.open_account(balance="100.00"), desk.bank.open_account("bob")
    desk.bank.ledger.transfer(alice.id, bob.id, npr("1.00"))

    desk.run()

    assert desk.sequences(alice.id) == [1, 2]
    assert desk.sequences(bob.id) == [1]
    assert len(desk.effects()) == 3
    assert desk.parked() == []


def test_a_consumer_gets_the_actions_it_wants_with_what_the_audit_log_says(bank: SqlBank) -> None:
    prepare_effects(bank.scratch)
    seen: list[ConsumedEvent] = []
    openings = RecordingConsumer("openings", frozenset({"account.opened"}))
    openings.before = seen.append
    refusals = RecordingConsumer("refusals", frozenset({"transfer.rejected"}))
    refusals.before = seen.append
    desk = Desk(bank, [openings, refusals])
    alice, bob = bank.open_account(), bank.open_account("bob")
    bank.ledger.execute([Transfer(alice.id, bob.id, npr("1.00"))])

    desk.run()

    places = {(event.action, event.account_id, event.sequence) for event in seen}
    assert places == {
        ("account.opened", alice.id, 0),
        ("account.opened", bob.id, 0),
        ("transfer.rejected", None, None),
    }
    (refusal,) = [event for event in seen if event.action == "transfer.rejected"]
    assert refusal.body["reason"]["code"] == "insufficient_funds"
    assert refusal.tenant_id == bank.tenant_id


def test_a_consumer_that_is_behind_has_one_message_at_the_broker(desk: Desk) -> None:
    alice, bob = pay(desk, 5)

    sent = desk.sweep()
    again = desk.sweep()
    desk.work_off()

    assert sent == [(desk.bank.tenant_id, "recorder")]
    assert again == []
    assert desk.sequences(alice) == desk.sequences(bob) == [1, 2, 3, 4, 5]


def test_nobody_waits_for_a_transaction_that_stays_open_and_what_it_posts_comes_in_order(desk: Desk) -> None:
    alice = desk.bank.open_account(floor=None)
    bob = desk.bank.open_account("bob")
    desk.run()
    with desk.bank.database.engine_for(desk.bank.tenant_id).connect() as early:
        # This transaction gets the lowest number, and posts last.
        early.exec_driver_sql("SELECT pg_current_xact_id()")
        ledger = desk.bank.using(early)
        with open_transaction(desk.bank):
            desk.bank.ledger.execute([Transfer(alice.id, bob.id, npr("1.00"))])
            desk.run()
            before = desk.sequences(alice.id)
            ledger.execute([Transfer(alice.id, bob.id, npr("2.00"))])
            early.commit()
            desk.run()

            assert before == [1]
            assert desk.sequences(alice.id) == desk.sequences(bob.id) == [1, 2]


def test_a_message_that_comes_again_or_late_does_nothing(desk: Desk) -> None:
    alice, _bob = pay(desk)
    messages = desk.sweep()

    for message in [*messages, *messages]:
        desk.deliver(message)
    desk.find_out_the_dead()
    desk.run()

    assert desk.sequences(alice) == [1]
    assert len(desk.effects()) == 2


def test_a_lost_message_is_sent_again(desk: Desk) -> None:
    alice, bob = pay(desk)
    desk.sweep()
    desk.sender.messages.clear()

    desk.run()

    assert desk.sequences(alice) == desk.sequences(bob) == [1]


def test_a_worker_whose_transaction_ended_while_it_slept_cannot_finish(desk: Desk) -> None:
    (consumer,) = desk.consumers
    alice, _bob = pay(desk)
    (first, *_others) = desk.sweep()
    desk.sender.messages.clear()
    asleep, awake = threading.Event(), threading.Event()

    def sleep_once(_event: ConsumedEvent) -> None:
        consumer.before = lambda _event: None
        asleep.set()
        awake.wait(20)

    consumer.before = sleep_once
    zombie = threading.Thread(target=desk.deliver, args=(first,))
    zombie.start()
    assert asleep.wait(20)
    # The server ends the transaction of a worker that says nothing for too long.
    desk.bank.scratch.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"
    )
    desk.find_out_the_dead()
    desk.run()
    assert len(desk.effects()) == 2

    awake.set()
    zombie.join(20)

    assert len(desk.effects()) == 2
    assert desk.sequences(alice) == [1]
    assert desk.parked() == []


def test_a_failure_is_tried_again_later_and_holds_up_its_account_only(desk: Desk) -> None:
    (consumer,) = desk.consumers
    alice, bob = pay(desk, 2)
    consumer.before = failing(ValueError("no"), when=lambda event: event.account_id == alice)
    desk.run()
    assert desk.sequences(alice) == []
    assert desk.sequences(bob) == [1, 2]

    consumer.before = lambda _event: None
    desk.bank.ledger.execute([Transfer(alice, bob, npr("1.00"))])
    desk.run()
    assert desk.sequences(alice) == []
    desk.make_due()
    desk.run()

    assert desk.sequences(alice) == [1, 2, 3]
    assert desk.sequences(bob) == [1, 2, 3]


def test_a_consumer_can_say_when_to_come_again(desk: Desk) -> None:
    (consumer,) = desk.consumers
    pay(desk)
    consumer.before = failing(RetryLater(3_600, "the server says wait"), when=lambda _event: True)

    desk.run()

    rows = desk.bank.scratch.rows(
        "SELECT status, last_error, due_at > now() + interval '59 minutes' FROM bankcore.parked_events"
    )
    assert rows == [("waiting", "the server says wait", True)] * 2


def test_a_broker_that_is_away_loses_nothing(desk: Desk) -> None:
    pay(desk)
    desk.sender.is_away = True
    with pytest.raises(BrokerError):
        desk.sweep()

    desk.sender.is_away = False
    replace(desk).run()

    assert len(desk.effects()) == 2


def test_a_broker_that_did_not_answer_is_left_alone_for_a_while(desk: Desk) -> None:
    pay(desk)
    desk.sender.is_away = True
    with pytest.raises(BrokerError):
        desk.sweep()

    assert desk.sweep() == []


def test_another_tenant_is_not_seen(desk: Desk, other_bank: SqlBank) -> None:
    pay(desk)
    theirs = other_bank.open_account(balance="1.00")

    desk.run()

    assert len(desk.effects()) == 2
    assert desk.sequences(theirs.id) == []
