"""What an approval is for, as the document that its row keeps; it is read back as the same command."""

from typing import Any
from uuid import UUID

from bankcore.approvals.approvals import Approvable
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.commands import Transfer, Withdraw
from bankcore.ledger.reversals import ReverseTransaction
from bankcore.money import CURRENCIES, Money


def command_document(command: Approvable) -> dict[str, object]:
    """All that the command asks."""
    said = {"kind": command.kind, "reference": command.reference, "metadata": dict(command.metadata)}
    match command:
        case Withdraw():
            return {**said, **_money_document(command.amount), "account": str(command.account_id)}
        case Transfer():
            accounts = {"from": str(command.from_account_id), "to": str(command.to_account_id)}
            return {**said, **_money_document(command.amount), **accounts}
        case ReverseTransaction():
            about = {"transaction": str(command.transaction_id), "reason": command.reason}
            return {**said, **about, **({} if command.amount is None else _money_document(command.amount))}


def command_of(document: dict[str, Any]) -> Approvable:
    """The command of such a document."""
    reference, metadata = document["reference"], document["metadata"]
    amount = Money(document["minor"], CURRENCIES[document["currency"]]) if "minor" in document else None
    if document["kind"] == ReverseTransaction.kind:
        transaction_id, reason = TransactionId(UUID(document["transaction"])), document["reason"]
        return ReverseTransaction(transaction_id, amount, reason=reason, reference=reference, metadata=metadata)
    assert amount is not None  # noqa: S101 - only a reversal may say none
    if document["kind"] == Withdraw.kind:
        return Withdraw(AccountId(UUID(document["account"])), amount, reference=reference, metadata=metadata)
    source, destination = (AccountId(UUID(document[name])) for name in ("from", "to"))
    return Transfer(source, destination, amount, reference=reference, metadata=metadata)


def _money_document(amount: Money) -> dict[str, object]:
    return {"minor": amount.minor, "currency": amount.currency.code}
