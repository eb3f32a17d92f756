"""How these paths write what the bank knows: amounts with eight decimals, states in capitals."""

import re
from hashlib import sha256
from typing import Annotated, Any, Final
from uuid import UUID, uuid5

from flask import Response

from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account, AccountKind, AccountStatus
from bankcore.ledger.queries import LedgerQueries, TransactionView
from bankcore.ledger.quoted_transfers import applied_quote
from bankcore.ledger.transactions import Entry
from bankcore.money import Money, format_minor
from bankcore_http.answering.envelope import json_response
from bankcore_http.answering.replays import replay_headers
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading import fields

DECIMALS: Final = 8
_AMOUNT: Final = re.compile(r"(?:0|[1-9][0-9]{0,39})(?:\.[0-9]{1,8})?", re.ASCII)

AmountText = Annotated[str, fields.pattern_text(_AMOUNT, 'an amount is a decimal string such as "100.50"')]


def exact(amount: str) -> str:
    """The same number without zeros at its end: `100.50000000` is `100.5`. What is left must fit the currency."""
    return amount.rstrip("0").rstrip(".") if "." in amount else amount


def eight_decimals(money: Money) -> str:
    """An amount as these paths write it: `900.00000000`."""
    return format_minor(money.minor * 10 ** (DECIMALS - money.currency.exponent), DECIMALS)


def rate_text(rate: str) -> str:
    """A rate with eight decimals, or more if it has more."""
    whole, _point, fraction = rate.partition(".")
    return f"{whole}.{fraction.ljust(DECIMALS, '0')}"


def key_for(*facts: object) -> str:
    """The idempotency key of a request that has none of its own: the facts that make it the same request."""
    told = "\x1f".join(map(str, facts))
    return f"natural:{sha256(told.encode()).hexdigest()}"


def find_wallet(queries: LedgerQueries, wallet_id: UUID, owner_id: UUID | None = None) -> Account:
    """The wallet of a customer, or of that one.

    Raises:
        NotFoundError: there is none, it is somebody else's, or it is an account of our own.
    """
    account = queries.get_account(AccountId(wallet_id), owner_id=None if owner_id is None else str(owner_id))
    if account.kind is not AccountKind.CUSTOMER:
        raise NotFoundError(resource="account", identifier=str(wallet_id))
    return account


def present_wallet(account: Account, balance: Money | None = None) -> dict[str, Any]:
    """A wallet, with the balance that a movement left there if one is given."""
    return {
        "id": str(account.id),
        "userId": account.owner_id,
        "currency": account.currency.code,
        "balance": eight_decimals(account.balance if balance is None else balance),
        "accountNumber": account.name,
        "isActive": account.status is AccountStatus.ACTIVE,
    }


def present_entries(view: TransactionView) -> dict[str, Any]:
    """A transaction with all of its entries."""
    transaction, quote = view.transaction, applied_quote(view.transaction)
    rate = None if quote is None else rate_text(quote.rate)
    return {
        "transactionId": str(transaction.id),
        "status": "COMPLETED",
        "fxRate": rate,
        "createdAt": render_instant(transaction.posted_at),
        "entries": [present_entry(entry) for entry in transaction.entries],
    }


def present_entry(entry: Entry) -> dict[str, Any]:
    """A recorded line, as debit or credit."""
    return {
        "id": entry_id(entry.account_id, entry.sequence),
        "transactionId": str(entry.transaction_id),
        "walletId": str(entry.account_id),
        "type": "DEBIT" if entry.amount_minor < 0 else "CREDIT",
        "amount": eight_decimals(Money(abs(entry.amount_minor), entry.currency)),
        "currency": entry.currency.code,
        "balanceBefore": eight_decimals(entry.balance_before),
        "balanceAfter": eight_decimals(entry.balance_after),
        "sequence": entry.sequence,
        "hash": entry.hash.hex(),
        "createdAt": render_instant(entry.posted_at),
    }


def entry_id(wallet_id: UUID, sequence: int) -> str:
    """The name of an entry as a UUID: always the same, because wallet and place name it."""
    return str(uuid5(wallet_id, str(sequence)))


def bare(body: object, status: int = 200, *, replayed: bool = False) -> Response:
    """An answer without the envelope."""
    return json_response(body, status, replay_headers(replayed=replayed))
