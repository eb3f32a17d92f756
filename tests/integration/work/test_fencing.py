"""Whoever came second stands back: the second of two messages, of two relays, and a worker whose lease is another's."""

import pytest

from bankcore_infra.audit.commit_pages import CommitPosition, CommittedPage, read_committed
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.work.deliveries import Begun, begin
from tests.integration.work.desk import Desk, Message, failing, pay


def transactions_of(desk: Desk) -> OwnTransactions:
    return OwnTransactions(desk.bank.database, desk.bank.tenant_id)


def begin_message(desk: Desk, message: Message) -> Begun | None:
    _tenant_id, _consumer, delivery_id, attempt = message
    return transactions_of(desk).run(lambda connection: begin(connection, delivery_id, attempt, lease_s=60))


def test_of_two_equal_messages_one_begins(desk: Desk) -> None:
    pay(desk)
    (message, _other) = desk.sweep()

    assert begin_message(desk, message) is not None
    assert begin_message(desk, message) is None


@pytest.mark.parametrize("fails", [False, True])
def test_a_worker_whose_lease_is_anothers_neither_writes_nor_finishes_nor_fails(desk: Desk, *, fails: bool) -> None:
    pay(desk)
    sent = desk.sweep()
    zombie = begin_message(desk, sent[0])
    assert zombie is not None
    desk.expire_leases()
    taken_over = [message for message in desk.sweep() if message[2] == zombie.id]
    if fails:
        desk.consumers[0].before = failing(ValueError("late"), when=lambda _event: True)

    desk.deliverer._attempt(transactions_of(desk), zombie, is_last=True)  # noqa: SLF001 - it wakes up here

    assert desk.effects() == []
    assert {status for _account, _sequence, status in desk.statuses()} == {"leased"}
    desk.consumers[0].before = lambda _event: None
    desk.deliver(taken_over[0])
    assert len(desk.effects()) == 1


def test_a_relay_leaves_a_subscription_alone_that_another_one_moves(desk: Desk) -> None:
    pay(desk)
    desk.run()
    pay(desk)

    with desk.bank.scratch.connection() as other, other.transaction():
        other.execute("SELECT FROM bankcore.subscriptions FOR UPDATE")
        assert desk.sweep() == []

    assert len(desk.sweep()) == 2


def test_a_relay_that_read_a_page_another_one_has_owed_meanwhile_owes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay(desk)
    desk.relay.sweep(desk.bank.tenant_id)
    desk.work_off()
    pay(desk)

    def read_slowly(connection: TenantConnection, after: CommitPosition, *, limit: int) -> CommittedPage:
        page = read_committed(connection, after, limit=limit)
        monkeypatch.undo()
        desk.relay.sweep(desk.bank.tenant_id)
        return page

    monkeypatch.setattr("bankcore_infra.work.subscriptions.read_committed", read_slowly)
    desk.relay.sweep(desk.bank.tenant_id)

    assert len(desk.statuses()) == 2
