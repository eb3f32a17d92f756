"""The columns of the tables: those that are compared with the log, in the order of an export's rows, and the others."""

from typing import Any, Final

from bankcore_infra.audit.laws.writing import encode

RECORD_COLUMNS: Final = ("at", "action", "outcome", "actor_type", "actor_id", "subject_id", "account_ids", "request_id")
TRANSACTION_COLUMNS: Final = (
    *("id", "posted_at", "effective_at", "amount_minor", "currency", "kind", "reverses", "reference"),
    *("source_type", "source_id", "metadata"),
)
ENTRY_COLUMNS: Final = (
    *("account_id", "sequence", "currency", "amount_minor", "balance_before_minor", "balance_after_minor"),
    *("posted_at", "hash"),
)
ACCOUNT_COLUMNS: Final = ("id", "number", "owner_id", "currency", "kind", "floor_minor", "created_at")
STANDING_COLUMNS: Final = ("balance_minor", "held_minor", "version", "head_hash", "last_posted_at", "status")
USER_COLUMNS: Final = ("id", "created_at", "roles", "status")
SESSION_COLUMNS: Final = ("id", "user_id", "created_at", "revoked_at", "revoke_reason")
CASE_COLUMNS: Final = (
    *("id", "account_id", "transaction_id", "opened_at", "score", "froze_account", "signals", "status"),
    *("decided_at", "decided_by"),
)
POLICY_COLUMNS: Final = ("tenant_id", "changed_at", "policy")
HOLD_COLUMNS: Final = (
    *("id", "account_id", "currency", "amount_minor", "captured_minor", "status", "version", "by_holder", "placed_at"),
    *("expires_at", "reference"),
)
LIMIT_COLUMNS: Final = ("subject_id", "version", "changed_at", "policy", "is_applied")
"""The last one is no column of the table: whether the row of the account says that it has limits."""
CHECKPOINT_COLUMNS: Final = ("size", "root", "upto", "system_id", "era", "previous_hash", "created_at")
NOT_PROVEN: Final = (
    *("accounts.held_at", "accounts.held_until"),
    *("accounts.name", "audit_log.xid", "users.email", "users.full_name", "users.password_hash"),
    *("sessions.expires_at", "sessions.last_used_at", "sessions.generation", "sessions.mfa_at", "fraud_cases.note"),
)
"""Columns of the compared tables that the log does not determine: a change of them is not found."""

CONTEXT_COLUMNS: Final = ("context_id", "context_id, or the context that it names")
STATE_COLUMNS: Final = {
    "checkpoint": CHECKPOINT_COLUMNS,
    "account": ACCOUNT_COLUMNS + STANDING_COLUMNS,
    "user": USER_COLUMNS,
    "session": SESSION_COLUMNS,
    "fraud_case": CASE_COLUMNS,
    "fraud_policy": POLICY_COLUMNS,
    "hold": HOLD_COLUMNS,
    "limit_policy": LIMIT_COLUMNS,
}


def different(columns: tuple[str, ...], said: list[Any], found: Any) -> list[str]:
    """The names of the columns that are not the same."""
    if not isinstance(found, list) or len(found) != len(columns):
        return ["count"]
    pairs = zip(columns, said, found, strict=True)
    return [name for name, one, other in pairs if encode(one) != encode(other)]
