"""The rules of limits: what counts as used, and when (docs/adr/0064)."""

from collections.abc import Sequence

from bankcore.ledger.book import Book
from bankcore.ledger.changes import Capture, Change, Post, Release, SetAside
from bankcore.ledger.limit_book import LimitBook
from bankcore.ledger.limits import HOLD
from bankcore.ledger.ports import LedgerUnit
from bankcore.ledger.rejections import LimitExceededError
from bankcore.ledger.transactions import Posting


def limit_refusal(change: Change, book: Book, limits: LimitBook) -> LimitExceededError | None:
    """The refusal of a change that every other rule allows, if it takes more from an account than a limit leaves.

    A capture takes what its hold has used already, and a reversal is the bank's own deed: neither is limited.
    """
    if isinstance(change, SetAside):
        return limits.find_refusal(book[change.account_id], HOLD, change.amount.minor)
    if isinstance(change, Post):
        for posting in _debits_of(change.postings):
            if refusal := limits.find_refusal(book[posting.account_id], change.kind, -posting.amount.minor):
                return refusal
    return None


def count_usage(change: Change, book: Book, limits: LimitBook) -> None:
    """Count what the change takes from accounts, or what it gives back of a hold; just before it is made."""
    if isinstance(change, Post):
        for posting in _debits_of(change.postings):
            limits.use(book[posting.account_id], change.kind, -posting.amount.minor)
    elif isinstance(change, SetAside):
        limits.use(book[change.account_id], HOLD, change.amount.minor)
    elif isinstance(change, Release):
        limits.give_back_rest(book.holds[change.hold_id])
    elif isinstance(change, Capture) and change.is_final and change.amount is not None:
        hold = book.holds[change.hold_id]
        limits.give_back(hold, hold.remaining_minor - change.amount.minor, is_whole=False)


def write_usages(book: Book, unit: LedgerUnit) -> None:
    """Write what was counted since the last time."""
    if book.limits is not None and (used := book.limits.take_changed()):
        unit.write_usages(used)


def forget_usages(book: Book) -> None:
    """Write nothing of what was counted: all of it was undone."""
    if book.limits is not None:
        book.limits.take_changed()


def _debits_of(postings: Sequence[Posting]) -> list[Posting]:
    """What each debited account loses in all, since only that ever becomes visible."""
    net: dict[object, Posting] = {}
    for account_id, amount in postings:
        known = net.get(account_id)
        net[account_id] = Posting(account_id, amount if known is None else known.amount + amount)
    return [posting for posting in net.values() if posting.amount.minor < 0]
