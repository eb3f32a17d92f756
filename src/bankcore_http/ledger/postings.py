"""Requests that move money or open accounts: read into commands, given to the ledger, answered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from bankcore.errors import InvalidRequestError, LedgerInvariantError, NotFoundError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.commands import Deposit, OpenAccount, Transfer, Withdraw
from bankcore.ledger.outcomes import Opened, Posted, Rejected
from bankcore.ledger.queries import LedgerQueries, TransactionView
from bankcore.ledger.service import LedgerService
from bankcore.money import Currency, Money
from bankcore.origin import Origin
from bankcore_http.envelope import Answer
from bankcore_http.ledger.presenters import present_account, present_transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRequest:
    """An account to open."""

    currency: str
    name: str | None = None

    def command(self, *, owner_id: str, key: str) -> OpenAccount:
        """The command of that owner; InvalidRequestError for a currency that ISO 4217 does not know."""
        return OpenAccount(owner_id, Currency.of(self.currency), name=self.name, idempotency_key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRequest:
    """Money that enters or leaves an account."""

    account_id: UUID
    amount: str
    currency: str
    reference: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def deposit(self, key: str) -> Deposit:
        """The command to credit the account; InvalidRequestError or AmountOutOfRangeError for the amount."""
        return Deposit(
            AccountId(self.account_id),
            Money.of(self.amount, self.currency),
            reference=self.reference,
            metadata=self.metadata,
            idempotency_key=key,
        )

    def withdrawal(self, key: str) -> Withdraw:
        """The command to debit the account; InvalidRequestError or AmountOutOfRangeError for the amount."""
        return Withdraw(
            AccountId(self.account_id),
            Money.of(self.amount, self.currency),
            reference=self.reference,
            metadata=self.metadata,
            idempotency_key=key,
        )


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a transfer goes, and whether that account is the payer's own."""

    account_id: AccountId
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequest:
    """Money that moves between two accounts."""

    from_account_id: UUID
    amount: str
    currency: str
    to_account_id: UUID | None = None
    to_account_number: str | None = None
    reference: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def command(self, destination: Destination, key: str) -> Transfer:
        """The command to that destination; InvalidRequestError or AmountOutOfRangeError for the amount."""
        return Transfer(
            AccountId(self.from_account_id),
            destination.account_id,
            Money.of(self.amount, self.currency),
            reference=self.reference,
            metadata=self.metadata,
            idempotency_key=key,
        )

    def destination(self, queries: LedgerQueries, *, payer_id: str) -> Destination:
        """Where the money is to go; an unknown id is left for the ledger to refuse and to record.

        Raises:
            InvalidRequestError: neither or both of id and number are given.
            NotFoundError: no account that takes transfers has this number.
        """
        if (self.to_account_id is None) == (self.to_account_number is None):
            raise InvalidRequestError(pointer="/toAccountId", detail="give either toAccountId or toAccountNumber")
        if self.to_account_id is not None:
            account_id = AccountId(self.to_account_id)
            return Destination(account_id, _is_own(queries, account_id, payer_id))
        return _by_number(queries, self.to_account_number or "", payer_id)


def _by_number(queries: LedgerQueries, number: str, payer_id: str) -> Destination:
    account = queries.find_account_by_number(number)
    # Our own accounts have numbers too, and the ledger's refusal would give away what their ids are.
    if account is None or account.kind is not AccountKind.CUSTOMER:
        raise NotFoundError(resource="account", identifier=number)
    return Destination(account.id, account.owner_id == payer_id)


def _is_own(queries: LedgerQueries, account_id: AccountId, owner_id: str) -> bool:
    """Asked before the money moves: after that, a failing read would deny a transfer that was made."""
    try:
        queries.get_account(account_id, owner_id=owner_id)
    except NotFoundError:
        return False
    return True


def open_account(ledger: LedgerService, command: OpenAccount, origin: Origin) -> Answer:
    """Open the account and show it as it was opened; raises what the ledger refused it for."""
    (outcome,) = ledger.execute([command], origin=origin)
    match outcome:
        case Opened(account, replayed):
            return Answer(present_account(account), headers=replay_headers(replayed=replayed))
        case Rejected(reason):
            raise reason
        case _:
            raise LedgerInvariantError(f"an account was asked for, and {outcome} came of it")


def post(
    ledger: LedgerService,
    command: Deposit | Withdraw | Transfer,
    origin: Origin,
    *,
    own_account_ids: Collection[AccountId],
) -> Answer:
    """Move the money and show the transaction to the owner of those accounts; raises what it was refused for."""
    (outcome,) = ledger.execute([command], origin=origin)
    match outcome:
        case Posted(transaction, replayed):
            view = TransactionView(transaction=transaction, own_account_ids=own_account_ids)
            return Answer(present_transaction(view), headers=replay_headers(replayed=replayed))
        case Rejected(reason):
            raise reason
        case _:
            raise LedgerInvariantError(f"money was to move, and {outcome} came of it")
