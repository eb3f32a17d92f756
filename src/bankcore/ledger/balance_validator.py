"""Decides whether a change may be made: a pure function of the change and the locked accounts."""

from collections.abc import Sequence
from typing import Final

from bankcore.errors import BankcoreError, ForbiddenError, NotFoundError
from bankcore.ledger.accounts import AccountKind, AccountStatus, LockedAccount
from bankcore.ledger.book import Book
from bankcore.ledger.changes import Capture, Change, HoldChange, Open, Post, Reach, Reverse, SetAside, SetStatus
from bankcore.ledger.hold_rules import hold_refusal, setting_aside_refusal
from bankcore.ledger.limit_rules import limit_refusal
from bankcore.ledger.rejections import (
    AccountExistsError,
    InsufficientFundsError,
    SameAccountError,
)
from bankcore.ledger.reversal_rules import reversal_refusal, reversed_amount
from bankcore.ledger.room import RECEIVED_MAX, can_be_carried, is_in_range
from bankcore.ledger.status_rules import standing_refusal, status_refusal
from bankcore.ledger.transactions import Posting
from bankcore.money import MINOR_MAX, AmountOutOfRangeError, CurrencyMismatchError, Money
from bankcore.origin import Origin

# An attribute of an enumeration costs as much as the whole comparison, and each transfer is asked twice.
_ACTIVE: Final = AccountStatus.ACTIVE


class BalanceValidator:
    """The rules of the books, in the order in which they refuse: caller, account, currency, amount."""

    def find_refusal(self, change: Change, book: Book, origin: Origin) -> BankcoreError | None:
        """The first rule that speaks against the change, or None when it may be made; limits come last."""
        refusal = self._find(change, book, origin)
        if refusal is not None or book.limits is None:
            return refusal
        return limit_refusal(change, book, book.limits)

    @staticmethod
    def _find(change: Change, book: Book, origin: Origin) -> BankcoreError | None:
        # Most changes are movements, and a chain of comparisons is quicker than `match`.
        if isinstance(change, Post):
            return _posting_refusal(change, book, origin)
        if isinstance(change, Open):
            return _opening_refusal(change, book, origin)
        if isinstance(change, SetStatus):
            return status_refusal(change, book, origin)
        if isinstance(change, Reverse):
            return _reversal_refusal(change, book, origin)
        return _holding_refusal(change, book, origin)


def _holding_refusal(change: Capture | HoldChange, book: Book, origin: Origin) -> BankcoreError | None:
    if isinstance(change, SetAside):
        return _setting_aside_refusal(change, book, origin)
    refusal = hold_refusal(change, book, origin)
    if refusal is not None or not isinstance(change, Capture):
        return refusal
    return _capture_refusal(change, book, origin)


def _opening_refusal(change: Open, book: Book, origin: Origin) -> BankcoreError | None:
    """A holder opens only own customer accounts, and each id is given once."""
    if origin.owner_id is not None and not _is_plain_account_of(change, origin.owner_id):
        return ForbiddenError()
    if change.account_id is not None and change.account_id in book:
        return AccountExistsError(account_id=change.account_id)
    return None


def _is_plain_account_of(change: Open, owner_id: str) -> bool:
    is_customer = change.account_kind is AccountKind.CUSTOMER
    return is_customer and change.owner_id == owner_id and change.floor_minor == 0


def _setting_aside_refusal(change: SetAside, book: Book, origin: Origin) -> BankcoreError | None:
    """A hold is refused as a debit would be."""
    account_id, amount, expiry, _reference = change
    account = book.get(account_id)
    if account is None:
        return NotFoundError(resource="account", identifier=str(account_id))
    refusal = _account_refusal(Posting(account_id, -amount), account, Reach.OWN, origin)
    return refusal or setting_aside_refusal(account, amount, expiry, book)


def _capture_refusal(change: Capture, book: Book, origin: Origin) -> BankcoreError | None:
    """What is captured was set aside, so it is there: the floor is kept by what the hold lets go."""
    hold = book.holds[change.hold_id]
    amount = change.amount or hold.remaining
    return _posting_refusal(change.post(hold, amount), book, origin, released_minor=amount.minor)


def _reversal_refusal(change: Reverse, book: Book, origin: Origin) -> BankcoreError | None:
    """What was spent since is not taken back: the floor of whoever got it binds a reversal as it binds any debit."""
    if refusal := reversal_refusal(change, book, origin):
        return refusal
    found = book.transactions[change.transaction_id]
    return _posting_refusal(change.post(found.transaction, reversed_amount(found, change)), book, origin)


