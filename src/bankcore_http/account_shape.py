"""The shape of an account, for the ledger's routes and for the answer to a registration."""

from typing import Annotated

from typing_extensions import TypedDict

from bankcore.ledger.accounts import Account, AccountKind, AccountStatus
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.answering.wire import render_instant

AccountName = Annotated[str, Doc(example="Savings")]
AccountKindWord = Annotated[str, Word(*AccountKind)]
AccountStatusWord = Annotated[str, Word(*AccountStatus)]
HeldAmount = Annotated[members.Amount, Doc(example="0.00")]


class AccountShape(TypedDict):
    """An account as it stands."""

    id: members.AccountId
    number: members.Number
    name: AccountName | None
    currency: members.Currency
    kind: AccountKindWord
    status: AccountStatusWord
    balance: members.Amount
    held: HeldAmount
    available: members.Amount
    version: Annotated[members.Count, Doc(example=3, description="How many entries it has")]
    createdAt: members.Instant


def present_account(account: Account) -> AccountShape:
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
        "version": account.version,
        "createdAt": render_instant(account.created_at),
    }
