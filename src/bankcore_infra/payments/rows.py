"""Payments and attempts out of their rows."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.transactions import NO_METADATA
from bankcore.money import CURRENCIES, Money
from bankcore.payments.attempts import AttemptStatus, PaymentAttempt, PaymentAttemptId
from bankcore.payments.captures import CaptureMethod, PaymentCapture
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.payments import Payment, PaymentId, PaymentStatus
from bankcore_infra.payments.next_actions import decode_next_action


class PaymentRow(NamedTuple):
    """A row of payments, as far as it is read; its fields are the columns."""

    id: UUID
    account_id: UUID
    attempt_id: UUID
    transaction_id: UUID | None
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    asked_at: datetime | None
    due_at: datetime | None
    review_since: datetime | None
    amount_minor: int
    fee_minor: int | None
    asks: int
    version: int
    currency: str
    status: str
    owner_id: str
    description: str
    reference: str | None
    problem: str | None
    metadata: dict[str, str]
    capture_method: str
    capture_minor: int | None
    capture_asked_at: datetime | None


class AttemptRow(NamedTuple):
    """A row of attempts; its fields are the columns."""

    id: UUID
    payment_id: UUID
    config_id: UUID
    started_at: datetime
    ended_at: datetime | None
    number: int
    status: str
    provider_id: str | None
    code: str | None
    next_action: dict[str, Any] | None


def attempt_of(row: Row[Any] | AttemptRow) -> PaymentAttempt:
    """The attempt in a row."""
    return PaymentAttempt(
        id=PaymentAttemptId(row.id),
        number=row.number,
        config_id=ProviderConfigId(row.config_id),
        started_at=row.started_at,
        status=AttemptStatus(row.status),
        ended_at=row.ended_at,
        provider_id=row.provider_id,
        code=row.code,
        next_action=decode_next_action(row.next_action),
    )


def payment_of(row: Row[Any] | PaymentRow, attempts: Mapping[UUID, PaymentAttempt]) -> Payment:
    """The payment in a row, with its latest attempt, which is among these."""
    currency = CURRENCIES[row.currency]
    capture = None
    if row.capture_minor is not None and row.capture_asked_at is not None:
        capture = PaymentCapture(Money(row.capture_minor, currency), row.capture_asked_at)
    return Payment(
        id=PaymentId(row.id),
        account_id=AccountId(row.account_id),
        owner_id=row.owner_id,
        amount=Money(row.amount_minor, currency),
        description=row.description,
        created_at=row.created_at,
        expires_at=row.expires_at,
        attempt=attempts[row.attempt_id],
        status=PaymentStatus(row.status),
        reference=row.reference,
        metadata=MappingProxyType(row.metadata) if row.metadata else NO_METADATA,
        capture_method=CaptureMethod(row.capture_method),
        capture=capture,
        version=row.version,
        fee=None if row.fee_minor is None else Money(row.fee_minor, currency),
        transaction_id=None if row.transaction_id is None else TransactionId(row.transaction_id),
        ended_at=row.ended_at,
        asks=row.asks,
        asked_at=row.asked_at,
        due_at=row.due_at,
        review_since=row.review_since,
        problem=row.problem,
    )