def _posting_refusal(change: Post, book: Book, origin: Origin, *, released_minor: int = 0) -> BankcoreError | None:
    """The refusal of a movement, of whose first debit so much was held until now."""
    postings = change.postings
    accounts = [book.get(posting.account_id) for posting in postings]
    # Different objects are different accounts, so ids are compared only if the objects are the same.
    if accounts[0] is accounts[1] and _is_to_itself(change):
        return SameAccountError(account_id=postings[0].account_id)
    lines: list[tuple[LockedAccount, int]] = []
    for posting, account, reach in zip(postings, accounts, change.reaches, strict=True):
        if account is None:
            return NotFoundError(resource="account", identifier=str(posting.account_id))
        if refusal := _account_refusal(posting, account, reach, origin):
            return refusal
        lines.append((account, posting.amount.minor))
    return _amount_refusal(change, lines, book, released_minor)


def _is_to_itself(change: Post) -> bool:
    """Whether money would move from an account to itself; a caller that writes the lines may name one account twice."""
    first, second = change.postings[:2]
    return first.account_id == second.account_id and change.reaches[1] is not Reach.OWN


def _account_refusal(posting: Posting, account: LockedAccount, reach: Reach, origin: Origin) -> BankcoreError | None:
    """The refusal of this account for this posting, if there is one."""
    if origin.owner_id is not None and not _is_within_reach(account, reach, origin.owner_id):
        return NotFoundError(resource="account", identifier=str(posting.account_id))
    if account.status is not _ACTIVE and (refusal := standing_refusal(account, is_debit=posting.amount.minor < 0)):
        return refusal
    if account.currency.code != posting.amount.currency.code:
        return CurrencyMismatchError(expected=account.currency.code, actual=posting.amount.currency.code)
    return None


def _is_within_reach(account: LockedAccount, reach: Reach, owner_id: str) -> bool:
    """Whether a holder may name the account on that line: an own one, any customer's as a destination, or one of
    ours that the ledger chose.
    """
    if account.kind is not AccountKind.CUSTOMER:
        return reach is Reach.OURS
    return reach is Reach.ANYBODY or account.owner_id == owner_id


def _amount_refusal(
    change: Post, lines: Sequence[tuple[LockedAccount, int]], book: Book, released_minor: int
) -> BankcoreError | None:
    """The refusal of the amounts: each recorded balance must stay in range, and no debit may leave less than the floor.

    A full account of ours refuses nothing, because its balance is carried forward before. A floor binds the net effect
    on the account, because only that ever becomes visible.
    """
    # Keyed by the object, which is unique for each account in the book: the hash of a UUID is computed in Python, each
    # time.
    balances: dict[int, int] = {}
    for account, amount_minor in lines:
        balance = balances.get(id(account), account.balance_minor) + amount_minor
        if balance > RECEIVED_MAX or balance < account.held_minor - MINOR_MAX:
            balance_max = _balance_max(change, account, book)
            is_possible = is_in_range(balance) and is_in_range(balance - account.held_minor) and balance <= balance_max
            if not is_possible and not can_be_carried(account):
                return AmountOutOfRangeError(
                    currency=account.currency.code,
                    account_id=account.id,
                    balance_max=Money(balance_max, account.currency),
                )
        balances[id(account)] = balance
    for account, _amount_minor in lines:
        balance = balances[id(account)]
        floor_minor = account.floor_minor
        if floor_minor is None or balance >= account.balance_minor:
            continue
        if balance - account.held_minor + (released_minor if account is lines[0][0] else 0) < floor_minor:
            return InsufficientFundsError(
                account_id=account.id,
                available=Money(account.available_minor, account.currency),
                needed=Money(account.balance_minor - balance, account.currency),
                floor=Money(floor_minor, account.currency),
            )
    return None


def _balance_max(change: Post, account: LockedAccount, book: Book) -> int:
    """The largest balance afterwards: if somebody else credits a customer's account, room is left for its owner."""
    if account.kind is not AccountKind.CUSTOMER:
        return MINOR_MAX
    payer = book[change.postings[0].account_id]
    lines = zip(change.postings, change.reaches, strict=True)
    is_received = any(line.account_id == account.id and reach is Reach.ANYBODY for line, reach in lines)
    return RECEIVED_MAX if is_received and payer.owner_id != account.owner_id else MINOR_MAX
