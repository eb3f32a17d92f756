"""Reconciliation looks at what is new, names what does not fit, and repairs nothing."""

from bankcore.ledger.accounts import Account
from bankcore.origin import LIBRARY
from bankcore_infra.reconciliation.comparison import Reconciliation, ReconciliationReport
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr


def reconcile(bank: SqlBank) -> ReconciliationReport:
    return Reconciliation(bank.database, bank.tenant_id, bank.ids).run(origin=LIBRARY)


def tamper(bank: SqlBank, account: Account, change: str) -> None:
    """Change the account beside its rules, as somebody with the superuser's password could."""
    bank.scratch.execute("ALTER TABLE bankcore.accounts DISABLE TRIGGER accounts_check")
    bank.scratch.execute(f"UPDATE bankcore.accounts SET {change} WHERE id = %s", account.id)
    bank.scratch.execute("ALTER TABLE bankcore.accounts ENABLE ALWAYS TRIGGER accounts_check")


def test_only_what_changed_since_the_last_run_is_looked_at(bank: SqlBank) -> None:
    alice, bob = bank.open_account(balance="100.00"), bank.open_account("bob")

    first = reconcile(bank)
    bank.ledger.transfer(alice.id, bob.id, npr("1.00"))
    second, third = reconcile(bank), reconcile(bank)

    assert [run.is_clean for run in (first, second, third)] == [True] * 3
    assert (first.accounts, first.entries) == (3, 2)
    assert (second.accounts, second.entries) == (2, 2)
    assert (third.accounts, third.entries) == (0, 0)
    finished = "SELECT subject_id FROM bankcore.audit_log WHERE action = 'reconciliation.finished' ORDER BY id"
    assert bank.scratch.rows(finished) == [(run.run_id,) for run in (first, second, third)]


def test_a_changed_balance_is_recorded_as_drift_in_every_run_and_left_as_it_is(bank: SqlBank) -> None:
    alice = bank.open_account(balance="100.00")
    reconcile(bank)
    tamper(bank, alice, "balance_minor = 99999")

    first, second = reconcile(bank), reconcile(bank)

    for run in (first, second):
        assert [drift.place for drift in run.drifts] == [f"account {alice.id}", "currency NPR"]
        recorded = bank.scratch.rows(
            "SELECT place, problem FROM bankcore.reconciliation_drifts WHERE run_id = %s ORDER BY position", run.run_id
        )
        assert recorded == [(drift.place, drift.problem) for drift in run.drifts]
    assert bank.balance(alice) == "999.99"
    assert bank.scratch.scalar("SELECT sum(drifts) FROM bankcore.reconciliation_runs") == 4


def test_an_account_that_counts_fewer_entries_than_were_checked_drifts(bank: SqlBank) -> None:
    alice = bank.open_account(balance="100.00")
    reconcile(bank)
    tamper(bank, alice, "version = 0, balance_minor = 0, last_posted_at = NULL, head_hash = '\\x" + "00" * 32 + "'")

    run = reconcile(bank)

    assert f"account {alice.id}" in {drift.place for drift in run.drifts}


def test_a_wrong_entry_is_named_and_other_accounts_are_still_checked(bank: SqlBank) -> None:
    alice, bob = bank.open_account(balance="100.00"), bank.open_account("bob", balance="5.00")
    bank.scratch.execute("ALTER TABLE bankcore.entries DISABLE TRIGGER entries_append_only")
    bank.scratch.execute(
        "UPDATE bankcore.entries SET posted_at = posted_at + interval '1 second' WHERE account_id = %s", alice.id
    )

    run = reconcile(bank)

    assert {drift.place for drift in run.drifts} == {f"account {alice.id} entry 1"}
    positions = bank.scratch.rows("SELECT account_id FROM bankcore.reconciliation_positions")
    assert (bob.id,) in positions
    assert (alice.id,) not in positions
