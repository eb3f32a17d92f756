"""Every column of the tables that an export compares is compared, or said to be not proven."""

from typing import Final

from bankcore_infra.audit.laws import columns as verifier
from tests.worlds.sql_bank import ScratchDatabase

# All rows of an export are of one tenant. What is not among the columns of a row has a member of its own in its line.
_COMPARED: Final[dict[str, tuple[str, ...]]] = {
    "audit_log": (*verifier.RECORD_COLUMNS, "id", "body", "context_id"),
    "log_leaves": ("idx", "audit_id", "hash", "nodes"),
    "checkpoints": (*verifier.CHECKPOINT_COLUMNS, "frontier", "note"),
    "transactions": verifier.TRANSACTION_COLUMNS,
    "entries": ("transaction_id", *verifier.ENTRY_COLUMNS),
    "accounts": (*verifier.ACCOUNT_COLUMNS, *verifier.STANDING_COLUMNS, "is_limited"),
    "users": verifier.USER_COLUMNS,
    "sessions": verifier.SESSION_COLUMNS,
    "fraud_cases": verifier.CASE_COLUMNS,
    "holds": verifier.HOLD_COLUMNS,
    "limit_policies": verifier.LIMIT_COLUMNS[:-1],
}


def test_whoever_adds_a_column_decides_whether_the_log_proves_it(scratch: ScratchDatabase) -> None:
    rows = scratch.rows(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'bankcore'"
    )

    columns = {f"{table}.{column}" for table, column in rows if table in _COMPARED}
    compared = {f"{table}.{name}" for table, names in _COMPARED.items() for name in ("tenant_id", *names)}
    assert columns - compared == set(verifier.NOT_PROVEN)
    assert compared <= columns
