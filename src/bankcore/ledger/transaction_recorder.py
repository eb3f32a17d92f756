"""Turns decided commands into records, and writes the records of a whole batch at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from bankcore.errors import BankcoreError
from bankcore.events.stamps import Stamp
from bankcore.idempotency.keys import KeyRecord
from bankcore.identifiers import AccountId, EventId, IdentifierSource, TenantId, TransactionId
from bankcore.ledger.accounts import (
    Account,
    AccountStatus,
    LockedAccount,
    new_account,
    settlement_account,
)
from bankcore.ledger.book import Book
from bankcore.ledger.chain import MICROSECOND, microseconds, seal_entry
from bankcore.ledger.changes import Capture, Carrying, Change, Open, Post, Reverse, SetStatus
from bankcore.ledger.effects import Effect
from bankcore.ledger.events import (
    AccountOpened,
    AccountStatusChanged,
    CommandRejected,
    HoldChanged,
    TransactionPosted,
    TransactionReversed,
)
from bankcore.ledger.hold_recorder import HoldRecorder
from bankcore.ledger.limit_rules import count_usage, forget_usages, write_usages
from bankcore.ledger.outcomes import Changed, Held, Opened, Posted
from bankcore.ledger.pending import Pending, Savepoint, restore, save
from bankcore.ledger.ports import LedgerUnit
from bankcore.ledger.reversal_rules import reversed_amount
from bankcore.ledger.room import CARRY_FORWARD, full_accounts, has_room
from bankcore.ledger.status_rules import following_status
from bankcore.ledger.transactions import (
    NO_MARKS,
    NO_METADATA,
    Entry,
    Marks,
    Posting,
    Transaction,
    in_reading_order,
    total_moved,
)
from bankcore.money import Money
from bankcore.origin import Origin

_ACTIVE: Final = AccountStatus.ACTIVE
LEAD_MAX: Final = timedelta(minutes=5)
"""How far ahead of the clock the last entry of an account may be and still be followed."""
Line = tuple[LockedAccount, int]
"""A posting on its locked account, in minor units."""


class TransactionRecorder:
    """The records of one batch: made command by command in memory, written by `write` with one statement a kind."""

    def __init__(self, tenant_id: TenantId, book: Book, *, opened_at: datetime, ids: IdentifierSource) -> None:
        """Record a batch on these locked accounts, in a unit of work opened at that instant.

        The batch is posted at one instant, or a large one at one for each portion: when it was opened, or just after
        the last entry of its accounts where that is later, as after waiting for another one's lock. An account that is
        further ahead, because a clock had jumped, is not followed: its time begins anew, and no other account moves
        with it (docs/adr/0034).
        """
        self._tenant_id = tenant_id
        self._book = book
        self._ids = ids
        self._pending = Pending()
        self._holds = HoldRecorder(book, self._pending, ids, self._stamp)
        latest = [
            instant
            for account in book.values()
            for instant in (account.last_posted_at, account.held_at)
            if instant is not None and instant - opened_at <= LEAD_MAX
        ]
        self._begin_portion(max([opened_at, *[instant + MICROSECOND for instant in latest]]))
        self._let_go()

    def _begin_portion(self, posted_at: datetime) -> None:
        """Post at that instant from now on."""
        self._posted_at = posted_at
        self._posted_at_us = microseconds(posted_at)

    def _let_go(self) -> None:
        """Before anything is decided, let the holds go whose time is over: nobody is refused for their sake."""
        for account in self._book.due():
            self._pending.touched[id(account)] = account
            self._pending.events.extend(self._holds.let_go(account, Origin(actor_type="system", actor_id="ledger")))

    def record(self, change: Change, origin: Origin) -> Posted | Opened | Changed | Held:
        """Make a change that the validator accepted, on the locked accounts."""
        if self._book.limits is not None:
            count_usage(change, self._book, self._book.limits)
        if isinstance(change, Post):
            return Posted(self._post(change, origin))
        if isinstance(change, Open):
            return Opened(self._open(change, origin))
        if isinstance(change, SetStatus):
            return self._set_status(change, origin)
        if isinstance(change, Capture):
            return Posted(self._capture(change, origin))
        if isinstance(change, Reverse):
            return Posted(self._reverse(change, origin))
        return Held(self._note(self._holds.record(change, origin)).hold)

    def _open(self, change: Open, origin: Origin) -> Account:
        """Open the account, and the settlement account of its currency with it."""
        settlement = settlement_account(self._tenant_id, change.currency, opened_at=self._posted_at)
        self._pending.accounts.setdefault(settlement.id, settlement)
        self._book.setdefault(settlement.id, LockedAccount.of_new(settlement))
        account = new_account(
            self._tenant_id,
            change.account_id or AccountId(self._ids.new_id()),
            number=self._ids.new_account_number(),
            owner_id=change.owner_id,
            name=change.name,
            currency=change.currency,
            kind=change.account_kind,
            floor_minor=change.floor_minor,
            opened_at=self._posted_at,
        )
        self._add(account, origin)
        return account

    def _post(self, change: Post, origin: Origin) -> Transaction:
        """Move the money on the locked accounts and return the record of it."""
        kind, postings, _reaches, carried = change
        amount = total_moved(postings)
        return self._record(kind, self._make_room(postings, amount, origin), amount, origin, carried)

    def _make_room(self, postings: Sequence[Posting], amount: Money | None, origin: Origin) -> list[Line]:
        """The postings on their accounts, which have room for them from now on."""
        lines = [(self._book[account_id], moved.minor) for account_id, moved in postings]
        if not has_room(lines, amount):
            for full in full_accounts(postings, self._book):
                self._carry_forward(full, origin)
        return lines

    def _capture(self, change: Capture, origin: Origin) -> Transaction:
        """Take from the hold, and move that money: in this order, so that it is never held and spent at once."""
        hold = self._book.holds[change.hold_id]
        amount = change.amount or hold.remaining
        kind, postings, _reaches, carried = change.post(hold, amount)
        lines = self._make_room(postings, amount, origin)
        stamp, transaction_id = self._stamp(origin), TransactionId(self._ids.new_id())
        self._note(self._holds.capture(change, transaction_id, stamp, amount.minor))
        return self._record(kind, lines, amount, origin, carried, Marks(transaction_id))

    def _reverse(self, change: Reverse, origin: Origin) -> Transaction:
        """Undo the transaction as far as was asked, and tell of it who asked, and why."""
        found = self._book.transactions[change.transaction_id]
        amount = reversed_amount(found, change)
        kind, postings, _reaches, carried = change.post(found.transaction, amount)
        lines = self._make_room(postings, amount, origin)
        reversal = self._record(kind, lines, amount, origin, carried, Marks(reverses=change.transaction_id))
        self._book.transactions[change.transaction_id] = found.reverse(amount)
        stamp = self._stamp(origin)
        self._pending.events.append(TransactionReversed(stamp, found.transaction, reversal.id, amount, change.reason))
        return reversal

    def _note(self, event: HoldChanged) -> HoldChanged:
        account = self._book[event.hold.account_id]
        self._pending.touched[id(account)] = account
        self._pending.events.append(event)
        return event

    def _set_status(self, change: SetStatus, origin: Origin) -> Changed:
        account = self._book[change.account_id]
        before, account.status = account.status, following_status(account, change)
        self._pending.touched[id(account)] = account
        effect = Effect.of_account(account, was=before)
        self._pending.events.append(AccountStatusChanged(self._stamp(origin), effect, change.reason))
        return Changed(account.id, account.status)

    def refuse(self, kind: str, change: Change, reason: BankcoreError, origin: Origin) -> None:
        """Record that a command of that kind, which asked for the change, was refused."""
        self._pending.events.append(CommandRejected(self._stamp(origin), kind, change, reason))

    def discard_changes(self) -> None:
        """Forget all that was recorded so far; refusals stay."""
        self._pending.discard()
        forget_usages(self._book)

    def save(self, account_ids: Iterable[AccountId] | None) -> Savepoint:
        """The state now, where nothing but these accounts of the book will change until `restore`; None for all."""
        return save(self._book, self._pending, account_ids)

    def restore(self, saved: Savepoint) -> None:
        """Undo what was recorded since, with nothing written in between; refusals stay."""
        restore(self._book, self._pending, saved)

    @property
    def opens_accounts(self) -> bool:
        """Whether accounts to open are not written yet."""
        return bool(self._pending.accounts)

    def write(self, unit: LedgerUnit, keys: Iterable[KeyRecord]) -> None:
        """Write what was recorded since the last time, and the answers for these keys, into the unit of work.

        Later records are a microsecond later, as the next entries of an account must be.
        """
        self._pending.write(unit)
        write_usages(self._book, unit)
        if records := list(keys):
            unit.store_outcomes(records)
        self._begin_portion(self._posted_at + MICROSECOND)

    def _record(
        self,
        kind: str,
        lines: Sequence[Line],
        amount: Money | None,
        origin: Origin,
        carried: Carrying | None = None,
        marks: Marks = NO_MARKS,
    ) -> Transaction:
        """The transaction with these lines, and what the movement carries, if somebody asked for it."""
        transaction_id = marks.transaction_id or TransactionId(self._ids.new_id())
        transaction = Transaction(
            self._tenant_id,
            transaction_id,
            kind,
            amount,
            None if carried is None else carried.reference,
            NO_METADATA if carried is None else carried.metadata,
            marks.reverses,
            None if carried is None else carried.source,
            self._posted_at if carried is None else carried.effective_at or self._posted_at,
            self._posted_at,
            in_reading_order([self._enter(transaction_id, account, minor) for account, minor in lines]),
        )
        self._pending.transactions.append(transaction)
        # A transaction has one such event, which takes its id.
        stamp = Stamp(EventId(transaction_id), self._tenant_id, self._posted_at, origin)
        # Nearly all accounts are active, and nothing is held on them.
        special = [account for account, _amount_minor in lines if account.held_minor or account.status is not _ACTIVE]
        held = {account.id: account.held_minor for account in special if account.held_minor} if special else {}
        statuses = (
            {account.id: account.status for account in special if account.status is not _ACTIVE} if special else {}
        )
        self._pending.events.append(TransactionPosted(stamp, transaction, held, statuses))
        return transaction

    def _carry_forward(self, full: LockedAccount, origin: Origin) -> None:
        """Move the balance to a fresh account of the same kind and owner, so that this one starts again from zero.

        No other unit of work can see the fresh account yet, so it needs no lock.
        """
        by_us = Origin(actor_type="system", actor_id="ledger", request_id=origin.request_id)
        account = new_account(
            self._tenant_id,
            AccountId(self._ids.new_id()),
            number=self._ids.new_account_number(),
            owner_id=full.owner_id,
            name=f"Carried forward from {full.id}",
            currency=full.currency,
            kind=full.kind,
            floor_minor=full.floor_minor,
            opened_at=self._posted_at,
        )
        fresh, balance_minor = self._add(account, by_us), full.balance_minor
        amount = Money(abs(balance_minor), full.currency)
        self._record(CARRY_FORWARD, [(full, -balance_minor), (fresh, balance_minor)], amount, by_us)

    def _add(self, account: Account, origin: Origin) -> LockedAccount:
        """Take the new account into the book."""
        self._pending.accounts[account.id] = account
        locked = self._book[account.id] = LockedAccount.of_new(account)
        self._pending.events.append(AccountOpened(self._stamp(origin), account))
        return locked

    def _enter(self, transaction_id: TransactionId, account: LockedAccount, amount_minor: int) -> Entry:
        entry = seal_entry(
            account.head_hash,
            self._tenant_id,
            account.id,
            sequence=account.version + 1,
            transaction_id=transaction_id,
            currency=account.currency,
            amount_minor=amount_minor,
            balance_before_minor=account.balance_minor,
            posted_at=self._posted_at,
            posted_at_us=self._posted_at_us,
        )
        account.version = entry.sequence
        account.balance_minor = entry.balance_after_minor
        account.head_hash = entry.hash
        account.last_posted_at = self._posted_at
        self._pending.touched[id(account)] = account
        return entry

    def _stamp(self, origin: Origin) -> Stamp:
        return Stamp(EventId(self._ids.new_id()), self._tenant_id, self._posted_at, origin)
