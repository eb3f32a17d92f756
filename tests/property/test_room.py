"""Whatever one holder does with his accounts, another one can pay in and take out."""

from itertools import cycle

from hypothesis import given
from hypothesis import strategies as st

from bankcore.identifiers import AccountId
from bankcore.ledger.command import MoneyCommand
from bankcore.ledger.commands import Deposit, Transfer, Withdraw
from bankcore.money import MINOR_MAX, Money
from bankcore.origin import Origin
from bankcore.testing import in_memory_bank, require_sound_books
from tests.worlds.values import NPR, npr, words

# What a holder may ask: what, of which two of his accounts or of the other one's, and how much.
Asked = tuple[str, int, int, int]
HUGE = st.sampled_from([1, 100, MINOR_MAX // 2, MINOR_MAX // 2 + 1, MINOR_MAX - 1, MINOR_MAX])
KINDS = st.sampled_from(["deposit", "deposit", "withdraw", "transfer"])
ASKED = st.lists(st.tuples(KINDS, st.integers(0, 1), st.integers(0, 2), HUGE), min_size=1, max_size=40)


def command_of(asked: Asked, accounts: list[AccountId]) -> MoneyCommand:
    kind, first, second, minor = asked
    amount = Money(minor, NPR)
    match kind:
        case "deposit":
            return Deposit(accounts[first], amount)
        case "withdraw":
            return Withdraw(accounts[first], amount)
        case _:
            return Transfer(accounts[first], accounts[second], amount)


@given(everything=ASKED, batch_size=st.integers(1, 5), is_atomic=st.booleans())
def test_no_requests_of_one_holder_have_those_of_another_refused(
    everything: list[Asked], batch_size: int, *, is_atomic: bool
) -> None:
    bank = in_memory_bank()
    first, second, other = (bank.accounts.open(currency="NPR", owner_id=owner).id for owner in ("m", "m", "v"))
    mine = Origin(owner_id="m")
    his = cycle([Deposit(other, npr("10")), Withdraw(other, npr("10"))])

    for start in range(0, len(everything), batch_size):
        batch = [command_of(asked, [first, second, other]) for asked in everything[start : start + batch_size]]
        bank.ledger.execute(batch, atomic=is_atomic, origin=mine)
        assert words([bank.ledger.execute_one(next(his), origin=Origin(owner_id="v"))]) == ["posted"]

    require_sound_books(bank.snapshot())
