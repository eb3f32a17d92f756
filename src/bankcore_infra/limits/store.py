"""Limits by their rows."""

import json
from collections.abc import Sequence
from typing import Final

from typing_extensions import override

from bankcore.arguments import require_id, require_optional_id, require_optional_words
from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account
from bankcore.ledger.limit_book import LimitBook, LimitStanding
from bankcore.ledger.limits import LimitPolicy
from bankcore.ledger.stored_limits import policy_document
from bankcore.limits.policies import LimitQueries, LimitUnit, LimitUnits
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.ledger.limits import read_limits
from bankcore_infra.ledger.reading import GET_ACCOUNT, account_in
from bankcore_infra.limits.records import RECORDS
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts

# Takes the lock of the account: who posts on it goes first, or finds the policy.
_MARK: Final = "UPDATE bankcore.accounts SET is_limited = %s WHERE tenant_id = %s AND id = %s"
_STORE: Final = """
    INSERT INTO bankcore.limit_policies AS known (tenant_id, subject_id, version, changed_at, policy)
    VALUES (%s, %s, 1, now(), %s::jsonb)
    ON CONFLICT ON CONSTRAINT limit_policies_pkey DO UPDATE
    SET version = known.version + 1, changed_at = excluded.changed_at, policy = excluded.policy
    RETURNING version
"""


class SqlLimitUnit(SqlUnit, LimitUnit):
    """One tenant's policies inside one transaction."""

    @override
    def find_account(self, account_id: AccountId) -> Account | None:
        return _find_account(self._connection, account_id)

    @override
    def store_policy(self, account_id: AccountId | None, policy: LimitPolicy) -> int:
        connection, tenant_id = self._connection.sql, self._connection.tenant_id
        if account_id is not None:
            connection.exec_driver_sql(_MARK, (bool(policy), tenant_id, account_id))
        document = json.dumps(policy_document(policy))
        stored = connection.exec_driver_sql(_STORE, (tenant_id, account_id or tenant_id, document))
        version: int = stored.scalar_one()
        return version


def limit_units(transactions: Transactions, parts: UnitParts) -> LimitUnits:
    """Units of work of limits, in transactions of one tenant."""
    return SqlUnits(transactions, parts.signals, lambda connection: SqlLimitUnit(connection, parts, RECORDS))


class SqlLimitQueries(LimitQueries):
    """The limits of one tenant, read in transactions that change nothing."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def get_policy(self, account_id: AccountId | None) -> LimitPolicy:
        require_optional_id(account_id, "/accountId")

        def find(connection: TenantConnection) -> LimitPolicy:
            if account_id is None:
                return read_limits(connection, []).tenant
            _require_account(connection, account_id, None)
            return read_limits(connection, [account_id]).accounts[0].own

        return self._transactions.rehearse(find)

    @override
    def list_standings(self, account_id: AccountId, *, owner_id: str | None = None) -> Sequence[LimitStanding]:
        require_id(account_id, "/accountId")
        require_optional_words(owner_id, "/ownerId")

        def find(connection: TenantConnection) -> Sequence[LimitStanding]:
            account = _require_account(connection, account_id, owner_id)
            book = LimitBook(read_limits(connection, [account_id]), opened_at=connection.opened_at)
            return book.standings(account) if book.binds(account) else []

        return self._transactions.rehearse(find)


def _find_account(connection: TenantConnection, account_id: AccountId) -> Account | None:
    rows = connection.ask(GET_ACCOUNT, connection.tenant_id, account_id)
    return account_in(rows[0]) if rows else None


def _require_account(connection: TenantConnection, account_id: AccountId, owner_id: str | None) -> Account:
    account = _find_account(connection, account_id)
    if account is None or owner_id not in {None, account.owner_id}:
        raise NotFoundError(resource="account", identifier=str(account_id))
    return account
