"""What the ledger's routes take and show; money is a decimal string beside its currency."""

from typing import Any, ClassVar, Final

from marshmallow import fields
from marshmallow.validate import OneOf

from bankcore.ledger.accounts import AccountKind, AccountStatus
from bankcore_http.reading.fields import (
    AmountString,
    CurrencyCode,
    Instant,
    Metadata,
    Reference,
    SignedAmount,
    Text,
    Uuid,
    WholeNumber,
)
from bankcore_http.reading.pagination import PagedListQuery
from bankcore_http.reading.schemas import JsonSchema, QuerySchema, Ranges

STATEMENT_FORMATS: Final = ("json", "csv")
ACCOUNT_NAME_LENGTH_MAX: Final = 100
KIND_LENGTH_MAX: Final = 32
_NUMBER_LENGTH_MAX: Final = 40
_SEQUENCE_MAX: Final = 2**63 - 1
_ACCOUNT_ID: Final = "019c1406-3400-7000-8000-000000000001"
_OTHER_ACCOUNT_ID: Final = "019c1406-3400-7000-8000-000000000002"
_TRANSACTION_ID: Final = "019c1406-3400-7000-8000-0000000000aa"
_OTHER_TRANSACTION_ID: Final = "019c1406-3400-7000-8000-0000000000ab"
_AUDIT_ID: Final = "019c1406-3400-7000-8000-0000000000ee"
_LEAF_HASH: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_SIGNED: Final = "eyJhbGciOiJFZERTQSJ9.eyJhdWRpdElkIjoiMDE5YyJ9.c2lnbmF0dXJl"
_NUMBER: Final = "1000000000000038"
_METADATA: Final = {"invoice": "2026-01"}


def _shown_id(example: str, **options: Any) -> Uuid:
    return Uuid(metadata={"example": example}, **options)


def _word(*words: str) -> fields.String:
    return fields.String(required=True, metadata={"enum": list(words), "example": words[0]})


class AccountBody(JsonSchema):
    """An account to open, owned by the caller."""

    currency = CurrencyCode(required=True)
    name = Text(high=ACCOUNT_NAME_LENGTH_MAX, metadata={"example": "Savings"})


class StatusBody(JsonSchema):
    """Why the status of an account changes."""

    reason = Reference(metadata={"example": "The holder reported a stolen phone"})


class MoneyBody(JsonSchema):
    """Money that enters or leaves an account."""

    account_id = _shown_id(_ACCOUNT_ID, required=True)
    amount = AmountString(required=True, metadata={"description": "More than zero, at most the currency's decimals"})
    currency = CurrencyCode(required=True)
    reference = Reference(metadata={"example": "Salary January"})
    metadata = Metadata(metadata={"example": _METADATA})


class TransferBody(JsonSchema):
    """Money that moves between two accounts; exactly one of `toAccountId` and `toAccountNumber` says where to."""

    from_account_id = _shown_id(_ACCOUNT_ID, required=True)
    to_account_id = _shown_id(_OTHER_ACCOUNT_ID)
    to_account_number = Text(
        high=_NUMBER_LENGTH_MAX, metadata={"example": _NUMBER, "description": "Instead of `toAccountId`"}
    )
    amount = AmountString(required=True, metadata={"description": "More than zero, at most the currency's decimals"})
    currency = CurrencyCode(required=True)
    reference = Reference(metadata={"example": "Rent January"})
    metadata = Metadata(metadata={"example": _METADATA})


class BalanceQuery(QuerySchema):
    """The instant to tell the balance of."""

    at = Instant(load_default=None, metadata={"description": "Any past instant; by default now"})


class StatementQuery(QuerySchema):
    """The period of a statement: from its first instant to just before its last."""

    from_instant = Instant(data_key="from", load_default=None, metadata={"description": "By default the opening"})
    to_instant = Instant(data_key="to", load_default=None, metadata={"description": "By default now"})
    format = fields.String(load_default="json", validate=OneOf(STATEMENT_FORMATS, error="a format is json or csv"))


