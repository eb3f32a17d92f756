"""Assertions in memory: the real use case, on assertions that vanish with the test."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bankcore.assertions.assertions import (
    AssertionId,
    AssertionQueries,
    AssertionUnit,
    BalanceAssertion,
    CheckedAssertion,
    in_sight_of_others,
)
from bankcore.assertions.import_statement import ImportStatement
from bankcore.assertions.record import RecordAssertions
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.sections import Section
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits


@dataclass(slots=True)
class StoredAssertions(Section):
    """The assertions of one tenant, in the order in which they came."""

    all: list[BalanceAssertion] = field(default_factory=list)


class InMemoryAssertionUnit(InMemoryUnit, AssertionUnit):
    """Assertions of one tenant inside one unit of work, on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, stored: StoredAssertions) -> None:
        super().__init__(ledger_unit, bank)
        self._books = ledger_unit.draft
        self._draft = ledger_unit.draft.section(stored)

    def find_account(self, account_id: AccountId) -> Account | None:
        return self._books.accounts.get(account_id)

    def add_assertion(self, assertion: BalanceAssertion) -> None:
        self._draft.all.append(assertion)


class InMemoryAssertionQueries(AssertionQueries):
    """Compares the committed assertions with the committed books."""

    def __init__(self, stored: StoredAssertions, bank: InMemoryBank) -> None:
        self._stored = stored
        self._bank = bank

    def list_assertions(self, *, before: AssertionId | None = None, limit: int) -> Sequence[CheckedAssertion]:
        found = [self._checked(each) for each in reversed(self._stored.all) if before is None or each.id < before]
        return found[:limit]

    def _checked(self, assertion: BalanceAssertion) -> CheckedAssertion:
        account = self._bank.queries.get_account(assertion.account_id)
        counted = self._bank.queries.balance_effective_at(assertion.account_id, assertion.as_of).balance
        later = [
            each
            for each in self._stored.all
            if (each.account_id, each.as_of) == (assertion.account_id, assertion.as_of) and each.id > assertion.id
        ]
        return CheckedAssertion(assertion, in_sight_of_others(account.kind, counted), bool(later))


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemoryAssertions:
    """What one tenant's assertions offer."""

    record: RecordAssertions
    import_statement: ImportStatement
    queries: InMemoryAssertionQueries


def in_memory_assertions(bank: InMemoryBank) -> InMemoryAssertions:
    """No assertions yet, for the tenant of that bank."""
    stored = StoredAssertions()
    bank.books.add_section(stored)
    units = InMemoryUnits(bank, lambda unit: InMemoryAssertionUnit(unit, bank, stored))
    record = RecordAssertions(units)
    return InMemoryAssertions(
        record=record,
        import_statement=ImportStatement(record, bank.queries),
        queries=InMemoryAssertionQueries(stored, bank),
    )
