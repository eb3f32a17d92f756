"""Reversals: a transaction that was wrong is undone by a new one, wholly or in part, and never by more than it was."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from bankcore.arguments import require_id
from bankcore.identifiers import AccountId, TenantId, TransactionId
from bankcore.ledger.book import Named
from bankcore.ledger.changes import Reverse
from bankcore.ledger.command import CarryingCommand, elements
from bankcore.ledger.texts import REFERENCE_LENGTH_MAX
from bankcore.ledger.transactions import Transaction, require_amount
from bankcore.money import Money
from bankcore.texts import require_text


@dataclass(frozen=True, slots=True)
class ReverseTransaction(CarryingCommand):
    """Undo a transaction, or that part of one between two accounts; only for those who act for the bank.

    Without an amount, all that is left of it is undone. `reason` is kept with who asked.
    """

    kind: ClassVar[str] = "reverse_transaction"
    transaction_id: TransactionId
    amount: Money | None = None
    _: KW_ONLY
    reason: str

    def __post_init__(self) -> None:
        """Refuse an amount that is not positive, and an unusable reason."""
        CarryingCommand.__post_init__(self)
        require_id(self.transaction_id, "/transactionId")
        require_text(self.reason, "/reason", length_max=REFERENCE_LENGTH_MAX)
        if self.amount is not None:
            require_amount(self.amount)

    @property
    def named(self) -> Named:
        """The transaction."""
        return Named(transactions=(self.transaction_id,))

    def movement(self) -> str:
        """Transaction, amount and reason."""
        amount = (None, None) if self.amount is None else (self.amount.minor, self.amount.currency.code)
        return elements(str(self.transaction_id), *amount, self.reason)

    def moved(self, transaction: Transaction) -> Sequence[Money]:
        """What it moves at most, of that transaction: in each currency the sum of what was credited."""
        if self.amount is not None:
            return (self.amount,)
        return [entry.amount for entry in transaction.entries if entry.amount_minor > 0]

    def plan(self, tenant_id: TenantId) -> Reverse:  # noqa: ARG002 - only some commands name our side
        """The reversal."""
        return Reverse(self.transaction_id, self.amount, self.reason, self)

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:  # noqa: ARG002 - only some commands name our side
        """None; the accounts of the transaction are found by the transaction."""
        return ()