class HistoryQuery(PagedListQuery):
    """Which transactions to list: posted in [from, to), of an amount in [min, max]."""

    ranges: ClassVar[Ranges] = (("from_instant", "to_instant"), ("amount_min", "amount_max"))

    account_id = _shown_id(_ACCOUNT_ID, load_default=None)
    kind = Text(high=KIND_LENGTH_MAX, load_default=None, metadata={"example": "transfer"})
    from_instant = Instant(data_key="from", load_default=None)
    to_instant = Instant(data_key="to", load_default=None)
    amount_min = AmountString(data_key="min", load_default=None)
    amount_max = AmountString(data_key="max", load_default=None)
    reference = Reference(load_default=None, metadata={"example": "Rent January"})


class AccountSchema(JsonSchema):
    """An account as it stands."""

    id = _shown_id(_ACCOUNT_ID, required=True)
    number = fields.String(required=True, metadata={"example": _NUMBER})
    name = fields.String(required=True, allow_none=True, metadata={"example": "Savings"})
    currency = CurrencyCode(required=True)
    kind = _word(*AccountKind)
    status = _word(*AccountStatus)
    balance = SignedAmount(example="1000.00", required=True)
    held = SignedAmount(example="0.00", required=True)
    available = SignedAmount(example="1000.00", required=True)
    created_at = Instant(required=True)


class AccountStatusSchema(JsonSchema):
    """What the status of an account was changed to."""

    id = _shown_id(_ACCOUNT_ID, required=True)
    status = _word(*AccountStatus)


class BalanceSchema(JsonSchema):
    """What an account held at one instant."""

    account_id = _shown_id(_ACCOUNT_ID, required=True)
    currency = CurrencyCode(required=True)
    balance = SignedAmount(example="749.50", required=True)
    held = SignedAmount(example="0.00", required=True)
    available = SignedAmount(example="749.50", required=True)
    at = Instant(required=True)


class AccountEntrySchema(JsonSchema):
    """A recorded line of one account; sequence counts its lines from 1."""

    account_id = _shown_id(_ACCOUNT_ID, required=True)
    sequence = WholeNumber(low=1, high=_SEQUENCE_MAX, required=True)
    transaction_id = _shown_id(_TRANSACTION_ID, required=True)
    amount = SignedAmount(example="-250.50", required=True)
    currency = CurrencyCode(required=True)
    balance_before = SignedAmount(example="1000.00", required=True)
    balance_after = SignedAmount(example="749.50", required=True)
    posted_at = Instant(required=True)


class StatementLineSchema(AccountEntrySchema):
    """A recorded line of one account, and what moved it."""

    kind = fields.String(required=True, metadata={"example": "transfer"})
    reference = fields.String(required=True, allow_none=True, metadata={"example": "Rent January"})
    counterparty_account_id = _shown_id(_OTHER_ACCOUNT_ID, required=True, allow_none=True)


class StatementSchema(JsonSchema):
    """All that happened on an account in a period, oldest line first."""

    account_id = _shown_id(_ACCOUNT_ID, required=True)
    number = fields.String(required=True, metadata={"example": _NUMBER})
    currency = CurrencyCode(required=True)
    from_instant = Instant(data_key="from", required=True)
    to_instant = Instant(data_key="to", required=True)
    opening = SignedAmount(example="1000.00", required=True)
    lines = fields.List(fields.Nested(StatementLineSchema), required=True)
    closing = SignedAmount(example="749.50", required=True)


class TransactionEntrySchema(JsonSchema):
    """A line of a transaction; balances and sequence are shown for the viewer's own accounts, and to staff."""

    account_id = _shown_id(_ACCOUNT_ID, required=True)
    amount = SignedAmount(example="-250.50", required=True)
    currency = CurrencyCode(metadata={"description": "Only where a transaction moves several currencies"})
    balance_before = SignedAmount(example="1000.00")
    balance_after = SignedAmount(example="749.50")
    sequence = WholeNumber(low=1, high=_SEQUENCE_MAX)


