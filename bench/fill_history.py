"""The past of a bank that never was: accounts, and transactions between them in the order of time, all of it valid.

Memory holds one state for each account and nothing for each entry. The hashes are made by the library itself; the
records of the audit log are put together here, because the library's way of doing it costs more than all the rest,
and every thousandth one is compared with what the library makes of the same event.
"""

import random
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from bankcore.events.stamps import Stamp
from bankcore.identifiers import AccountId, EventId, TenantId, TransactionId
from bankcore.ledger.accounts import Account, AccountKind, AccountStatus, settlement_account
from bankcore.ledger.chain import MICROSECOND, seal_entry
from bankcore.ledger.events import AccountOpened, TransactionPosted
from bankcore.ledger.transactions import NO_METADATA, Entry, Transaction
from bankcore.money import Currency, Money
from bankcore.origin import LIBRARY
from bankcore_infra.audit.recording.context import AuditContexts
from bankcore_infra.audit.recording.ledger_records import ledger_record
from bench.fill_rows import Rows, account_row, audit_row

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HASH_BYTES: Final = 32
_ID_BYTES: Final = 16
_CHUNK: Final = 2_000
"""Transactions that are handed over at once."""
_COMPARE_EACH: Final = 1_000
_OPENING_MINOR: Final = 1_000_000
_LARGEST_MINOR: Final = 50_000
_SKEW: Final = 3
"""Some accounts are busy and most are not: the cube of a random number is near zero more often than near one."""


class HistoryDiffersError(Exception):
    """What is filled in here is no longer what the library records; the filler has to follow."""


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
class Books:
    """Where each account stands, in arrays; number 0 is the settlement account."""

    ids: bytearray
    heads: bytearray
    balances: "array[int]"
    versions: "array[int]"
    posted_us: "array[int]"
    opened_us: "array[int]"

    @classmethod
    def of(cls, settlement_id: AccountId, accounts: int) -> "Books":
        """Empty ones."""
        places = accounts + 1
        books = cls(
            ids=bytearray(places * _ID_BYTES),
            heads=bytearray(places * _HASH_BYTES),
            balances=array("q", bytes(8 * places)),
            versions=array("q", bytes(8 * places)),
            posted_us=array("q", bytes(8 * places)),
            opened_us=array("q", bytes(8 * places)),
        )
        books.ids[:_ID_BYTES] = settlement_id.bytes
        return books

    def id_of(self, place: int) -> AccountId:
        """The id of the account at that place."""
        return AccountId(UUID(bytes=bytes(self.ids[place * _ID_BYTES : (place + 1) * _ID_BYTES])))

    def head_of(self, place: int) -> bytes:
        """The last hash of the account at that place."""
        return bytes(self.heads[place * _HASH_BYTES : (place + 1) * _HASH_BYTES])


