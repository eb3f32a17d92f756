"""Every column of the tables that an export compares is compared, or said to be not proven."""

from typing import Final

from sqlalchemy import Table

from bankcore_infra.audit.laws import columns as verifier
from bankcore_infra.db.tables import (
    ACCOUNTS,
    AUDIT_LOG,
    CHECKPOINTS,
    ENTRIES,
    LOG_LEAVES,
    SESSIONS,
    TRANSACTIONS,
    USERS,
)
from bankcore_infra.db.work_tables import FRAUD_CASES

# All rows of an export are of one tenant. What is not among the columns of a row has a member of its own in its line.
_COMPARED: Final[list[tuple[Table, tuple[str, ...]]]] = [
    (AUDIT_LOG, (*verifier.RECORD_COLUMNS, "id", "body", "context_id")),
    (LOG_LEAVES, ("idx", "audit_id", "hash", "nodes")),
    (CHECKPOINTS, (*verifier.CHECKPOINT_COLUMNS, "frontier", "note")),
    (TRANSACTIONS, verifier.TRANSACTION_COLUMNS),
    (ENTRIES, ("transaction_id", *verifier.ENTRY_COLUMNS)),
    (ACCOUNTS, verifier.ACCOUNT_COLUMNS + verifier.STANDING_COLUMNS),
    (USERS, verifier.USER_COLUMNS),
    (SESSIONS, verifier.SESSION_COLUMNS),
    (FRAUD_CASES, verifier.CASE_COLUMNS),
]


def test_whoever_adds_a_column_decides_whether_the_log_proves_it() -> None:
    columns = {f"{table.name}.{column.name}" for table, _compared in _COMPARED for column in table.columns}
    compared = {f"{table.name}.{name}" for table, names in _COMPARED for name in ("tenant_id", *names)}

    assert columns - compared == set(verifier.NOT_PROVEN)
    assert compared <= columns
