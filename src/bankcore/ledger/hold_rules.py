"""The rules of holds: who may end one, how long one lasts, and how much may be set aside or captured."""

from datetime import datetime, timedelta
from typing import Final

from bankcore.errors import BankcoreError, ForbiddenError, InvalidStateError, NotFoundError
from bankcore.identifiers import HoldId
from bankcore.ledger.accounts import LockedAccount
from bankcore.ledger.book import Book
from bankcore.ledger.changes import Capture, Expiry, Extend, Release
from bankcore.ledger.holds import LIFETIME_MAX, Hold, HoldStatus
from bankcore.ledger.rejections import CaptureExceedsHoldError, ExpiryOutOfRangeError, InsufficientFundsError
from bankcore.money import MINOR_MAX, AmountOutOfRangeError, CurrencyMismatchError, Money
from bankcore.origin import Origin

_OPEN: Final = HoldStatus.OPEN


def expiry_of(expiry: Expiry, opened_at: datetime) -> datetime:
    """The instant of an expiry that was asked for in a unit of work that was opened then."""
    return opened_at + expiry if isinstance(expiry, timedelta) else expiry


def setting_aside_refusal(account: LockedAccount, amount: Money, expiry: Expiry, book: Book) -> BankcoreError | None:
    """The refusal of a new hold on an account that takes part in postings of that currency, if there is one.

    Where there is no floor, what is set aside must still leave a balance that can be written down.
    """
    if refusal := _expiry_refusal(expiry, book, after=book.opened_at):
        return refusal
    left_minor = account.available_minor - amount.minor
    if account.floor_minor is not None and left_minor < account.floor_minor:
        return InsufficientFundsError(
            account_id=account.id,
            available=Money(account.available_minor, account.currency),
            needed=amount,
            floor=Money(account.floor_minor, account.currency),
        )
    if account.held_minor + amount.minor > MINOR_MAX or left_minor < -MINOR_MAX:
        return AmountOutOfRangeError(
            currency=account.currency.code, account_id=account.id, balance_max=Money(MINOR_MAX, account.currency)
        )
    return None


def hold_refusal(change: Capture | Release | Extend, book: Book, origin: Origin) -> BankcoreError | None:
    """The refusal of a change of a hold, if there is one: whose it is, its state, and how much or how long is left."""
    if refusal := _holder_refusal(change.hold_id, book, origin):
        return refusal
    hold = book.holds[change.hold_id]
    if hold.status is not _OPEN:
        return InvalidStateError(resource="hold", identifier=str(hold.id), state=hold.status)
    if isinstance(change, Capture):
        return _amount_refusal(hold, change.amount)
    if isinstance(change, Extend):
        return _expiry_refusal(change.expiry, book, after=hold.expires_at)
    return None


def _holder_refusal(hold_id: HoldId, book: Book, origin: Origin) -> BankcoreError | None:
    """A holder finds the holds on own accounts, and ends or extends those that he placed himself: a hold that he could
    give back to himself would secure nobody else.
    """
    hold = book.holds.get(hold_id)
    if hold is None or origin.owner_id not in {None, book[hold.account_id].owner_id}:
        return NotFoundError(resource="hold", identifier=str(hold_id))
    return None if origin.owner_id is None or hold.by_holder else ForbiddenError()


def _amount_refusal(hold: Hold, amount: Money | None) -> BankcoreError | None:
    if amount is None:
        return None
    if amount.currency != hold.currency:
        return CurrencyMismatchError(expected=hold.currency.code, actual=amount.currency.code)
    if amount.minor > hold.remaining_minor:
        return CaptureExceedsHoldError(hold_id=hold.id, remaining=hold.remaining, needed=amount)
    return None


def _expiry_refusal(expiry: Expiry, book: Book, *, after: datetime) -> BankcoreError | None:
    latest = book.opened_at + LIFETIME_MAX
    if max(after, book.opened_at) < expiry_of(expiry, book.opened_at) <= latest:
        return None
    return ExpiryOutOfRangeError(after=after, latest=latest)
