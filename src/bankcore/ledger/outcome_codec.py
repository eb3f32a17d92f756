"""Outcomes as bytes, so that the answer to a request can be kept with its key and given again.

A posted transaction is kept by its id, since the books hold it for ever; a refusal by its code and facts; an opened
account as it stood, a changed one by its id and status. Values carry a tag where JSON has no type for them.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import datetime
from typing import Final
from uuid import UUID

from bankcore.errors import BankcoreError, LedgerInvariantError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account, AccountKind, AccountStatus
from bankcore.ledger.outcomes import Changed, Opened, Outcome, Posted, Rejected
from bankcore.money import CURRENCIES, Currency, Money

JsonValue = str | int | bool | list["JsonValue"] | dict[str, "JsonValue"] | None


def encode_outcome(outcome: Outcome) -> bytes:
    """The outcome as compact JSON."""
    if isinstance(outcome, Posted):
        # By far the most frequent one, and nothing in it needs an escape.
        return f'{{"posted":"{outcome.transaction.id.hex}"}}'.encode()
    return json.dumps(_document_of(outcome), separators=(",", ":")).encode()


def decode_outcome(encoded: bytes) -> Opened | Changed | Rejected | TransactionId:
    """The outcome as it was, marked as replayed; a posted one as the id of its transaction."""
    document = json.loads(encoded)
    if "posted" in document:
        return TransactionId(UUID(document["posted"]))
    if "opened" in document:
        return Opened(_decode_account(document["opened"]), replayed=True)
    if "changed" in document:
        return Changed(AccountId(UUID(document["changed"])), AccountStatus(document["status"]), replayed=True)
    facts = {name: _decode_value(value) for name, value in document["facts"].items()}
    return Rejected(_error_types()[document["rejected"]](**facts), replayed=True)


def _document_of(outcome: Opened | Changed | Rejected) -> JsonValue:
    match outcome:
        case Opened(account):
            return {"opened": _encode_fields(account)}
        case Changed(account_id, status):
            return {"changed": account_id.hex, "status": status}
        case Rejected(reason):  # pragma: no branch - mypy proves that there is no other case
            return {"rejected": reason.code, "facts": _encode_fields(reason)}


def _encode_fields(value: Account | BankcoreError) -> dict[str, JsonValue]:
    return {field.name: _encode_value(getattr(value, field.name)) for field in fields(value)}


def _encode_value(value: object) -> JsonValue:
    match value:
        case None | str() | int():
            return value
        case UUID():
            return ["uuid", value.hex]
        case Money():
            return ["money", f"{value.minor} {value.currency.code}"]
        case Currency():
            return ["currency", value.code]
        case datetime():
            return ["instant", value.isoformat()]
        case bytes():
            return ["bytes", value.hex()]
        case _:
            raise LedgerInvariantError(f"a fact of type {type(value).__name__} cannot be kept")


def _decode_value(value: JsonValue) -> object:
    if isinstance(value, list):
        tag, text = value
        return _DECODERS[str(tag)](str(text))
    return value


def _money_of(text: str) -> Money:
    minor, code = text.split(" ")
    return Money(int(minor), CURRENCIES[code])


def _decode_account(document: dict[str, JsonValue]) -> Account:
    facts = {name: _decode_value(value) for name, value in document.items()}
    facts["kind"] = AccountKind(str(facts["kind"]))
    facts["status"] = AccountStatus(str(facts["status"]))
    return Account(**facts)  # type: ignore[arg-type] # the fields were written by `_encode_fields`


def _error_types() -> dict[str, type[BankcoreError]]:
    """Every error by its code; looked up anew each time, since a capability may define its own later."""
    by_code: dict[str, type[BankcoreError]] = {}
    for error_type in _family(BankcoreError):
        by_code.setdefault(error_type.code, error_type)
    return by_code


def _family(error_type: type[BankcoreError]) -> Iterator[type[BankcoreError]]:
    yield error_type
    for child in error_type.__subclasses__():
        yield from _family(child)


_DECODERS: Final[dict[str, Callable[[str], object]]] = {
    "uuid": UUID,
    "money": _money_of,
    "currency": CURRENCIES.__getitem__,
    "instant": datetime.fromisoformat,
    "bytes": bytes.fromhex,
}
