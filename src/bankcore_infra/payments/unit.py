"""The unit of work of payments on PostgreSQL, with the ledger inside the same transaction, and reads of payments."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from typing_extensions import override

from bankcore.errors import NotFoundError, OutcomeUnknownError, UnavailableError
from bankcore.idempotency.keys import Claim, IdempotencyKey
from bankcore.identifiers import AccountId
from bankcore.ledger.command import Command
from bankcore.payments.attempts import PaymentAttempt, PaymentAttemptId
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.notices import NoticeId, NoticeSubject, ProviderNotice
from bankcore.payments.payments import Payment, PaymentId, PaymentStatus
from bankcore.payments.ports import OrderBasis, PaymentQueries, PaymentStep, PaymentUnit
from bankcore_infra.audit.recording.records import Records
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.idempotency.keys import ask_for_keys, take_claims
from bankcore_infra.ledger.ahead import AskedAhead
from bankcore_infra.payments import notices, store
from bankcore_infra.payments.configurations import basis_in, finding_basis
from bankcore_infra.payments.locks import hurry_payment, lock_due_payment, lock_payments
from bankcore_infra.payments.records import RECORDS
from bankcore_infra.payments.rows import attempt_of, payment_of
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts


class SqlPaymentUnit(SqlUnit, PaymentUnit):
    """Payments of one tenant inside one transaction."""

    def __init__(self, connection: TenantConnection, parts: UnitParts, records: Records = RECORDS) -> None:
        super().__init__(connection, parts, records)
        self._expected: AccountId | None = None
        self._basis: OrderBasis | None = None

    @override
    def new_id(self) -> UUID:
        return self._parts.ids.new_id()

    @override
    def expect_order(self, account_id: AccountId) -> None:
        self._expected = account_id

    @override
    def claim_keys(self, keys: Sequence[IdempotencyKey]) -> Mapping[IdempotencyKey, Claim]:
        if self._expected is None:
            return super().claim_keys(keys)
        self._connection.begin_with_keys(keys)
        ask_for_keys(self._connection, keys, finding_basis(self._connection.tenant_id, self._expected))
        claims, (basis,) = take_claims(self._connection, keys)
        self._basis = basis_in(basis)
        return claims

    @override
    def read_basis(self, account_id: AccountId) -> OrderBasis:
        if self._basis is not None and self._expected == account_id:
            return self._basis
        question = finding_basis(self._connection.tenant_id, account_id)
        return basis_in(self._connection.ask(question.statement, *question.parameters))

    @override
    def add_payment(self, payment: Payment) -> None:
        store.add_payment(self._connection, payment)

    @override
    def find_payment(self, payment_id: PaymentId) -> Payment | None:
        return store.find_payment(self._connection, payment_id)

    @override
    def lock_payments(
        self, payment_ids: Sequence[PaymentId], *, then: Sequence[Command] = ()
    ) -> Mapping[PaymentId, Payment]:
        ahead = AskedAhead.of(self._connection.tenant_id, then) if then else None
        found, answers = lock_payments(self._connection, payment_ids, *(() if ahead is None else ahead.questions))
        if ahead is not None:
            self._ahead = ahead.answered(answers)
        attempts = {row.id: attempt_of(row) for row in found.attempts}
        return {PaymentId(row.id): payment_of(row, attempts) for row in found.payments}

    @override
    def find_attempt(self, attempt_id: PaymentAttemptId) -> tuple[PaymentId, PaymentAttempt] | None:
        return store.find_attempt(self._connection, attempt_id)

    @override
    def find_attempt_at(self, config_id: ProviderConfigId, provider_id: str) -> tuple[PaymentId, PaymentAttempt] | None:
        return store.find_attempt_at(self._connection, config_id, provider_id)

    @override
    def lock_due_payment(self, *, passing_over: Collection[ProviderConfigId]) -> Payment | None:
        return self._one(lock_due_payment(self._connection.sql, self._connection.tenant_id, passing_over))

    @override
    def update_payment(self, payment: Payment) -> None:
        store.update_payment(self._connection, payment)

    @override
    def add_attempt(self, payment_id: PaymentId, attempt: PaymentAttempt) -> None:
        store.add_attempt(self._connection, payment_id, attempt)

    @override
    def add_steps(self, payment_id: PaymentId, steps: Sequence[PaymentStep]) -> None:
        store.add_steps(self._connection, payment_id, steps)

    @override
    def add_notice(self, notice: ProviderNotice) -> bool:
        return notices.add_notice(self._connection, notice)

    @override
    def take_due_notice(self, subject: NoticeSubject) -> ProviderNotice | None:
        return notices.take_due_notice(self._connection, subject)

    @override
    def end_notice(self, notice: ProviderNotice) -> bool:
        return notices.end_notice(self._connection, notice)

    @override
    def redrive_notice(self, notice_id: NoticeId) -> ProviderNotice | None:
        return notices.redrive_notice(self._connection, notice_id)

    def _one(self, row: Row[Any] | None) -> Payment | None:
        return None if row is None else store.payments_of(self._connection, [row])[0]


class SqlPaymentUnits(SqlUnits[SqlPaymentUnit]):
    """Units of work of payments, in transactions of one tenant."""

    def __init__(self, transactions: Transactions, parts: UnitParts) -> None:
        super().__init__(transactions, parts.signals, lambda connection: SqlPaymentUnit(connection, parts))


class SqlPaymentQueries(PaymentQueries):
    """The payments of one tenant."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def get_payment(self, payment_id: PaymentId, *, owner_id: str | None = None) -> Payment:
        return self._transactions.rehearse(lambda connection: _get_payment(connection, payment_id, owner_id))

    @override
    def list_payments(
        self,
        *,
        owner_id: str | None = None,
        status: PaymentStatus | None = None,
        before: PaymentId | None = None,
        limit: int,
    ) -> Sequence[Payment]:
        return self._transactions.rehearse(
            lambda connection: store.list_payments(
                connection, owner_id=owner_id, status=status, before=before, limit=limit
            )
        )

    @override
    def list_in_review(self, *, limit: int) -> Sequence[Payment]:
        return self._transactions.rehearse(lambda connection: store.list_in_review(connection, limit))

    @override
    def list_given_up_notices(
        self, *, config_id: ProviderConfigId | None = None, limit: int
    ) -> Sequence[ProviderNotice]:
        return self._transactions.rehearse(
            lambda connection: notices.list_given_up_notices(connection, config_id, limit)
        )

    @override
    def list_steps(self, payment_id: PaymentId, *, owner_id: str | None = None) -> Sequence[PaymentStep]:
        def find(connection: TenantConnection) -> Sequence[PaymentStep]:
            _get_payment(connection, payment_id, owner_id)
            return store.list_steps(connection, payment_id)

        return self._transactions.rehearse(find)

    @override
    def hurry(self, payment_id: PaymentId, *, unless_asked_within: timedelta) -> None:
        try:
            self._transactions.run(
                lambda connection: hurry_payment(connection.sql, connection.tenant_id, payment_id, unless_asked_within)
            )
        except (UnavailableError, OutcomeUnknownError):
            # Whoever reads is not to fail for that; the provider is asked later.
            return


def _get_payment(connection: TenantConnection, payment_id: PaymentId, owner_id: str | None) -> Payment:
    """The payment. Raises: NotFoundError."""
    payment = store.find_payment(connection, payment_id)
    if payment is None or not payment.is_shown_to(owner_id):
        raise NotFoundError(resource="payment", identifier=str(payment_id))
    return payment
