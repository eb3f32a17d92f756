"""Each event reaches each consumer once, in the order of each account, whatever goes wrong on the way."""

from tests.examples import npr
from tests.integration.work.desk import Desk


def test_a_transfer_reaches_the_consumer_once_for_each_account(desk: Desk) -> None:
    alice, bob = desk.bank.open_account(balance="100.00"), desk.bank.open_account("bob")
    desk.bank.ledger.transfer(alice.id, bob.id, npr("1.00"))

    desk.run()

    assert desk.sequences(alice.id) == [1, 2]
    assert desk.sequences(bob.id) == [1]
    assert len(desk.effects()) == 3
    assert desk.statuses() == []
