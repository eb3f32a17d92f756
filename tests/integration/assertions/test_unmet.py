"""Verification and reconciliation find a stated balance that the books do not agree with."""

import pytest

from bankcore.assertions.record import AssertBalances, RecordAssertions, StatedBalance
from bankcore.ledger.accounts import settlement_account_id
from bankcore.origin import LIBRARY
from bankcore_infra.assertions.store import assertion_units
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.ledger.verification import verify_books
from bankcore_infra.reconciliation.comparison import Reconciliation
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import NPR, npr

pytestmark = pytest.mark.postgres


def state(bank: SqlBank, amount: str) -> None:
    """What the settlement bank says we have there now; each time the next instant."""
    account_id = settlement_account_id(bank.tenant_id, NPR)
    as_of = bank.queries.balance_at(account_id).at
    stated = (StatedBalance(as_of, npr(amount)),)
    RecordAssertions(assertion_units(OwnTransactions(bank.database, bank.tenant_id), bank.unit))(
        AssertBalances(account_id=account_id, stated=stated, source="the settlement bank"), origin=LIBRARY
    )


def found(bank: SqlBank) -> tuple[list[str], list[str]]:
    """What verification says is wrong, and what reconciliation does."""
    with bank.database.engine_for(bank.tenant_id).connect() as connection:
        verified = verify_books(connection, bank.tenant_id).findings
    drifts = Reconciliation(bank.database, bank.tenant_id, bank.ids).run(origin=LIBRARY).drifts
    return [str(each.problem) for each in verified], [str(each.problem) for each in drifts]


def test_a_balance_that_is_met_is_no_finding(bank: SqlBank, other_bank: SqlBank) -> None:
    bank.open_account("sita", balance="5.00")
    other_bank.open_account("ram", balance="7.00")
    state(other_bank, "8.00")
    state(bank, "5.00")

    assert found(bank) == ([], [])


def test_money_that_was_never_posted_is_found_by_both(bank: SqlBank) -> None:
    bank.open_account("sita", balance="5.00")
    state(bank, "5.25")

    verified, drifts = found(bank)

    assert verified == drifts
    (problem,) = verified
    assert problem.startswith("counts 500 minor units by 20")
    assert problem.endswith("and the settlement bank states 525")