class TransactionSchema(JsonSchema):
    """A recorded movement of money; amount and currency are null where it moves several currencies."""

    id = _shown_id(_TRANSACTION_ID, required=True)
    kind = fields.String(required=True, metadata={"example": "transfer"})
    status = _word("posted")
    amount = SignedAmount(example="250.50", required=True, allow_none=True)
    currency = CurrencyCode(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True, metadata={"example": "Rent January"})
    metadata = Metadata(required=True, metadata={"example": _METADATA})
    reverses = Uuid(metadata={"example": _OTHER_TRANSACTION_ID, "description": "The transaction that this one undoes"})
    posted_at = Instant(required=True)
    effective_at = Instant(required=True)
    entries = fields.List(fields.Nested(TransactionEntrySchema), required=True)


class ReceiptAccountSchema(JsonSchema):
    """How people know an account."""

    account_id = _shown_id(_ACCOUNT_ID, required=True)
    number = fields.String(required=True, metadata={"example": _NUMBER})
    name = fields.String(required=True, allow_none=True, metadata={"example": "Savings"})


class ReceiptSchema(TransactionSchema):
    """A transaction as a document: with the numbers of the accounts the viewer may read, and when it was issued."""

    accounts = fields.List(fields.Nested(ReceiptAccountSchema), required=True)
    issued_at = Instant(required=True)


class AuditReceiptSchema(JsonSchema):
    """The bank's signed promise that its audit log holds the record of a transaction, and what it says."""

    receipt = fields.String(required=True, metadata={"description": "The promise as a compact JWS", "example": _SIGNED})
    audit_id = _shown_id(_AUDIT_ID, required=True)
    leaf_hash = fields.String(required=True, metadata={"description": "In hex", "example": _LEAF_HASH})
    posted_at = Instant(required=True)


class ChainSchema(JsonSchema):
    """Whether an account's entries, recomputed, lead to the balance and the head that it has."""

    account_id = _shown_id(_ACCOUNT_ID, required=True)
    valid = fields.Boolean(required=True, metadata={"example": True})
    entries = WholeNumber(low=0, high=_SEQUENCE_MAX, required=True)
    head_hash = fields.String(required=True, metadata={"example": _LEAF_HASH})
    tampered_at = WholeNumber(
        low=1, high=_SEQUENCE_MAX, metadata={"description": "The sequence of the first bad entry"}
    )
    problem = fields.String(metadata={"description": "What is wrong there", "example": "follows entry 3"})


class VerifiedTransactionSchema(JsonSchema):
    """Whether a transaction's entries sum to zero in each currency."""

    transaction_id = _shown_id(_TRANSACTION_ID, required=True)
    balanced = fields.Boolean(required=True, metadata={"example": True})
    entries = WholeNumber(low=0, high=_SEQUENCE_MAX, required=True)


class TrialBalanceLineSchema(JsonSchema):
    """All accounts of one kind in one currency."""

    currency = CurrencyCode(required=True)
    kind = fields.String(required=True, metadata={"enum": list(AccountKind), "example": "customer"})
    accounts = WholeNumber(low=1, high=_SEQUENCE_MAX, required=True)
    total = SignedAmount(example="1000.00", required=True)


class CurrencyTotalSchema(JsonSchema):
    """What all accounts of one currency sum to: zero, or the books are wrong."""

    currency = CurrencyCode(required=True)
    total = SignedAmount(example="0.00", required=True)


class TrialBalanceSchema(JsonSchema):
    """What all accounts hold at one moment."""

    balanced = fields.Boolean(required=True, metadata={"example": True})
    lines = fields.List(fields.Nested(TrialBalanceLineSchema), required=True)
    totals = fields.List(fields.Nested(CurrencyTotalSchema), required=True)
