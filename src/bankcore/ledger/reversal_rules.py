"""The rules of reversals: who may, of what, and how much is left."""

from bankcore.errors import BankcoreError, ForbiddenError, InvalidRequestError, InvalidStateError, NotFoundError
from bankcore.ledger.book import Book
from bankcore.ledger.changes import Reverse
from bankcore.ledger.rejections import AlreadyReversedError, ReversalExceedsTransactionError
from bankcore.ledger.room import CARRY_FORWARD
from bankcore.ledger.transactions import Reversible
from bankcore.money import CurrencyMismatchError, Money
from bankcore.origin import Origin

_PAIR = 2


def reversal_refusal(change: Reverse, book: Book, origin: Origin) -> BankcoreError | None:
    """The refusal of a reversal, if there is one; whether the money is still there is asked as of any movement.

    A reversal is not reversed: what it undid is moved again by a new transaction, so that nobody has to count.
    """
    if origin.owner_id is not None:
        return ForbiddenError()
    found = book.transactions.get(change.transaction_id)
    if found is None:
        return NotFoundError(resource="transaction", identifier=str(change.transaction_id))
    kind = found.transaction.kind
    if found.transaction.reverses is not None or kind == CARRY_FORWARD:
        return InvalidStateError(resource="transaction", identifier=str(change.transaction_id), state=kind)
    if found.is_undone:
        return AlreadyReversedError(transaction_id=change.transaction_id)
    return None if change.amount is None else _part_refusal(found, change.amount)


def reversed_amount(found: Reversible, change: Reverse) -> Money | None:
    """How much the reversal undoes; None for all of a transaction of several currencies."""
    return found.remaining if change.amount is None else change.amount


def _part_refusal(found: Reversible, amount: Money) -> BankcoreError | None:
    transaction, remaining = found.transaction, found.remaining
    if remaining is None or (amount != transaction.amount and len(transaction.entries) != _PAIR):
        return InvalidRequestError(pointer="/amount", detail="a transaction of more than two lines is reversed whole")
    if amount.currency != remaining.currency:
        return CurrencyMismatchError(expected=remaining.currency.code, actual=amount.currency.code)
    if amount.minor > remaining.minor:
        return ReversalExceedsTransactionError(transaction_id=transaction.id, remaining=remaining, needed=amount)
    return None
