"""The rules of an account's status: what it keeps from the account, and which status follows on which."""

from typing import Final

from bankcore.errors import BankcoreError, ForbiddenError, InvalidStateError, NotFoundError
from bankcore.ledger.accounts import AccountKind, AccountStatus, FreezeDirection, LockedAccount
from bankcore.ledger.book import Book
from bankcore.ledger.changes import SetStatus, StatusAct
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountDormantError,
    AccountFrozenError,
    AccountNotEmptyError,
)
from bankcore.money import Money
from bankcore.origin import Origin

# The directions in which an account is frozen, as a set of two bits.
_BITS: Final = {FreezeDirection.DEBITS: 1, FreezeDirection.CREDITS: 2, FreezeDirection.BOTH: 3}
_DIRECTIONS: Final = {bits: direction for direction, bits in _BITS.items()}
_FREEZABLE: Final = (
    AccountStatus.ACTIVE,
    AccountStatus.DEBITS_FROZEN,
    AccountStatus.CREDITS_FROZEN,
    AccountStatus.FROZEN,
)
"""The status by the directions in which the account is frozen."""
_OURS_FOR_EVER: Final = (AccountKind.SETTLEMENT, AccountKind.FX_POSITION)


def standing_refusal(account: LockedAccount, *, is_debit: bool) -> BankcoreError | None:
    """The refusal of a line on an account that is not active, if its status speaks against that direction."""
    if account.status is AccountStatus.CLOSED:
        return AccountClosedError(account_id=account.id)
    if account.status is AccountStatus.DORMANT:
        return AccountDormantError(account_id=account.id) if is_debit else None
    frozen = _FREEZABLE.index(account.status)
    if not frozen & _BITS[FreezeDirection.DEBITS if is_debit else FreezeDirection.CREDITS]:
        return None
    return AccountFrozenError(account_id=account.id, direction=_DIRECTIONS[frozen])


def status_refusal(change: SetStatus, book: Book, origin: Origin) -> BankcoreError | None:
    """The refusal of another status: a holder changes none, and a closed account stays closed."""
    if origin.owner_id is not None:
        return ForbiddenError()
    account = book.get(change.account_id)
    if account is None:
        return NotFoundError(resource="account", identifier=str(change.account_id))
    if account.status is AccountStatus.CLOSED:
        return AccountClosedError(account_id=account.id)
    if refusal := _kind_refusal(account, change.act):
        return refusal
    if following_status(account, change) is account.status:
        return InvalidStateError(resource="account", identifier=str(account.id), state=account.status)
    return _closing_refusal(account, book) if change.act is StatusAct.CLOSE else None


def following_status(account: LockedAccount, change: SetStatus) -> AccountStatus:
    """The status after the change; the same one if it cannot be changed so.

    Whoever freezes adds to what is kept from the account already, so that no freeze ever lets anything pass: a dormant
    account becomes frozen in both directions. What is frozen is not closed, since somebody has a reason to keep it.
    """
    status, bits = account.status, _BITS[change.direction or FreezeDirection.BOTH]
    if status is AccountStatus.DORMANT:
        return _after_dormancy(change.act)
    frozen = _FREEZABLE.index(status)
    match change.act:
        case StatusAct.FREEZE:
            return _FREEZABLE[frozen | bits]
        case StatusAct.UNFREEZE:
            return _FREEZABLE[frozen & ~bits]
        case StatusAct.MAKE_DORMANT:
            return status if frozen else AccountStatus.DORMANT
        case StatusAct.CLOSE:
            return status if frozen else AccountStatus.CLOSED
        case StatusAct.WAKE:  # pragma: no branch - mypy proves that there is no other case
            return status


def _after_dormancy(act: StatusAct) -> AccountStatus:
    following = {
        StatusAct.FREEZE: AccountStatus.FROZEN,
        StatusAct.WAKE: AccountStatus.ACTIVE,
        StatusAct.CLOSE: AccountStatus.CLOSED,
    }
    return following.get(act, AccountStatus.DORMANT)


def _kind_refusal(account: LockedAccount, act: StatusAct) -> BankcoreError | None:
    """Dormant is who does not come back for his money; and without our own accounts of a currency, nobody could use
    the currency again.
    """
    is_for_kind = True
    if act is StatusAct.MAKE_DORMANT:
        is_for_kind = account.kind is AccountKind.CUSTOMER
    elif act is StatusAct.CLOSE:
        is_for_kind = account.kind not in _OURS_FOR_EVER
    return (
        None if is_for_kind else InvalidStateError(resource="account", identifier=str(account.id), state=account.kind)
    )


def _closing_refusal(account: LockedAccount, book: Book) -> BankcoreError | None:
    if not account.balance_minor and not account.held_minor:
        return None
    holds = sorted(book.open_holds_of(account), key=lambda hold: hold.expires_at)
    return AccountNotEmptyError(
        account_id=account.id,
        balance=Money(account.balance_minor, account.currency),
        held=Money(account.held_minor, account.currency),
        hold_id=holds[0].id if holds else None,
    )
