"""In a transfer between currencies the customers are on each other's side, whatever their money is worth."""

import pytest

from bankcore.fraud.movements import Direction
from bankcore.fx.commands import FxTransfer, OpenPosition
from bankcore.ledger.service import LedgerService
from bankcore.money import CURRENCIES, Money
from bankcore.testing.fraud import shares_of
from tests.contract.fraud_adapters import FraudAdapter
from tests.worlds.values import npr


@pytest.fixture
def ledger(fraud: FraudAdapter) -> LedgerService:
    """The ledger, with positions in three currencies."""
    fraud.bank.ledger.execute([OpenPosition(CURRENCIES[code]) for code in ("NPR", "USD", "JPY")])
    return fraud.bank.ledger


# Worth less, and more, in minor units than what was given.
@pytest.mark.parametrize("got", [Money.of("5.00", "USD"), Money.of("99999", "JPY")], ids=str)
def test_the_other_side_is_the_other_customer(fraud: FraudAdapter, ledger: LedgerService, got: Money) -> None:
    carol = fraud.bank.accounts.open(currency=got.currency, owner_id="carol")

    posted = ledger.post(FxTransfer(fraud.alice.id, carol.id, npr("700"), got))

    shares = shares_of(posted)
    assert shares.met_by(fraud.alice.id).other_side == carol.id
    assert shares.met_by(carol.id).other_side == fraud.alice.id
    out = fraud.history(fraud.alice, before=3).movements[-1]
    came = fraud.history(carol, before=2).movements[-1]
    assert out[:4] == (70_000, npr("1").currency, Direction.OUT, carol.id)
    assert came[:4] == (got.minor, got.currency, Direction.IN, fraud.alice.id)


def test_what_is_remembered_of_a_transfer_between_currencies_is_what_is_found_again(
    fraud: FraudAdapter, ledger: LedgerService
) -> None:
    carol = fraud.bank.accounts.open(currency="USD", owner_id="carol")
    posted = ledger.post(FxTransfer(fraud.alice.id, carol.id, npr("700"), Money.of("5.00", "USD")))

    fraud.examine(fraud.alice, posted)

    remembered = fraud.remembered(fraud.alice)
    assert remembered is not None
    assert remembered.activity == fraud.activity_of(fraud.alice, before=remembered.sequence + 1)
