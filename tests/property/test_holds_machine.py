"""Holds against a model that knows only sums: whatever is asked in whatever order, both answer the same."""

from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bankcore.holds.commands import CaptureHold, ExtendHold, PlaceHold, VoidHold
from bankcore.identifiers import HoldId
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Deposit, Transfer
from bankcore.ledger.outcomes import Held
from bankcore.money import Money
from bankcore.testing import in_memory_bank, require_sound_books
from tests.worlds.values import NPR, words

AMOUNTS = st.integers(1, 12)
HOURS = st.integers(1, 6)
PLACES = st.integers(0, 1)


@dataclass
class NaiveHold:
    """A hold as the model has it: what is left of it, and the hour when its time is over."""

    account: int
    left: int
    until: int
    status: str = "open"


class HoldsMachine(RuleBasedStateMachine):
    """Two accounts, and what is set aside on them."""

    def __init__(self) -> None:
        super().__init__()
        self.bank = in_memory_bank()
        self.ids = [self.bank.accounts.open(currency="NPR", owner_id=name).id for name in ("alice", "bob")]
        self.balances = [0, 0]
        self.holds: dict[HoldId, NaiveHold] = {}
        self.hour = 0

    def held(self, account: int) -> int:
        return sum(hold.left for hold in self.open() if hold.account == account)

    def open(self) -> list[NaiveHold]:
        """Those whose time is not over; the others end here."""
        for hold in self.holds.values():
            if hold.status == "open" and hold.until <= self.hour:
                hold.status, hold.left = "expired", 0
        return [hold for hold in self.holds.values() if hold.status == "open"]

    def available(self, account: int) -> int:
        return self.balances[account] - self.held(account)

    def ask(self, command: Command, expected: str) -> None:
        outcome = self.bank.ledger.execute_one(command)
        assert words([outcome]) == [expected]
        if isinstance(command, PlaceHold) and isinstance(outcome, Held):
            account = self.ids.index(command.account_id)
            lasts = 0 if command.lifetime is None else command.lifetime // timedelta(hours=1)
            self.holds[outcome.hold.id] = NaiveHold(account, command.amount.minor, self.hour + lasts)

    @rule(account=PLACES, minor=AMOUNTS)
    def deposit(self, account: int, minor: int) -> None:
        self.ask(Deposit(self.ids[account], Money(minor, NPR)), "posted")
        self.balances[account] += minor

    @rule(account=PLACES, minor=AMOUNTS)
    def transfer(self, account: int, minor: int) -> None:
        is_there = minor <= self.available(account)
        command = Transfer(self.ids[account], self.ids[1 - account], Money(minor, NPR))
        self.ask(command, "posted" if is_there else "insufficient_funds")
        if is_there:
            self.balances[account] -= minor
            self.balances[1 - account] += minor

    @rule(account=PLACES, minor=AMOUNTS, hours=HOURS)
    def place(self, account: int, minor: int, hours: int) -> None:
        is_there = minor <= self.available(account)
        command = PlaceHold(self.ids[account], Money(minor, NPR), lifetime=timedelta(hours=hours))
        self.ask(command, "hold open" if is_there else "insufficient_funds")

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), minor=st.none() | AMOUNTS, is_final=st.booleans())
    def capture(self, data: st.DataObject, minor: int | None, is_final: bool) -> None:  # noqa: FBT001 - drawn
        hold_id = data.draw(st.sampled_from(sorted(self.holds)))
        self.open()
        hold = self.holds[hold_id]
        taken = hold.left if minor is None else minor
        amount = None if minor is None else Money(minor, NPR)
        command = CaptureHold(hold_id, self.ids[1 - hold.account], amount, is_final=is_final)
        if hold.status != "open":
            self.ask(command, "invalid_state")
        elif taken > hold.left:
            self.ask(command, "capture_exceeds_hold")
        else:
            self.ask(command, "posted")
            self.balances[hold.account] -= taken
            self.balances[1 - hold.account] += taken
            hold.left -= taken
            if is_final or not hold.left:
                hold.status, hold.left = "captured", 0

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        hold_id = data.draw(st.sampled_from(sorted(self.holds)))
        self.open()
        hold = self.holds[hold_id]
        self.ask(VoidHold(hold_id), "hold voided" if hold.status == "open" else "invalid_state")
        if hold.status == "open":
            hold.status, hold.left = "voided", 0

    @precondition(lambda self: self.holds)
    @rule(data=st.data(), hours=HOURS)
    def extend(self, data: st.DataObject, hours: int) -> None:
        hold_id = data.draw(st.sampled_from(sorted(self.holds)))
        self.open()
        hold, until = self.holds[hold_id], self.hour + hours
        is_longer = hold.status == "open" and until > hold.until
        refused = "expiry_out_of_range" if hold.status == "open" else "invalid_state"
        self.ask(ExtendHold(hold_id, lifetime=timedelta(hours=hours)), "hold open" if is_longer else refused)
        if is_longer:
            hold.until = until

    @rule(hours=HOURS)
    def let_time_pass(self, hours: int) -> None:
        self.bank.clock.advance(timedelta(hours=hours))
        self.hour += hours

    @invariant()
    def both_hold_the_same(self) -> None:
        require_sound_books(self.bank.snapshot())
        for account, account_id in enumerate(self.ids):
            seen = self.bank.holds.list_open(account_id)
            held = self.held(account)
            assert (seen.account.balance_minor, seen.account.held_minor) == (self.balances[account], held)
            assert sum(hold.remaining_minor for hold in seen.holds) == held
        for hold_id, hold in self.holds.items():
            stored = self.bank.holds.get(hold_id)
            assert (str(stored.status), stored.remaining_minor) == (hold.status, hold.left)


TestHoldsMachine = HoldsMachine.TestCase
