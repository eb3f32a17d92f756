"""The unit of work of approvals on PostgreSQL, with the ledger inside the same transaction, and reads of approvals."""

from collections.abc import Sequence
from uuid import UUID

from typing_extensions import override

from bankcore.approvals.approvals import Approval, ApprovalId, ApprovalStatus
from bankcore.approvals.ports import ApprovalQueries, ApprovalUnit
from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account
from bankcore.ledger.transactions import Transaction
from bankcore_infra.approvals import store
from bankcore_infra.approvals.locks import lock_approval
from bankcore_infra.approvals.records import RECORDS
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.ledger.reading import GET_ACCOUNT, account_in, find_transactions
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts


class SqlApprovalUnit(SqlUnit, ApprovalUnit):
    """Approvals of one tenant inside one transaction."""

    def __init__(self, connection: TenantConnection, parts: UnitParts) -> None:
        super().__init__(connection, parts, RECORDS)

    @override
    def new_id(self) -> UUID:
        return self._parts.ids.new_id()

    @override
    def find_account(self, account_id: AccountId) -> Account | None:
        rows = self._connection.ask(GET_ACCOUNT, self._connection.tenant_id, account_id)
        return account_in(rows[0]) if rows else None

    @override
    def find_transaction(self, transaction_id: TransactionId) -> Transaction | None:
        return find_transactions(self._connection, [transaction_id]).get(transaction_id)

    @override
    def add_approval(self, approval: Approval) -> None:
        store.add_approval(self._connection, approval)

    @override
    def find_approval(self, approval_id: ApprovalId) -> Approval | None:
        return store.find_approval(self._connection, approval_id)

    @override
    def lock_approval(self, approval_id: ApprovalId) -> Approval | None:
        row = lock_approval(self._connection.sql, self._connection.tenant_id, approval_id)
        return None if row is None else store.approval_of(row)

    @override
    def end_approval(self, approval: Approval) -> None:
        store.end_approval(self._connection, approval)


class SqlApprovalUnits(SqlUnits[SqlApprovalUnit]):
    """Units of work of approvals, in transactions of one tenant."""

    def __init__(self, transactions: Transactions, parts: UnitParts) -> None:
        super().__init__(transactions, parts.signals, lambda connection: SqlApprovalUnit(connection, parts))


class SqlApprovalQueries(ApprovalQueries):
    """The approvals of one tenant, in read-only transactions."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def get_approval(self, approval_id: ApprovalId, *, requested_by: str | None = None) -> Approval:
        def get(connection: TenantConnection) -> Approval:
            approval = store.find_approval(connection, approval_id)
            if approval is None or not approval.is_shown_to(requested_by):
                raise NotFoundError(resource="approval", identifier=str(approval_id))
            return approval.as_of(connection.opened_at)

        return self._transactions.rehearse(get)

    @override
    def list_approvals(
        self,
        *,
        requested_by: str | None = None,
        status: ApprovalStatus | None = None,
        before: ApprovalId | None = None,
        limit: int,
    ) -> Sequence[Approval]:
        return self._transactions.rehearse(
            lambda connection: store.list_approvals(
                connection, requested_by=requested_by, status=status, before=before, limit=limit
            )
        )
