"""Assertions as a capability: operators put them down, verification and reconciliation look at them."""

from typing import Final

from bankcore.assertions.assertions import AssertionQueries
from bankcore.assertions.import_statement import ImportStatement
from bankcore.assertions.record import RecordAssertions
from bankcore.ledger.queries import LedgerQueries
from bankcore_infra.capability import Capability, TenantParts


def _record(parts: TenantParts) -> RecordAssertions:
    from bankcore_infra.assertions.store import assertion_units

    return RecordAssertions(assertion_units(parts.transactions, parts.bank.unit))


def _queries(parts: TenantParts) -> AssertionQueries:
    from bankcore_infra.assertions.store import SqlAssertionQueries

    return SqlAssertionQueries(parts.transactions)


def _import(parts: TenantParts) -> ImportStatement:
    return ImportStatement(parts.get(RecordAssertions), parts.get(LedgerQueries))


ASSERTIONS: Final = Capability(
    name="assertions",
    services={RecordAssertions: _record, AssertionQueries: _queries, ImportStatement: _import},
)
