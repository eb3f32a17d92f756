"""The ledger against the naive bank: whatever is asked in whatever order, both answer the same."""

from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import SYSTEM_OWNER, AccountStatus
from bankcore.ledger.commands import OpenAccount
from bankcore.ledger.queries import HistoryFilter
from bankcore.money import Currency
from bankcore.origin import Origin
from bankcore.testing import in_memory_bank, require_sound_books
from tests.property.naive_bank import MOST, Answer, Line, NaiveAccount, NaiveBank, Request
from tests.property.translation import answer_of, command_of

CURRENCIES = ("NPR", "JPY")
OWNERS = ("alice", "bob")
NOBODY = "nobody's account"

ACTORS = st.sampled_from([None, None, *OWNERS])
AMOUNTS = st.integers(1, 30) | st.sampled_from([MOST, MOST - 20])
KEYS = st.none() | st.sampled_from(["k1", "k2", "k3", "k4"])
SOURCES = st.none() | st.none() | st.sampled_from(["s1", "s2"])


class LedgerMachine(RuleBasedStateMachine):
    """Asks both banks the same, and looks at the books after every step."""

    names = Bundle("names")
    requests = Bundle("requests")

    def __init__(self) -> None:
        super().__init__()
        self.bank = in_memory_bank()
        self.model = NaiveBank()
        self.ids = {NOBODY: AccountId(UUID(int=404))}

    @initialize(target=names)
    def open_first_accounts(self) -> object:
        opened = [self.open("NPR", owner, None if owner == "bob" else 0) for owner in OWNERS]
        return multiple(*opened, NOBODY)

    @rule(
        target=names,
        currency=st.sampled_from(CURRENCIES),
        owner=st.sampled_from(OWNERS),
        floor=st.sampled_from([0, -10, None]),
    )
    def open_account(self, currency: str, owner: str, floor: int | None) -> str:
        return self.open(currency, owner, floor)

    @rule(
        target=requests,
        kind=st.sampled_from(["deposit", "withdraw"]),
        name=names,
        minor=AMOUNTS,
        currency=st.sampled_from(["NPR", "NPR", *CURRENCIES]),
        key=KEYS,
        source=SOURCES,
    )
    def ask_settlement(
        self, kind: str, name: str, minor: int, currency: str, key: str | None, source: str | None
    ) -> Request:
        signed = minor if kind == "deposit" else -minor
        lines = (Line(name, signed, currency), Line(f"settlement/{currency}", -signed, currency))
        return Request(kind, lines, key, source)

    @rule(target=requests, payer=names, payee=names, minor=AMOUNTS, key=KEYS, source=SOURCES)
    def ask_transfer(self, payer: str, payee: str, minor: int, key: str | None, source: str | None) -> Request:
        return Request("transfer", (Line(payer, -minor, "NPR"), Line(payee, minor, "NPR")), key, source)

    @rule(
        target=requests,
        lines=st.lists(st.tuples(names, st.integers(-20, 20).filter(bool)), min_size=1, max_size=3).filter(
            lambda lines: sum(minor for _name, minor in lines) != 0
        ),
        last=names,
        key=KEYS,
    )
    def ask_general(self, lines: list[tuple[str, int]], last: str, key: str | None) -> Request:
        balancing = -sum(minor for _name, minor in lines)
        return Request("general", tuple(Line(name, minor, "NPR") for name, minor in [*lines, (last, balancing)]), key)

    @rule(request=requests, actor=ACTORS)
    def execute_one(self, request: Request, actor: str | None) -> None:
        self.compare([request], actor, atomic=False)

    @rule(batch=st.lists(requests, min_size=1, max_size=5), actor=ACTORS, atomic=st.booleans())
    def execute_batch(self, batch: list[Request], actor: str | None, *, atomic: bool) -> None:
        self.compare(batch, actor, atomic=atomic)

    @rule(batch=st.lists(requests, min_size=1, max_size=5))
    def rehearse(self, batch: list[Request]) -> None:
        expected = self.model.rehearse(batch, None)

        commands = [command_of(request, self.ids) for request in batch]
        outcomes = self.bank.ledger.execute(commands, dry_run=True)

        assert [answer_of(outcome, self.by_id()) for outcome in outcomes] == expected

    @rule(name=names, status=st.sampled_from(["active", "active", "frozen", "closed"]))
    def change_status(self, name: str, status: str) -> None:
        if name != NOBODY:
            self.bank.books.change_status(self.ids[name], AccountStatus(status))
            self.model.accounts[name].status = status

    @rule(hours=st.sampled_from([1, 12, 24]))
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
            entries = sum(view.may_see_balances(entry) for view in views for entry in view.transaction.entries)
            assert entries == sum(
                len(account.rows) for account in self.model.accounts.values() if account.owner == owner
            )

    def open(self, currency: str, owner: str, floor: int | None) -> str:
        """Open an account in both banks, and the settlement account of its currency where it is the first one."""
        command = OpenAccount(owner, Currency.of(currency), floor_minor=floor)
        account = self.bank.ledger.open_account(command)
        name = f"{owner}/{account.number}"
        self.ids[name] = account.id
        self.model.accounts[name] = NaiveAccount(owner, currency, floor)
        for settlement in self.bank.queries.list_accounts(owner_id=SYSTEM_OWNER, limit=10):
            ours = f"settlement/{settlement.currency}"
            self.ids[ours] = settlement.id
            self.model.accounts.setdefault(ours, NaiveAccount("bank", settlement.currency.code, None))
        return name

    def compare(self, batch: list[Request], actor: str | None, *, atomic: bool) -> None:
        """Ask both banks, and hold the answers against each other, facts and rows included."""
        execute = self.model.execute_atomic if atomic else self.model.execute
        expected: list[Answer] = execute(batch, actor)

        commands = [command_of(request, self.ids) for request in batch]
        outcomes = self.bank.ledger.execute(commands, atomic=atomic, origin=Origin(owner_id=actor))

        assert [answer_of(outcome, self.by_id()) for outcome in outcomes] == expected

    def by_id(self) -> dict[AccountId, str]:
        """The names of the accounts."""
        return {account_id: name for name, account_id in self.ids.items()}


TestLedgerMachine = LedgerMachine.TestCase
