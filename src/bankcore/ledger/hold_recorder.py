"""Turns decided changes of holds into their new state, on the locked accounts, and into events."""

from collections.abc import Callable, Iterator
from datetime import datetime

from bankcore.events.stamps import Stamp
from bankcore.identifiers import HoldId, IdentifierSource, TransactionId
from bankcore.ledger.accounts import LockedAccount
from bankcore.ledger.book import Book
from bankcore.ledger.changes import Capture, Extend, HoldChange, Release, SetAside
from bankcore.ledger.effects import Effect
from bankcore.ledger.events import HoldCaptured, HoldChanged, HoldExpired, HoldExtended, HoldPlaced, HoldVoided
from bankcore.ledger.hold_rules import expiry_of
from bankcore.ledger.holds import LET_GO_MAX, Hold, HoldStatus
from bankcore.ledger.pending import Pending
from bankcore.origin import Origin


class HoldRecorder:
    """The holds of one batch: changed one by one in the book, to be written all together."""

    def __init__(self, book: Book, pending: Pending, ids: IdentifierSource, stamp: Callable[[Origin], Stamp]) -> None:
        """Record on the holds of this book; `stamp` is that of an event now."""
        self._book = book
        self._pending = pending
        self._ids = ids
        self._stamp = stamp

    def record(self, change: HoldChange, origin: Origin) -> HoldChanged:
        """Make a change that the validator accepted."""
        if isinstance(change, SetAside):
            return self._place(change, origin)
        hold, stamp = self._book.holds[change.hold_id], self._stamp(origin)
        if isinstance(change, Release):
            return HoldVoided(stamp, *self._put(hold, hold.void(), stamp), change.reason)
        return self._extend(hold, change, stamp)

    def capture(self, change: Capture, transaction_id: TransactionId, stamp: Stamp, amount_minor: int) -> HoldCaptured:
        """Take so much from the hold, for the transaction that debits it next."""
        hold = self._book.holds[change.hold_id]
        captured = hold.capture(amount_minor, is_final=change.is_final)
        return HoldCaptured(stamp, *self._put(hold, captured, stamp), transaction_id)

    def let_go(self, account: LockedAccount, origin: Origin) -> Iterator[HoldExpired]:
        """Let the holds of the account go whose time was over when the unit of work was opened."""
        left = sorted(self._book.open_holds_of(account), key=lambda hold: hold.expires_at)
        over = [hold for hold in left if hold.is_over(self._book.opened_at)]
        for hold in over:
            stamp = self._stamp(origin)
            if self._book.limits is not None:
                self._book.limits.give_back_rest(hold)
            yield HoldExpired(stamp, *self._put(hold, hold.expire(), stamp))
        # Where there may be more than were read, the next unit of work goes on.
        following = left[len(over) - 1 :] if len(over) >= LET_GO_MAX else left[len(over) :]
        account.held_until = following[0].expires_at if following and account.held_minor else None

    def _place(self, change: SetAside, origin: Origin) -> HoldPlaced:
        stamp, account = self._stamp(origin), self._book[change.account_id]
        hold = Hold(
            id=HoldId(self._ids.new_id()),
            account_id=account.id,
            currency=account.currency,
            amount_minor=change.amount.minor,
            captured_minor=0,
            status=HoldStatus.OPEN,
            version=1,
            by_holder=origin.owner_id is not None,
            placed_at=stamp.occurred_at,
            expires_at=expiry_of(change.expiry, self._book.opened_at),
            reference=change.reference,
        )
        return HoldPlaced(stamp, hold, self._set_aside(hold, change.amount.minor, stamp.occurred_at))

    def _extend(self, hold: Hold, change: Extend, stamp: Stamp) -> HoldExtended:
        extended = hold.extend(expiry_of(change.expiry, self._book.opened_at))
        return HoldExtended(stamp, *self._put(hold, extended, stamp))

    def _put(self, before: Hold, after: Hold, stamp: Stamp) -> tuple[Hold, Effect]:
        kept_minor = after.remaining_minor - before.remaining_minor
        return after, self._set_aside(after, kept_minor, stamp.occurred_at)

    def _set_aside(self, hold: Hold, amount_minor: int, at: datetime) -> Effect:
        """Hold so much more on its account, or less; in the book, the hold is now this one."""
        account = self._book[hold.account_id]
        self._book.holds[hold.id] = self._pending.holds[hold.id] = hold
        account.set_aside(amount_minor, at=at, until=hold.expires_at if hold.remaining_minor else None)
        return Effect.of_account(account, set_aside_minor=amount_minor)
