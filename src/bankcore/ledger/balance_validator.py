"""Decides whether a movement of money may be made: a pure function of the command and the locked accounts."""

from collections.abc import Mapping, Sequence
from typing import Final

from bankcore.errors import BankcoreError, ForbiddenError, InvalidStateError, NotFoundError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind, AccountStatus, LockedAccount
from bankcore.ledger.commands import Deposit, MoneyCommand, OpenAccount, PostTransaction, Transfer, Withdraw
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountExistsError,
    AccountFrozenError,
    InsufficientFundsError,
    SameAccountError,
)
from bankcore.ledger.room import RECEIVED_MAX, can_be_carried, is_in_range
from bankcore.ledger.status_commands import StatusCommand
from bankcore.ledger.transactions import Posting
from bankcore.money import MINOR_MAX, AmountOutOfRangeError, CurrencyMismatchError, Money
from bankcore.origin import Origin

# An attribute of an enumeration costs as much as the whole comparison, and each transfer is asked twice.
_ACTIVE: Final = AccountStatus.ACTIVE


class BalanceValidator:
    """The rules of posting, in the order in which they refuse: who, whether, in what currency, and how much."""

    def find_opening_refusal(
        self, command: OpenAccount, book: Mapping[AccountId, LockedAccount], origin: Origin
    ) -> BankcoreError | None:
        """What speaks against opening the account: a holder opens only plain accounts of his own, and an id is one."""
        if origin.owner_id is not None and not _is_plain_account_of(command, origin.owner_id):
            return ForbiddenError()
        if command.account_id is not None and command.account_id in book:
            return AccountExistsError(account_id=command.account_id)
        return None

    def find_status_refusal(
        self, command: StatusCommand, book: Mapping[AccountId, LockedAccount], origin: Origin
    ) -> BankcoreError | None:
        """What speaks against the change: a holder changes no status, a closed account stays closed."""
        if origin.owner_id is not None:
            return ForbiddenError()
        account = book.get(command.account_id)
        if account is None:
            return NotFoundError(resource="account", identifier=str(command.account_id))
        if account.status is AccountStatus.CLOSED:
            return AccountClosedError(account_id=account.id)
        if account.status is command.new_status:
            return InvalidStateError(resource="account", identifier=str(account.id), state=account.status)
        return None

    def find_refusal(
        self,
        command: MoneyCommand,
        postings: Sequence[Posting],
        book: Mapping[AccountId, LockedAccount],
        origin: Origin,
    ) -> BankcoreError | None:
        """The first rule that speaks against the command, or None when it may be posted."""
        accounts = [book.get(posting.account_id) for posting in postings]
        # Two objects are two accounts, and ids are compared only where that does not tell.
        if accounts[0] is accounts[1] and _is_to_itself(command, postings):
            return SameAccountError(account_id=postings[0].account_id)
        lines: list[tuple[LockedAccount, int]] = []
        for posting, account in zip(postings, accounts, strict=True):
            if account is None:
                return NotFoundError(resource="account", identifier=str(posting.account_id))
            if refusal := _account_refusal(command, posting, account, origin):
                return refusal
            lines.append((account, posting.amount.minor))
        return _amount_refusal(command, lines, book)


def _is_to_itself(command: MoneyCommand, postings: Sequence[Posting]) -> bool:
    return postings[0].account_id == postings[1].account_id and not isinstance(command, PostTransaction)


def _is_plain_account_of(command: OpenAccount, owner_id: str) -> bool:
    is_customer = command.account_kind is AccountKind.CUSTOMER
    return is_customer and command.owner_id == owner_id and command.floor_minor == 0


def _account_refusal(
    command: MoneyCommand, posting: Posting, account: LockedAccount, origin: Origin
) -> BankcoreError | None:
    """Whether this account may take part in this posting."""
    if origin.owner_id is not None and not _is_visible(command, account, origin.owner_id):
        return NotFoundError(resource="account", identifier=str(posting.account_id))
    if account.status is not _ACTIVE:
        is_frozen = account.status is AccountStatus.FROZEN
        return AccountFrozenError(account_id=account.id) if is_frozen else AccountClosedError(account_id=account.id)
    if account.currency.code != posting.amount.currency.code:
        return CurrencyMismatchError(expected=account.currency.code, actual=posting.amount.currency.code)
    return None


def _is_visible(command: MoneyCommand, account: LockedAccount, owner_id: str) -> bool:
    """Whether a holder may reach the account: his own, anybody's as a destination, our side as the ledger puts it."""
    if account.kind is AccountKind.SETTLEMENT:
        return isinstance(command, Deposit | Withdraw) and account.id != command.account_id
    if account.kind is not AccountKind.CUSTOMER:
        return False
    is_destination = isinstance(command, Transfer) and account.id == command.to_account_id
    return is_destination or account.owner_id == owner_id


def _amount_refusal(
    command: MoneyCommand, lines: Sequence[tuple[LockedAccount, int]], book: Mapping[AccountId, LockedAccount]
) -> BankcoreError | None:
    """Whether the amounts fit: every recorded balance in its range, and no account that is debited below its floor.

    An account of ours that is full stops nobody, because its balance is carried forward before. A floor binds the net
    effect on the account, because only that ever becomes visible.
    """
    # By the object, which the book has once for each account: the hash of a UUID is made in Python, each time.
    balances: dict[int, int] = {}
    for account, amount_minor in lines:
        balance = balances.get(id(account), account.balance_minor) + amount_minor
        if balance > RECEIVED_MAX or balance < -MINOR_MAX:
            balance_max = _balance_max(command, account, book)
            if not (is_in_range(balance) and balance <= balance_max) and not can_be_carried(account):
                return AmountOutOfRangeError(
                    currency=account.currency.code,
                    account_id=account.id,
                    balance_max=Money(balance_max, account.currency),
                )
        balances[id(account)] = balance
    for account, _amount_minor in lines:
        balance = balances[id(account)]
        is_debited = balance < account.balance_minor
        if is_debited and account.floor_minor is not None and balance - account.held_minor < account.floor_minor:
            return InsufficientFundsError(
                account_id=account.id,
                available=Money(account.available_minor, account.currency),
                needed=Money(account.balance_minor - balance, account.currency),
                floor=Money(account.floor_minor, account.currency),
            )
    return None


def _balance_max(command: MoneyCommand, account: LockedAccount, book: Mapping[AccountId, LockedAccount]) -> int:
    """How much may be on the account afterwards: where somebody else fills it, its owner keeps room for himself."""
    if not isinstance(command, Transfer) or account.kind is not AccountKind.CUSTOMER:
        return MINOR_MAX
    is_received = command.to_account_id == account.id and book[command.from_account_id].owner_id != account.owner_id
    return RECEIVED_MAX if is_received else MINOR_MAX
