"""All that is stored of one tenant's books, kept in memory."""

from collections import ChainMap
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock
from typing import Self, TypeVar, cast

from bankcore.events.stamps import Event
from bankcore.idempotency.keys import IdempotencyKey, KeyRecord
from bankcore.identifiers import AccountId, HoldId, TransactionId
from bankcore.ledger.accounts import Account, AccountStatus
from bankcore.ledger.holds import Hold
from bankcore.ledger.limits import AccountLimits, LimitFacts, LimitPolicy, Usage
from bankcore.ledger.transactions import Entry, Reversible, Source, Transaction
from bankcore.testing.invariants import BooksSnapshot
from bankcore.testing.sections import Section

K = TypeVar("K")
V = TypeVar("V")
S = TypeVar("S", bound=Section)

EntryName = tuple[AccountId, int]
"""Account and sequence: the natural key of an entry."""


@dataclass(slots=True, kw_only=True)
class InMemoryBooks:
    """The stored data of one tenant; every value is immutable, so it is handed out as it is.

    Beside the books each capability has a section, and the events of all of them are in one list. Readers and writers
    hold `lock`, so that nobody sees half of a unit of work.
    """

    accounts: MutableMapping[AccountId, Account] = field(default_factory=dict)
    entries: MutableMapping[EntryName, Entry] = field(default_factory=dict)
    transactions: MutableMapping[TransactionId, Transaction] = field(default_factory=dict)
    sources: MutableMapping[Source, TransactionId] = field(default_factory=dict)
    holds: MutableMapping[HoldId, Hold] = field(default_factory=dict)
    held_at: MutableMapping[AccountId, datetime] = field(default_factory=dict)
    limits: MutableMapping[AccountId | None, LimitPolicy] = field(default_factory=dict)
    """The policy of each account that has one, and that of the tenant under None."""
    usages: MutableMapping[tuple[AccountId, str], Usage] = field(default_factory=dict)
    keys: MutableMapping[IdempotencyKey, KeyRecord] = field(default_factory=dict)
    numbers: MutableMapping[str, AccountId] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    sections: dict[int, Section] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def draft(self) -> Self:
        """Books on top of these: they show these books, and what is written to them is not seen here."""
        return replace(
            self,
            accounts=ChainMap({}, self.accounts),
            entries=ChainMap({}, self.entries),
            transactions=ChainMap({}, self.transactions),
            sources=ChainMap({}, self.sources),
            holds=ChainMap({}, self.holds),
            held_at=ChainMap({}, self.held_at),
            limits=ChainMap({}, self.limits),
            usages=ChainMap({}, self.usages),
            keys=ChainMap({}, self.keys),
            numbers=ChainMap({}, self.numbers),
            events=[],
            sections={name: section.draft() for name, section in self.sections.items()},
        )

    def commit(self, draft: Self) -> None:
        """Take over what was written to a draft of these books."""
        self.accounts.update(_written(draft.accounts))
        self.entries.update(_written(draft.entries))
        self.transactions.update(_written(draft.transactions))
        self.sources.update(_written(draft.sources))
        self.holds.update(_written(draft.holds))
        self.held_at.update(_written(draft.held_at))
        self.limits.update(_written(draft.limits))
        self.usages.update(_written(draft.usages))
        self.keys.update(_written(draft.keys))
        self.numbers.update(_written(draft.numbers))
        self.events.extend(draft.events)
        for name, section in self.sections.items():
            section.commit(draft.sections[name])

    def add_section(self, section: Section) -> None:
        """Store the section too, from now on."""
        self.sections[id(section)] = section

    def section(self, stored: S) -> S:
        """What these books, which may be a draft, have of the stored section. Raises: KeyError: it was not added."""
        return cast("S", self.sections[id(stored)])

    def change_status(self, account_id: AccountId, status: AccountStatus) -> None:
        """Freeze, unfreeze or close an account as an operator would; KeyError if there is none."""
        with self.lock:
            self.accounts[account_id] = replace(self.accounts[account_id], status=status)

    def snapshot(self) -> BooksSnapshot:
        """Every account with all its entries, as of one moment."""
        with self.lock:
            return BooksSnapshot(
                accounts=tuple(self.accounts.values()),
                entries={account.id: self.entries_of(account) for account in self.accounts.values()},
            )

    def open_holds_of(self, account_id: AccountId) -> list[Hold]:
        """What is recorded as open on the account, the next to expire first."""
        held = [hold for hold in self.holds.values() if hold.account_id == account_id and hold.remaining_minor]
        return sorted(held, key=lambda hold: hold.expires_at)

    def limit_facts(self, account_ids: Sequence[AccountId]) -> LimitFacts:
        """The policy of the tenant, and policy and usage of each of these accounts."""
        found = [
            AccountLimits(
                account_id,
                self.limits.get(account_id, ()),
                [usage for (owner, _kind), usage in self.usages.items() if owner == account_id],
            )
            for account_id in account_ids
        ]
        return LimitFacts(self.limits.get(None, ()), found)

    def reversals_of(self, transaction_id: TransactionId) -> list[Transaction]:
        """The transactions that undo that one or parts of it."""
        return [each for each in self.transactions.values() if each.reverses == transaction_id]

    def reversible(self, transaction: Transaction) -> Reversible:
        """The transaction, and how much of it was reversed."""
        found = self.reversals_of(transaction.id)
        return Reversible(transaction, sum(each.amount.minor for each in found if each.amount), len(found))

    def entries_of(self, account: Account) -> tuple[Entry, ...]:
        """The account's entries in the order of their sequence."""
        return tuple(self.entries[account.id, sequence] for sequence in range(1, account.version + 1))


def _written(mapping: MutableMapping[K, V]) -> MutableMapping[K, V]:
    """What was written to one mapping of a draft, without the books below it."""
    return mapping.maps[0] if isinstance(mapping, ChainMap) else mapping
