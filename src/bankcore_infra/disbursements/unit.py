"""The unit of work of disbursements on PostgreSQL, with the ledger inside the same transaction, and reads of them."""

from collections.abc import Collection, Sequence

from typing_extensions import override

from bankcore.disbursements.disbursements import Disbursement, DisbursementId, DisbursementStatus
from bankcore.disbursements.ports import DisbursementQueries, DisbursementUnit
from bankcore.errors import LedgerInvariantError, NotFoundError
from bankcore.payments.configurations import ProviderConfigId
from bankcore.providers.payouts import PayoutDestination
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.disbursements import store
from bankcore_infra.disbursements.locks import lock_disbursement, lock_due_disbursement
from bankcore_infra.disbursements.records import RECORDS
from bankcore_infra.encryption.secret_store import SecretStore
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts


class SqlDisbursementUnit(SqlUnit, DisbursementUnit):
    """Disbursements of one tenant inside one transaction."""

    def __init__(self, connection: TenantConnection, parts: UnitParts, secrets: SecretStore) -> None:
        super().__init__(connection, parts, RECORDS)
        self._secrets = secrets

    @override
    def add_disbursement(self, disbursement: Disbursement, destination: PayoutDestination) -> None:
        store.add_disbursement(self._connection, disbursement)
        store.keep_destination(self._connection, self._secrets, disbursement.id, destination)

    @override
    def find_disbursement(self, disbursement_id: DisbursementId) -> Disbursement | None:
        return store.find_disbursement(self._connection, disbursement_id)

    @override
    def get_destination(self, disbursement_id: DisbursementId) -> PayoutDestination:
        destination = store.find_destination(self._connection, self._secrets, disbursement_id)
        if destination is None:
            raise LedgerInvariantError(f"disbursement {disbursement_id} has no destination")
        return destination

    @override
    def lock_disbursement(self, disbursement_id: DisbursementId) -> Disbursement | None:
        row = lock_disbursement(self._connection.sql, self._connection.tenant_id, disbursement_id)
        return None if row is None else store.disbursement_of(row)

    @override
    def lock_due_disbursement(self, *, passing_over: Collection[ProviderConfigId]) -> Disbursement | None:
        row = lock_due_disbursement(self._connection.sql, self._connection.tenant_id, passing_over)
        return None if row is None else store.disbursement_of(row)

    @override
    def update_disbursement(self, disbursement: Disbursement) -> None:
        store.update_disbursement(self._connection, disbursement)


class SqlDisbursementUnits(SqlUnits[SqlDisbursementUnit]):
    """Units of work of disbursements, in transactions of one tenant."""

    def __init__(self, transactions: Transactions, parts: UnitParts, secrets: SecretStore) -> None:
        super().__init__(
            transactions, parts.signals, lambda connection: SqlDisbursementUnit(connection, parts, secrets)
        )


class SqlDisbursementQueries(DisbursementQueries):
    """The disbursements of one tenant, in read-only transactions."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def get_disbursement(self, disbursement_id: DisbursementId, *, owner_id: str | None = None) -> Disbursement:
        found = self._transactions.rehearse(lambda connection: store.find_disbursement(connection, disbursement_id))
        if found is None or not found.is_shown_to(owner_id):
            raise NotFoundError(resource="disbursement", identifier=str(disbursement_id))
        return found

    @override
    def list_disbursements(
        self,
        *,
        owner_id: str | None = None,
        status: DisbursementStatus | None = None,
        before: DisbursementId | None = None,
        limit: int,
    ) -> Sequence[Disbursement]:
        return self._transactions.rehearse(
            lambda connection: store.list_disbursements(
                connection, owner_id=owner_id, status=status, before=before, limit=limit
            )
        )

    @override
    def list_in_review(self, *, limit: int) -> Sequence[Disbursement]:
        return self._transactions.rehearse(lambda connection: store.list_in_review(connection, limit))