@dataclass(slots=True)
class History:
    """One tenant's past; the same seed gives the same movements."""

    tenant_id: TenantId
    currency: Currency
    size: Size
    begins_at: datetime
    ends_at: datetime
    seed: int = 7
    books: Books = field(init=False)
    _tenant: str = field(init=False)
    _random: random.Random = field(init=False)
    _step_us: int = field(init=False)
    _now_us: int = field(init=False)
    _made: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Spread the transactions evenly over the time."""
        settlement = settlement_account(self.tenant_id, self.currency, opened_at=self.begins_at)
        self.books = Books.of(settlement.id, self.size.accounts)
        self._tenant = str(self.tenant_id)
        self._random = random.Random(self.seed)
        self._step_us = max(1, (self.ends_at - self.begins_at) // MICROSECOND // (self.size.transactions + 1))
        self._now_us = (self.begins_at - _EPOCH) // MICROSECOND
        self.books.opened_us[0] = self._now_us

    def chunks(self) -> Iterator[Rows]:
        """Rows of transactions, entries and the audit log, some thousand at a time."""
        rows = Rows()
        for number in range(self.size.transactions):
            if number < self.size.accounts:
                self._open(number + 1, rows)
                self._move(0, number + 1, _OPENING_MINOR + number % 1_000, "deposit", rows)
            else:
                source, target = self._pair()
                most = min(_LARGEST_MINOR, self.books.balances[source])
                self._move(source, target, self._random.randint(1, most), "transfer", rows)
            self._now_us += self._step_us
            if len(rows.transactions) >= _CHUNK:
                yield rows
                rows = Rows()
        yield rows

    def accounts(self) -> Iterator[str]:
        """The row of each account as it stands at the end; to be asked for after all chunks."""
        for place in range(self.size.accounts + 1):
            yield account_row(self.account(place), self.books.posted_us[place])

    def account(self, place: int) -> Account:
        """The account at that place as it stands now."""
        books = self.books
        opened_at = _instant(books.opened_us[place])
        state = {"balance_minor": books.balances[place], "version": books.versions[place]}
        if place == 0:
            first = settlement_account(self.tenant_id, self.currency, opened_at=opened_at)
            number, owner_id, name, kind, floor_minor = first.number, first.owner_id, first.name, first.kind, None
        else:
            number, owner_id, name = _number(place), f"holder-{place}", None
            kind, floor_minor = AccountKind.CUSTOMER, 0
        return Account(
            tenant_id=self.tenant_id,
            id=books.id_of(place),
            number=number,
            owner_id=owner_id,
            name=name,
            currency=self.currency,
            kind=kind,
            status=AccountStatus.ACTIVE,
            held_minor=0,
            floor_minor=floor_minor,
            head_hash=books.head_of(place),
            created_at=opened_at,
            **state,
        )

    def _open(self, place: int, rows: Rows) -> None:
        self.books.ids[place * _ID_BYTES : (place + 1) * _ID_BYTES] = self._new_id().bytes
        self.books.opened_us[place] = self._now_us
        stamp = Stamp(EventId(self._new_id()), self.tenant_id, _instant(self._now_us), LIBRARY)
        record = ledger_record(AccountOpened(stamp, self.account(place)), AuditContexts())
        rows.audit_log.append(audit_row(self.tenant_id, record))

    def _pair(self) -> tuple[int, int]:
        """Two accounts, the first of which has money."""
        number, chance, balances = self.size.accounts, self._random.random, self.books.balances
        while balances[source := 1 + int(number * chance() ** _SKEW)] == 0:
            pass
        while (target := 1 + int(number * chance() ** _SKEW)) == source:
            pass
        return source, target

    def _move(self, source: int, target: int, amount_minor: int, kind: str, rows: Rows) -> None:
        transaction_id = TransactionId(self._new_id())
        posted_at = _instant(self._now_us)
        at = posted_at.isoformat(timespec="microseconds")[:-6] + "Z"
        debit = self._enter(source, -amount_minor, transaction_id, posted_at)
        credit = self._enter(target, amount_minor, transaction_id, posted_at)
        body = rows.post(self._tenant, at, kind, debit, credit)
        if self._made % _COMPARE_EACH == 0:
            self._compare(body, kind, debit, credit)
        self._made += 1

    def _enter(self, place: int, amount_minor: int, transaction_id: TransactionId, posted_at: datetime) -> Entry:
        books = self.books
        entry = seal_entry(
            books.head_of(place),
            self.tenant_id,
            books.id_of(place),
            sequence=books.versions[place] + 1,
            transaction_id=transaction_id,
            currency=self.currency,
            amount_minor=amount_minor,
            balance_before_minor=books.balances[place],
            posted_at=posted_at,
            posted_at_us=self._now_us,
        )
        books.heads[place * _HASH_BYTES : (place + 1) * _HASH_BYTES] = entry.hash
        books.versions[place] = entry.sequence
        books.balances[place] = entry.balance_after_minor
        books.posted_us[place] = self._now_us
        return entry

    def _compare(self, body: str, kind: str, debit: Entry, credit: Entry) -> None:
        """Raises: HistoryDiffersError, if the library would record something else."""
        transaction = Transaction(
            tenant_id=self.tenant_id,
            id=credit.transaction_id,
            kind=kind,
            amount=Money(credit.amount_minor, self.currency),
            reference=None,
            metadata=NO_METADATA,
            reverses=None,
            source=None,
            effective_at=credit.posted_at,
            posted_at=credit.posted_at,
            entries=(debit, credit),
        )
        event = TransactionPosted(
            Stamp(EventId(credit.transaction_id), self.tenant_id, credit.posted_at, LIBRARY), transaction
        )
        if (wanted := ledger_record(event, AuditContexts()).body) != body.encode():
            raise HistoryDiffersError(f"{body}\nis not what the library records:\n{wanted.decode()}")

    def _new_id(self) -> UUID:
        """An id of version 7 as it would have been made then."""
        bits = self._random.getrandbits(74)
        milliseconds = self._now_us // 1_000
        return UUID(int=milliseconds << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & (1 << 62) - 1)


def _instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def _number(place: int) -> str:
    """An account number like those of the library: 14 digits and two that check them."""
    return f"{place:014d}{98 - place * 100 % 97:02d}"
