"""The past of a bank that never was: accounts, and transactions between them in the order of time, all of it valid.

Memory holds one state for each account and nothing for each entry. Hashes and records are made by the library itself.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from bankcore.events.stamps import Stamp
from bankcore.identifiers import AccountId, EventId, TenantId, TransactionId
from bankcore.ledger.accounts import Account, AccountKind, LockedAccount, new_account, settlement_account
from bankcore.ledger.chain import MICROSECOND, microseconds, seal_entry
from bankcore.ledger.events import AccountOpened, LedgerEvent, TransactionPosted
from bankcore.ledger.transactions import NO_METADATA, Entry, Transaction
from bankcore.money import Currency, Money
from bankcore.origin import LIBRARY
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.ledger_records import ledger_record

# The columns of each table with their types, in the order of the rows here.
COLUMNS: Final = {
    "transactions": (
        "tenant_id uuid, id uuid, posted_at timestamptz, effective_at timestamptz, amount_minor int8, kind text,"
        " currency text"
    ),
    "entries": (
        "tenant_id uuid, account_id uuid, sequence int8, transaction_id uuid, amount_minor int8,"
        " balance_before_minor int8, balance_after_minor int8, posted_at timestamptz, currency text, hash bytea"
    ),
    "audit_log": (
        "tenant_id uuid, id uuid, at timestamptz, action text, outcome text, actor_type text, actor_id text,"
        " subject_id uuid, account_ids uuid[], body bytea"
    ),
    "accounts": (
        "tenant_id uuid, id uuid, balance_minor int8, held_minor int8, floor_minor int8, version int8,"
        " last_posted_at timestamptz, created_at timestamptz, head_hash bytea, currency text, kind text, status text,"
        " number text, owner_id text, name text"
    ),
}
_CHUNK: Final = 2_000
"""Transactions that are handed over at once."""
_OPENING_MINOR: Final = 1_000_000
_LARGEST_MINOR: Final = 50_000
_SKEW: Final = 3
"""Some accounts are busy and most are not: the cube of a random number is near zero more often than near one."""

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much history: so many accounts, each with a first deposit, and so many entries, the deposits' included."""

    accounts: int
    entries: int

    def __post_init__(self) -> None:
        """Refuse what cannot be: every account is funded by a transaction of two entries."""
        if self.accounts < 2 or self.entries < 2 * self.accounts:  # noqa: PLR2004 - one pays, the other is paid
            raise ValueError("at least two accounts, and two entries for each account")

    @property
    def transactions(self) -> int:
        """Each has two entries."""
        return self.entries // 2


@dataclass(slots=True)
class Rows:
    """A part of a history, row by row in the order of time."""

    transactions: list[Row] = field(default_factory=list)
    entries: list[Row] = field(default_factory=list)
    audit_log: list[Row] = field(default_factory=list)


