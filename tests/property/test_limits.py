"""Limits against a model that keeps every debit and counts anew each time: both allow the same, and show the same."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from bankcore.holds.commands import CaptureHold, PlaceHold, VoidHold
from bankcore.identifiers import HoldId
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Transfer, Withdraw
from bankcore.ledger.limits import Limit, LimitWindow, day_of
from bankcore.ledger.outcomes import Held, Outcome
from bankcore.money import Money
from bankcore.testing import in_memory_bank
from bankcore.testing.limits import in_memory_limits
from tests.worlds.values import NPR, npr, words

LIMITS: Final = (
    Limit(per=LimitWindow.TRANSACTION, amount=Money(60, NPR)),
    Limit(per=LimitWindow.DAY, amount=Money(100, NPR)),
    Limit(per=LimitWindow.DAY, count=2, kind="transfer"),
    Limit(per=LimitWindow.MONTH, amount=Money(150, NPR), kind="hold"),
    Limit(per=LimitWindow.MONTH, count=6),
)
_AMOUNTS: Final = st.integers(1, 70)
STEPS: Final = st.lists(
    st.tuples(st.sampled_from(["withdrawal", "transfer", "hold", "hold"]), _AMOUNTS)
    | st.tuples(st.sampled_from(["void", "take", "finish"]), st.integers(0, 20))
    | st.tuples(st.just("days"), st.sampled_from([1, 1, 13])),
    max_size=30,
)


@dataclass
class Debit:
    """Something that left the account, or was set aside on that day."""

    kind: str
    day: date
    minor: int
    count: int = 1
    taken: int = 0


@dataclass
class Model:
    """All debits so far."""

    debits: list[Debit] = field(default_factory=list)

    def used(self, limit: Limit, today: date) -> int:
        """Counted from the first one on."""
        if limit.per is LimitWindow.TRANSACTION:
            return 0
        size = 7 if limit.per is LimitWindow.MONTH else 10
        found = [each for each in self.debits if each.day.isoformat()[:size] == today.isoformat()[:size]]
        bound = [each for each in found if limit.kind in {None, each.kind}]
        return sum(each.count if limit.amount is None else each.minor for each in bound)

    def allows(self, kind: str, minor: int, today: date) -> bool:
        """Whether no limit speaks against it."""
        return all(
            self.used(limit, today) + (1 if limit.amount is None else minor)
            <= (limit.count or 0 if limit.amount is None else limit.amount.minor)
            for limit in LIMITS
            if limit.kind in {None, kind}
        )


class Both:
    """A bank with limits on one account, and the model."""

    def __init__(self) -> None:
        self.bank, self.model = in_memory_bank(), Model()
        self.account = self.bank.accounts.open(currency="NPR", owner_id="alice")
        self.other = self.bank.accounts.open(currency="NPR", owner_id="bob")
        self.bank.ledger.deposit(self.account.id, npr("1000"))
        self.limits = in_memory_limits(self.bank)
        self.limits.set_for_account(self.account.id, LIMITS[:3])
        self.limits.set_for_tenant(LIMITS[3:])
        self.held: list[tuple[HoldId, Debit]] = []

    @property
    def today(self) -> date:
        return day_of(self.bank.clock.now())

    def step(self, what: str, number: int) -> None:
        if what == "days":
            self.bank.clock.advance(timedelta(days=number))
        elif what in {"void", "take", "finish"}:
            self.end(what, number)
        else:
            self.debit(what, number)

    def debit(self, kind: str, minor: int) -> None:
        amount = Money(minor, NPR)
        commands: dict[str, Command] = {
            "withdrawal": Withdraw(self.account.id, amount),
            "transfer": Transfer(self.account.id, self.other.id, amount),
            "hold": PlaceHold(self.account.id, amount, lifetime=timedelta(days=300)),
        }
        outcome = self.ask(commands[kind])
        allowed = self.model.allows(kind, minor, self.today)
        assert (words([outcome]) != ["limit_exceeded"]) is allowed, words([outcome])
        if allowed:
            self.model.debits.append(Debit(kind, self.today, minor))
        if isinstance(outcome, Held):
            self.held.append((outcome.hold.id, self.model.debits[-1]))

    def end(self, what: str, number: int) -> None:
        """End a hold, or take a unit of it: what it did not take is given back."""
        if not self.held:
            return
        hold_id, debit = self.held[number % len(self.held)]
        if what == "take" and debit.minor - debit.taken > 1:
            self.ask(CaptureHold(hold_id, self.other.id, Money(1, NPR), is_final=False))
            debit.taken += 1
            return
        if what == "void":
            self.ask(VoidHold(hold_id))
            debit.count = 1 if debit.taken else 0
        else:
            self.ask(CaptureHold(hold_id, self.other.id, Money(1, NPR)))
            debit.taken += 1
        debit.minor = debit.taken
        self.held.remove((hold_id, debit))

    def ask(self, command: Command) -> Outcome:
        return self.bank.ledger.execute_one(command)

    def require_same(self) -> None:
        shown = [(each.limit, each.used) for each in self.limits.list_standings(self.account.id)]
        assert shown == [(limit, self.model.used(limit, self.today)) for limit in LIMITS]


@settings(max_examples=100)
@given(STEPS)
def test_limits_allow_and_show_what_counting_anew_does(steps: list[tuple[str, int]]) -> None:
    both = Both()

    for what, number in steps:
        both.step(what, number)
        both.require_same()
