"""Whoever came second stands back: the second of two messages, of two relays, and a worker whose lease is another's."""

import pytest

from bankcore_infra.audit.positions import PlacedRecord, read_placed
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.work.deliveries import Begun, begin
from tests.integration.work.desk import Desk, Message, failing, pay


def transactions_of(desk: Desk) -> OwnTransactions:
    return OwnTransactions(desk.bank.database, desk.bank.tenant_id)


def begin_message(desk: Desk, message: Message) -> list[Begun]:
    _tenant_id, _consumer, leases = message
    return transactions_of(desk).run(lambda connection: begin(connection, leases, lease_s=60))


def test_of_two_equal_messages_one_begins(desk: Desk) -> None:
    pay(desk)
    (message,) = desk.sweep()

    assert len(begin_message(desk, message)) == 2
    assert begin_message(desk, message) == []


@pytest.mark.parametrize("fails", [False, True])
def test_a_worker_whose_lease_is_anothers_neither_writes_nor_finishes_nor_fails(desk: Desk, *, fails: bool) -> None:
    pay(desk)
    (sent,) = desk.sweep()
    zombie = begin_message(desk, sent)
    assert len(zombie) == 2
    desk.expire_leases()
    taken_over = desk.sweep()
    if fails:
        desk.consumers[0].before = failing(ValueError("late"), when=lambda _event: True)

    desk.deliverer._attempt(transactions_of(desk), zombie, size=50, is_last=True)  # noqa: SLF001 - it wakes up here

    assert desk.effects() == []
    assert {status for _account, _sequence, status in desk.statuses()} == {"leased"}
    desk.consumers[0].before = lambda _event: None
    for message in taken_over:
        desk.deliver(message)
    assert len(desk.effects()) == 2


def test_a_relay_leaves_a_subscription_alone_that_another_one_moves(desk: Desk) -> None:
    pay(desk)
    desk.run()
    pay(desk)

    with desk.bank.scratch.connection() as other, other.transaction():
        other.execute("SELECT FROM bankcore.subscriptions FOR UPDATE")
        assert desk.sweep() == []

    ((_tenant_id, _consumer, leases),) = desk.sweep()
    assert len(leases) == 2


def test_a_relay_that_read_a_page_another_one_has_owed_meanwhile_owes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay(desk)
    desk.relay.sweep(desk.bank.tenant_id)
    desk.work_off()
    pay(desk)

    def read_slowly(connection: TenantConnection, start: int, *, limit: int) -> list[PlacedRecord]:
        page = read_placed(connection, start, limit=limit)
        monkeypatch.undo()
        desk.relay.sweep(desk.bank.tenant_id)
        return page

    monkeypatch.setattr("bankcore_infra.work.subscriptions.read_placed", read_slowly)
    desk.relay.sweep(desk.bank.tenant_id)

    assert len(desk.statuses()) == 2
