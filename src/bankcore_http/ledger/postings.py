"""Requests that move money, open accounts or change them: read into commands, given to the ledger, answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from flask import Response

from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Deposit, OpenAccount, Transfer, Withdraw
from bankcore.ledger.outcomes import Changed, Opened, Posted
from bankcore.ledger.queries import TransactionView
from bankcore.ledger.service import LedgerService
from bankcore.money import Currency, Money
from bankcore.origin import Origin
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.failures import refusal_response
from bankcore_http.answering.replays import replay_headers
from bankcore_http.ledger.destinations import Destination
from bankcore_http.ledger.presenters import present_account, present_transaction
from bankcore_http.ledger.receipts.promises import ReceiptHeaders, without_receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRequest:
    """An account to open."""

    currency: str
    name: str | None = None

    def command(self, *, owner_id: str, key: str) -> OpenAccount:
        """The command of that owner; InvalidRequestError for a currency that ISO 4217 does not know."""
        return OpenAccount(owner_id, Currency.of(self.currency), name=self.name, idempotency_key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountRequest:
    """What every request to move money says."""

    amount: str
    currency: str
    reference: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def money(self) -> Money:
        """The amount, more than zero; InvalidRequestError, AmountOutOfRangeError."""
        return Money.of(self.amount, self.currency).require_positive()


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRequest(AmountRequest):
    """Money that enters or leaves an account."""

    account_id: UUID

    def deposit(self, key: str) -> Deposit:
        """The command to credit the account; InvalidRequestError or AmountOutOfRangeError for the amount."""
        return Deposit(
            AccountId(self.account_id),
            self.money(),
            reference=self.reference,
            metadata=self.metadata,
            idempotency_key=key,
        )

    def withdrawal(self, key: str) -> Withdraw:
        """The command to debit the account; InvalidRequestError or AmountOutOfRangeError for the amount."""
        return Withdraw(
            AccountId(self.account_id),
            self.money(),
            reference=self.reference,
            metadata=self.metadata,
            idempotency_key=key,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRequest(AmountRequest):
    """Money that moves between two accounts; the destination is named by one of id and number."""

    from_account_id: UUID
    to_account_id: UUID | None = None
    to_account_number: str | None = None

    def command(self, money: Money, destination: Destination, key: str) -> Transfer:
        """The command to move that money there."""
        return Transfer(
            AccountId(self.from_account_id),
            destination.account_id,
            money,
            reference=self.reference,
            metadata=self.metadata,
            idempotency_key=key,
        )


def carry_out(
    ledger: LedgerService,
    command: Command,
    origin: Origin,
    *own_account_ids: UUID,
    receipt_headers: ReceiptHeaders = without_receipt,
) -> Answer | Response:
    """Give the command to the ledger, and show what came of it to the owner of those accounts.

    A refusal is answered here and not raised, because it too can be an earlier answer given again.
    """
    outcome = ledger.execute_one(command, origin=origin)
    headers = replay_headers(replayed=outcome.replayed)
    match outcome:
        case Posted(transaction):
            own = frozenset(AccountId(account_id) for account_id in own_account_ids)
            view = TransactionView(transaction=transaction, own_account_ids=own)
            return Answer(present_transaction(view), headers={**headers, **receipt_headers(transaction)})
        case Opened(account):
            return Answer(present_account(account), headers=headers)
        case Changed(account_id, status):
            return Answer({"id": str(account_id), "status": status.value}, headers=headers)
        case Rejected(reason):
            return refusal_response(reason, headers)
