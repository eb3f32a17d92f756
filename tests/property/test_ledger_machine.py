"""The ledger against the naive bank: whatever is asked in whatever order, both answer the same."""

from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountStatus, settlement_account_id
from bankcore.ledger.commands import OpenAccount
from bankcore.ledger.queries import HistoryFilter
from bankcore.money import Currency
from bankcore.origin import Origin
from bankcore.testing import in_memory_bank, require_sound_books
from tests.property.naive_bank import NaiveAccount, NaiveBank, Request
from tests.property.questions import NOBODY, requests
from tests.property.translation import answer_of, command_of

# To measure what others measure too would double the time of so many steps.
OWNERS = ("alice", "bob")
ACTORS = st.sampled_from([None, None, None, None, *OWNERS])
STATUSES = st.sampled_from(["active"] * 6 + ["frozen", "closed", "debits_frozen", "credits_frozen", "dormant"])


class LedgerMachine(RuleBasedStateMachine):
    """Asks both banks the same, and looks at the books after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.bank = in_memory_bank()
        self.model = NaiveBank()
        self.ids = {NOBODY: AccountId(UUID(int=404))}
        self.opened: list[str] = []
        self.asked: list[Request] = []

    @initialize()
    def open_first_accounts(self) -> None:
        for owner, floor in (("alice", 0), ("alice", -10), ("bob", 0), ("bob", None)):
            self.open_account("NPR", owner, floor)

    @rule(
        currency=st.sampled_from(["NPR"] * 5 + ["JPY"]),
        owner=st.sampled_from(OWNERS),
        floor=st.sampled_from([0, -10, None]),
    )
    def open_account(self, currency: str, owner: str, floor: int | None) -> None:
        account = self.bank.ledger.open_account(OpenAccount(owner, Currency.of(currency), floor_minor=floor))
        name = f"{owner}/{account.number}"
        self.ids[name] = account.id
        self.opened.append(name)
        self.model.accounts[name] = NaiveAccount(owner, currency, floor)
        ours = f"settlement/{currency}"
        self.ids[ours] = settlement_account_id(self.bank.tenant_id, Currency.of(currency))
        self.model.accounts.setdefault(ours, NaiveAccount("bank", currency, None))

    @rule(data=st.data(), size=st.integers(1, 4), actor=ACTORS)
    def execute(self, data: st.DataObject, size: int, actor: str | None) -> None:
        batch = self.ask(data, size)

        self.require_same(batch, expected=self.model.execute(batch, actor), actor=actor)

    @rule(data=st.data(), size=st.integers(1, 4), actor=ACTORS)
    def execute_atomic(self, data: st.DataObject, size: int, actor: str | None) -> None:
        batch = self.ask(data, size)

        self.require_same(batch, expected=self.model.execute_atomic(batch, actor), actor=actor, atomic=True)

    @rule(data=st.data(), size=st.integers(1, 4))
    def rehearse(self, data: st.DataObject, size: int) -> None:
        batch = self.ask(data, size)

        self.require_same(batch, expected=self.model.rehearse(batch, None), dry_run=True)

    @rule(data=st.data(), status=STATUSES)
    def change_status(self, data: st.DataObject, status: str) -> None:
        name = data.draw(st.sampled_from(self.opened))

        self.bank.books.change_status(self.ids[name], AccountStatus(status))

        self.model.accounts[name].status = status

    @rule(hours=st.sampled_from([1, 1, 6, 24]))
    def let_time_pass(self, hours: int) -> None:
        self.bank.clock.advance(timedelta(hours=hours))
        self.model.hour += hours

    @invariant()
    def the_books_are_sound(self) -> None:
        require_sound_books(self.bank.snapshot())

    @invariant()
    def both_banks_hold_the_same(self) -> None:
        for name, account in self.model.accounts.items():
            stored = self.bank.queries.get_account(self.ids[name])
            assert (stored.balance_minor, stored.version) == (account.balance, len(account.rows)), name

    @invariant()
    def every_owner_has_the_history_of_his_rows(self) -> None:
        for owner in OWNERS:
            views = self.bank.queries.history(HistoryFilter(owner_id=owner), limit=10_000)
            seen = sum(view.may_see_balances(entry) for view in views for entry in view.transaction.entries)
            assert seen == sum(len(account.rows) for account in self.model.accounts.values() if account.owner == owner)

    def ask(self, data: st.DataObject, size: int) -> list[Request]:
        """So many requests, which may be asked again later."""
        batch = [data.draw(requests(self.opened, self.asked)) for _ in range(size)]
        self.asked.extend(batch)
        return batch

    def require_same(
        self,
        batch: list[Request],
        *,
        expected: object,
        actor: str | None = None,
        atomic: bool = False,
        dry_run: bool = False,
    ) -> None:
        """Ask the ledger too, and hold its answers against those of the model, facts and rows included."""
        outcomes = self.bank.ledger.execute(
            [command_of(request, self.ids) for request in batch],
            atomic=atomic,
            dry_run=dry_run,
            origin=Origin(owner_id=actor),
        )

        names = {account_id: name for name, account_id in self.ids.items()}
        assert [answer_of(outcome, names) for outcome in outcomes] == expected


TestLedgerMachine = LedgerMachine.TestCase
