"""Assertions by their rows."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row
from typing_extensions import override

from bankcore.assertions.assertions import (
    AssertionId,
    AssertionQueries,
    AssertionUnit,
    AssertionUnits,
    BalanceAssertion,
    CheckedAssertion,
)
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account
from bankcore.money import CURRENCIES, Money
from bankcore_infra.assertions.records import RECORDS
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.identifiers import ID_LAST
from bankcore_infra.ledger.outside import CHECKED_ASSERTIONS
from bankcore_infra.ledger.reading import GET_ACCOUNT, account_in
from bankcore_infra.sql_unit import SqlUnit
from bankcore_infra.units import SqlUnits, UnitParts

_ADD: Final = """
    INSERT INTO bankcore.balance_assertions (
        tenant_id, id, account_id, as_of, recorded_at, stated_minor, currency, source)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
_LIST: Final = f"{CHECKED_ASSERTIONS} WHERE s.tenant_id = %s AND s.id < %s ORDER BY s.id DESC LIMIT %s"


class SqlAssertionUnit(SqlUnit, AssertionUnit):
    """One tenant's assertions inside one transaction."""

    @override
    def find_account(self, account_id: AccountId) -> Account | None:
        rows = self._connection.ask(GET_ACCOUNT, self._connection.tenant_id, account_id)
        return account_in(rows[0]) if rows else None

    @override
    def add_assertion(self, assertion: BalanceAssertion) -> None:
        stated = assertion.stated
        facts = (assertion.id, assertion.account_id, assertion.as_of, assertion.recorded_at, stated.minor)
        self._connection.sql.exec_driver_sql(
            _ADD, (self._connection.tenant_id, *facts, stated.currency.code, assertion.source)
        )


def assertion_units(transactions: Transactions, parts: UnitParts) -> AssertionUnits:
    """Units of work of assertions, in transactions of one tenant."""
    return SqlUnits(transactions, parts.signals, lambda connection: SqlAssertionUnit(connection, parts, RECORDS))


class SqlAssertionQueries(AssertionQueries):
    """The assertions of one tenant, each compared in the statement that reads it."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    @override
    def list_assertions(self, *, before: AssertionId | None = None, limit: int) -> Sequence[CheckedAssertion]:
        def find(connection: TenantConnection) -> Sequence[CheckedAssertion]:
            rows = connection.sql.exec_driver_sql(_LIST, (connection.tenant_id, before or ID_LAST, limit))
            return [_checked(row) for row in rows]

        return self._transactions.rehearse(find)


def _checked(row: Row[Any]) -> CheckedAssertion:
    currency = CURRENCIES[row.currency]
    assertion = BalanceAssertion(
        id=row.id,
        account_id=row.account_id,
        as_of=row.as_of,
        stated=Money(row.stated_minor, currency),
        source=row.source,
        recorded_at=row.recorded_at,
    )
    return CheckedAssertion(assertion, Money(row.counted_minor, currency), row.is_superseded)
