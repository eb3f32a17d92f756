"""The unit of work of refunds on PostgreSQL, with payments and the ledger in the same transaction, and reads."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from typing_extensions import override

from bankcore.errors import NotFoundError, OutcomeUnknownError, UnavailableError
from bankcore.money import Money
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.payments import PaymentId
from bankcore.refunds.ports import RefundQueries, RefundUnit
from bankcore.refunds.refunds import PaymentRefund, PaymentRefundId
from bankcore_infra.audit.recording.records import Records
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.payments.unit import SqlPaymentUnit
from bankcore_infra.refunds import store
from bankcore_infra.refunds.locks import hurry_refund, lock_due_refund, lock_refund
from bankcore_infra.refunds.records import RECORDS
from bankcore_infra.units import SqlUnits, UnitParts


class SqlRefundUnit(SqlPaymentUnit, RefundUnit):
    """Refunds of one tenant inside one transaction."""

    def __init__(self, connection: TenantConnection, parts: UnitParts, records: Records = RECORDS) -> None:
        super().__init__(connection, parts, records)

    @override
    def add_refund(self, refund: PaymentRefund) -> None:
        store.add_refund(self._connection, refund)

    @override
    def find_refund(self, refund_id: PaymentRefundId) -> PaymentRefund | None:
        return store.find_refund(self._connection, refund_id)

    @override
    def sum_refunds(self, payment_id: PaymentId) -> int:
        return store.sum_refunds(self._connection, payment_id)

    @override
    def sum_disputed(self, payment_id: PaymentId) -> int:
        return store.sum_disputed(self._connection, payment_id)

    @override
    def list_open_refunds(self, payment_id: PaymentId) -> Sequence[PaymentRefund]:
        return store.list_open_refunds(self._connection, payment_id)

    @override
    def lock_refund(self, refund_id: PaymentRefundId) -> PaymentRefund | None:
        row = lock_refund(self._connection.sql, self._connection.tenant_id, refund_id)
        return None if row is None else store.refund_of(row)

    @override
    def lock_due_refund(self, *, passing_over: Collection[ProviderConfigId]) -> PaymentRefund | None:
        row = lock_due_refund(self._connection.sql, self._connection.tenant_id, passing_over)
        return None if row is None else store.refund_of(row)

    @override
    def update_refund(self, refund: PaymentRefund) -> None:
        store.update_refund(self._connection, refund)


class SqlRefundUnits(SqlUnits[SqlRefundUnit]):
    """Units of work of refunds, in transactions of one tenant."""

    def __init__(self, transactions: Transactions, parts: UnitParts) -> None:
        super().__init__(transactions, parts.signals, lambda connection: SqlRefundUnit(connection, parts))


class SqlRefundQueries(RefundQueries):
    """The refunds of one tenant."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def get_refund(self, refund_id: PaymentRefundId, *, owner_id: str | None = None) -> PaymentRefund:
        refund = self._transactions.rehearse(lambda connection: store.find_refund(connection, refund_id))
        if refund is None or not refund.is_shown_to(owner_id):
            raise NotFoundError(resource="refund", identifier=str(refund_id))
        return refund

    @override
    def list_refunds(
        self,
        payment_id: PaymentId,
        *,
        before: PaymentRefundId | None = None,
        limit: int,
    ) -> Sequence[PaymentRefund]:
        return self._transactions.rehearse(
            lambda connection: store.list_refunds(connection, payment_id, before=before, limit=limit)
        )

    @override
    def list_in_review(self, *, limit: int) -> Sequence[PaymentRefund]:
        return self._transactions.rehearse(lambda connection: store.list_in_review(connection, limit))

    @override
    def list_refunded(self, payment_ids: Collection[PaymentId]) -> Mapping[PaymentId, Money]:
        return self._transactions.rehearse(lambda connection: store.list_refunded(connection, payment_ids))

    @override
    def hurry_refund(self, refund_id: PaymentRefundId, *, unless_asked_within: timedelta) -> None:
        try:
            self._transactions.run(
                lambda connection: hurry_refund(connection.sql, connection.tenant_id, refund_id, unless_asked_within)
            )
        except (UnavailableError, OutcomeUnknownError):
            # Whoever reads is not to fail for that; the provider is asked later.
            return