class History:
    """One tenant's past; the same seed gives the same movements. Its first account is the settlement account."""

    def __init__(
        self,
        tenant_id: TenantId,
        currency: Currency,
        size: Size,
        begins_at: datetime,
        ends_at: datetime,
        seed: int = 7,
    ) -> None:
        """Spread the transactions evenly over the time."""
        self.tenant_id = tenant_id
        self.size = size
        self.begins_at = begins_at
        self.ends_at = ends_at
        self._currency = currency
        self._random = random.Random(seed)
        self._step = max(MICROSECOND, (ends_at - begins_at) // (size.transactions + 1))
        self._now = begins_at
        self.accounts: list[LockedAccount] = []

    def chunks(self) -> Iterator[Rows]:
        """Rows of transactions, entries and the audit log, some thousand at a time."""
        rows = Rows()
        settlement = settlement_account(self.tenant_id, self._currency, opened_at=self.begins_at)
        self.accounts.append(_state_of(settlement))
        for number in range(self.size.transactions):
            if number < self.size.accounts:
                self._open(number + 1, rows)
                self._move(0, number + 1, _OPENING_MINOR + number % 1_000, "deposit", rows)
            else:
                source, target = self._pair()
                most = min(_LARGEST_MINOR, self.accounts[source].balance_minor)
                self._move(source, target, self._random.randint(1, most), "transfer", rows)
            self._now += self._step
            if len(rows.transactions) >= _CHUNK:
                yield rows
                rows = Rows()
        yield rows

    def account_rows(self) -> Iterator[Row]:
        """The row of each account as it stands at the end; to be asked for after all chunks."""
        for place, state in enumerate(self.accounts):
            opened = self._opened(place, state.id)
            yield (
                *(self.tenant_id, state.id, state.balance_minor, 0, state.floor_minor, state.version),
                *(state.last_posted_at, opened.created_at, state.head_hash, self._currency.code, state.kind.value),
                *(state.status.value, opened.number, state.owner_id, opened.name),
            )

    def _opened(self, place: int, account_id: AccountId) -> Account:
        """The account at that place as it was opened."""
        if place == 0:
            return settlement_account(self.tenant_id, self._currency, opened_at=self.begins_at)
        return new_account(
            self.tenant_id,
            account_id,
            number=f"{place:014d}{98 - place * 100 % 97:02d}",
            owner_id=f"holder-{place}",
            name=None,
            currency=self._currency,
            kind=AccountKind.CUSTOMER,
            floor_minor=0,
            opened_at=self.begins_at + (place - 1) * self._step,
        )

    def _open(self, place: int, rows: Rows) -> None:
        account = self._opened(place, AccountId(self._new_id()))
        self.accounts.append(_state_of(account))
        self._record(AccountOpened(self._stamp(self._new_id()), account), rows)

    def _pair(self) -> tuple[int, int]:
        """Two accounts, the first of which has money."""
        number, chance, accounts = self.size.accounts, self._random.random, self.accounts
        while accounts[source := 1 + int(number * chance() ** _SKEW)].balance_minor == 0:
            pass
        while (target := 1 + int(number * chance() ** _SKEW)) == source:
            pass
        return source, target

    def _move(self, source: int, target: int, amount_minor: int, kind: str, rows: Rows) -> None:
        tenant_id, transaction_id, now = self.tenant_id, TransactionId(self._new_id()), self._now
        money = Money(amount_minor, self._currency)
        entries = (
            self._enter(self.accounts[source], -amount_minor, transaction_id, rows),
            self._enter(self.accounts[target], amount_minor, transaction_id, rows),
        )
        transaction = Transaction(
            tenant_id, transaction_id, kind, money, None, NO_METADATA, None, None, now, now, entries
        )
        rows.transactions.append((tenant_id, transaction_id, now, now, amount_minor, kind, self._currency.code))
        self._record(TransactionPosted(self._stamp(transaction_id), transaction), rows)

    def _enter(self, account: LockedAccount, amount_minor: int, transaction_id: TransactionId, rows: Rows) -> Entry:
        entry = seal_entry(
            account.head_hash,
            self.tenant_id,
            account.id,
            sequence=account.version + 1,
            transaction_id=transaction_id,
            currency=self._currency,
            amount_minor=amount_minor,
            balance_before_minor=account.balance_minor,
            posted_at=self._now,
            posted_at_us=microseconds(self._now),
        )
        account.head_hash, account.version = entry.hash, entry.sequence
        account.balance_minor, account.last_posted_at = entry.balance_after_minor, self._now
        known = (self.tenant_id, account.id, entry.sequence, transaction_id, amount_minor, entry.balance_before_minor)
        rows.entries.append((*known, entry.balance_after_minor, self._now, self._currency.code, entry.hash))
        return entry

    def _stamp(self, event_id: UUID) -> Stamp:
        return Stamp(EventId(event_id), self.tenant_id, self._now, LIBRARY)

    def _record(self, event: LedgerEvent, rows: Rows) -> None:
        record = ledger_record(event, AuditContexts())
        by = (record.origin.actor_type, record.origin.actor_id)
        accounts = list(record.account_ids)
        about = (record.action, record.outcome, *by, record.subject_id, accounts, record.body)
        rows.audit_log.append((self.tenant_id, record.id, record.at, *about))

    def _new_id(self) -> UUID:
        """An id of version 7 as it would have been made then."""
        bits = self._random.getrandbits(74)
        milliseconds = microseconds(self._now) // 1_000
        return UUID(int=milliseconds << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1)


def _state_of(account: Account) -> LockedAccount:
    facts = (account.id, account.owner_id, account.currency, account.kind, account.status, account.floor_minor)
    return LockedAccount(*facts, account.balance_minor, account.held_minor, account.version, account.head_hash, None)
