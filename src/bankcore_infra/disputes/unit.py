"""The unit of work of disputes on PostgreSQL, with refunds, payments and the ledger in one transaction, and reads."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from typing_extensions import override

from bankcore.disputes.disputes import DisputeStatus, PaymentDispute, PaymentDisputeId
from bankcore.disputes.ports import DisputeQueries, DisputeUnit
from bankcore.errors import NotFoundError, OutcomeUnknownError, UnavailableError
from bankcore.payments.configurations import ProviderConfigId
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.disputes import store
from bankcore_infra.disputes.locks import hurry_dispute, lock_dispute, lock_due_dispute
from bankcore_infra.disputes.records import RECORDS
from bankcore_infra.refunds.unit import SqlRefundUnit
from bankcore_infra.units import SqlUnits, UnitParts


class SqlDisputeUnit(SqlRefundUnit, DisputeUnit):
    """Disputes of one tenant inside one transaction."""

    def __init__(self, connection: TenantConnection, parts: UnitParts) -> None:
        super().__init__(connection, parts, RECORDS)

    @override
    def add_dispute(self, dispute: PaymentDispute) -> None:
        store.add_dispute(self._connection, dispute)

    @override
    def find_dispute(self, dispute_id: PaymentDisputeId) -> PaymentDispute | None:
        return store.find_dispute(self._connection, dispute_id)

    @override
    def lock_dispute(self, config_id: ProviderConfigId, provider_id: str) -> PaymentDispute | None:
        row = lock_dispute(self._connection.sql, self._connection.tenant_id, config_id, provider_id)
        return None if row is None else store.dispute_of(row)

    @override
    def lock_due_dispute(self, *, passing_over: Collection[ProviderConfigId]) -> PaymentDispute | None:
        row = lock_due_dispute(self._connection.sql, self._connection.tenant_id, passing_over)
        return None if row is None else store.dispute_of(row)

    @override
    def update_dispute(self, dispute: PaymentDispute) -> None:
        store.update_dispute(self._connection, dispute)


class SqlDisputeUnits(SqlUnits[SqlDisputeUnit]):
    """Units of work of disputes, in transactions of one tenant."""

    def __init__(self, transactions: Transactions, parts: UnitParts) -> None:
        super().__init__(transactions, parts.signals, lambda connection: SqlDisputeUnit(connection, parts))


class SqlDisputeQueries(DisputeQueries):
    """The disputes of one tenant."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def get_dispute(self, dispute_id: PaymentDisputeId, *, owner_id: str | None = None) -> PaymentDispute:
        dispute = self._transactions.rehearse(lambda connection: store.find_dispute(connection, dispute_id))
        if dispute is None or not dispute.is_shown_to(owner_id):
            raise NotFoundError(resource="dispute", identifier=str(dispute_id))
        return dispute

    @override
    def list_disputes(
        self,
        *,
        owner_id: str | None = None,
        status: DisputeStatus | None = None,
        before: PaymentDisputeId | None = None,
        limit: int,
    ) -> Sequence[PaymentDispute]:
        return self._transactions.rehearse(
            lambda connection: store.list_disputes(
                connection, owner_id=owner_id, status=status, before=before, limit=limit
            )
        )

    @override
    def hurry_dispute(self, dispute_id: PaymentDisputeId, *, unless_asked_within: timedelta) -> None:
        try:
            self._transactions.run(
                lambda connection: hurry_dispute(connection.sql, connection.tenant_id, dispute_id, unless_asked_within)
            )
        except (UnavailableError, OutcomeUnknownError):
            # Whoever reads is not to fail for that; the provider is asked later.
            return

    @override
    def list_in_review(self, *, limit: int) -> Sequence[PaymentDispute]:
        return self._transactions.rehearse(lambda connection: store.list_in_review(connection, limit))
