"""Approvals that somebody changed past the bank are found by `bankcore verify`."""

import pytest

from bankcore_infra.approvals.proof import PROOF
from bankcore_infra.db.transactions import OwnTransactions
from tests.contract.approval_adapters import ASHA, SITA, ApprovalAdapter, postgresql_approval_adapter
from tests.worlds.sql_bank import SqlBank


@pytest.fixture
def approvals(bank: SqlBank) -> ApprovalAdapter:
    return postgresql_approval_adapter(bank)


def found(bank: SqlBank) -> list[str]:
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    return transactions.rehearse(lambda connection: [each.problem for each in PROOF.verify(connection)])


def end_each_way(approvals: ApprovalAdapter) -> None:
    approved, rejected, withdrawn, _waiting = (approvals.request(approvals.transfer("1")) for _ in range(4))
    approvals.service.approve(approved.id, origin=ASHA)
    approvals.service.reject(rejected.id, reason="not known", origin=ASHA)
    approvals.service.withdraw(withdrawn.id, origin=SITA)


def test_approvals_of_the_bank_are_as_the_log_tells(approvals: ApprovalAdapter, bank: SqlBank) -> None:
    end_each_way(approvals)

    assert found(bank) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("SET ended_by = 'bina' WHERE status = 'approved'", "is not as the log tells of it: endedBy"),
        ("SET requested_by = 'ram' WHERE status = 'pending'", "is not as the log tells of it: requestedBy"),
        ("SET owner_id = NULL WHERE status = 'pending'", "is not as the log tells of it: limitedTo"),
        ("SET expires_at = expires_at + interval '1 day' WHERE status = 'pending'", "is not as the log tells"),
        (
            "SET command = command || '{\"minor\": 999}' WHERE status = 'pending'",
            "is not as the log tells of it: request",
        ),
        ("SET command = command || '{\"minor\": 0}' WHERE status = 'pending'", "holds what no approval has"),
        ("SET command = '{}' WHERE status = 'pending'", "holds what no approval has"),
        (
            "SET transaction_id = gen_random_uuid() WHERE status = 'approved'",
            "is not the one whose transaction it names",
        ),
        ("SET id = gen_random_uuid() WHERE status = 'rejected'", "the log has no record of it"),
    ],
)
def test_a_changed_approval_is_found(approvals: ApprovalAdapter, bank: SqlBank, change: str, problem: str) -> None:
    end_each_way(approvals)

    bank.scratch.execute("ALTER TABLE bankcore.approvals DISABLE TRIGGER approvals_end_once")
    bank.scratch.execute(f"UPDATE bankcore.approvals {change}")

    assert any(each.startswith(problem) for each in found(bank)), found(bank)


def test_a_removed_approval_is_found_with_its_transaction(approvals: ApprovalAdapter, bank: SqlBank) -> None:
    end_each_way(approvals)

    bank.scratch.execute("ALTER TABLE bankcore.approvals DISABLE TRIGGER approvals_append_only")
    bank.scratch.execute("DELETE FROM bankcore.approvals WHERE status = 'approved'")

    assert set(found(bank)) == {"is gone", "was made for an approval that is not approved"}
