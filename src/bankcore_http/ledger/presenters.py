"""How accounts, balances, entries and transactions look on the wire: JSON-ready, money as decimal strings."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from bankcore.ledger.accounts import Account
from bankcore.ledger.queries import Balance, TransactionView, TrialBalanceLine
from bankcore.ledger.transactions import Entry
from bankcore.money import format_minor
from bankcore_http.answering.wire import render_instant
from bankcore_http.ledger.statement import StatementLine

Shown = dict[str, object]
"""A JSON object."""


def present_account(account: Account) -> Shown:
    """An account as it stands."""
    return {
        "id": str(account.id),
        "number": account.number,
        "name": account.name,
        "currency": account.currency.code,
        "kind": account.kind.value,
        "status": account.status.value,
        "balance": account.balance.to_decimal_string(),
        "held": account.held.to_decimal_string(),
        "available": account.available.to_decimal_string(),
        "createdAt": render_instant(account.created_at),
    }


def present_balance(balance: Balance) -> Shown:
    """What an account held at one instant."""
    return {
        "accountId": str(balance.account_id),
        "currency": balance.balance.currency.code,
        "balance": balance.balance.to_decimal_string(),
        "held": balance.held.to_decimal_string(),
        "available": balance.available.to_decimal_string(),
        "at": render_instant(balance.at),
    }


def present_account_entry(entry: Entry) -> Shown:
    """A line of an account that the viewer may read."""
    return {
        "accountId": str(entry.account_id),
        "sequence": entry.sequence,
        "transactionId": str(entry.transaction_id),
        "amount": entry.amount.to_decimal_string(),
        "currency": entry.currency.code,
        "balanceBefore": entry.balance_before.to_decimal_string(),
        "balanceAfter": entry.balance_after.to_decimal_string(),
        "postedAt": render_instant(entry.posted_at),
    }


def present_statement_line(line: StatementLine) -> Shown:
    """A line of an account and what of its transaction the history shows too."""
    return present_account_entry(line.entry) | {
        "kind": line.transaction.kind,
        "reference": line.transaction.reference,
        "counterpartyAccountId": None if line.counterparty is None else str(line.counterparty),
    }


def present_transaction(view: TransactionView) -> Shown:
    """A transaction as its viewer may see it: of the other side's accounts only what moved."""
    transaction = view.transaction
    reverses: Mapping[str, object] = {} if transaction.reverses is None else {"reverses": str(transaction.reverses)}
    return {
        "id": str(transaction.id),
        "kind": transaction.kind,
        "status": "posted",
        "amount": None if transaction.amount is None else transaction.amount.to_decimal_string(),
        "currency": None if transaction.amount is None else transaction.amount.currency.code,
        "reference": transaction.reference,
        "metadata": dict(transaction.metadata),
        **reverses,
        "postedAt": render_instant(transaction.posted_at),
        "effectiveAt": render_instant(transaction.effective_at),
        "entries": [_present_entry(view, entry) for entry in transaction.entries],
    }


def _present_entry(view: TransactionView, entry: Entry) -> Shown:
    shown: Shown = {"accountId": str(entry.account_id), "amount": entry.amount.to_decimal_string()}
    if view.transaction.amount is None:
        shown["currency"] = entry.currency.code
    if view.may_see_balances(entry):
        shown["balanceBefore"] = entry.balance_before.to_decimal_string()
        shown["balanceAfter"] = entry.balance_after.to_decimal_string()
        shown["sequence"] = entry.sequence
    return shown


def present_trial_balance(lines: Sequence[TrialBalanceLine]) -> Shown:
    """The lines, the sum of each currency, and whether all of these are zero."""
    ordered = sorted(lines, key=lambda line: (line.currency.code, line.kind))
    sums = [
        (currency, sum(line.total_minor for line in found))
        for currency, found in groupby(ordered, key=lambda line: line.currency)
    ]
    return {
        "balanced": all(total == 0 for _currency, total in sums),
        "lines": [
            {
                "currency": line.currency.code,
                "kind": line.kind.value,
                "accounts": line.accounts,
                "total": format_minor(line.total_minor, line.currency.exponent),
            }
            for line in ordered
        ],
        "totals": [
            {"currency": currency.code, "total": format_minor(total, currency.exponent)} for currency, total in sums
        ],
    }
