"""What an auditor can ask of the audit log, and personal data beside it instead of in it.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Each index is written by every posting, so there are only those that a filter needs (docs/adr/0015). All are ordered
# by time; records of one instant are few and are sorted when they are read.
_INDEXES = {
    "audit_log_at_idx": "(tenant_id, at)",
    "audit_log_actor_idx": "(tenant_id, actor_id, at)",
    "audit_log_request_idx": "(tenant_id, request_id, at) WHERE request_id IS NOT NULL",
    # Nearly all records are successful postings: they are found along the time, and only the others need a place here.
    "audit_log_action_idx": "(tenant_id, action, at) WHERE action <> 'transaction.posted'",
    "audit_log_outcome_idx": "(tenant_id, outcome, at) WHERE outcome <> 'success'",
    # One for each place in the array. An index on all its elements knows no order, and its operator is not leakproof,
    # so that row level security keeps the application from using it at all.
    "audit_log_account_1_idx": "(tenant_id, (account_ids[1]), at) WHERE cardinality(account_ids) >= 1",
    "audit_log_account_2_idx": "(tenant_id, (account_ids[2]), at) WHERE cardinality(account_ids) >= 2",
    "audit_log_account_3_idx": "(tenant_id, (account_ids[3]), at) WHERE cardinality(account_ids) >= 3",
    "audit_log_account_4_idx": "(tenant_id, (account_ids[4]), at) WHERE cardinality(account_ids) >= 4",
    # The few records of more accounts are looked through.
    "audit_log_accounts_idx": "(tenant_id, at) WHERE cardinality(account_ids) > 4",
}


def upgrade() -> None:
    _context()
    _move_personal_data()
    op.execute("ALTER TABLE bankcore.audit_log DROP COLUMN ip_address, DROP COLUMN user_agent")
    _allow_outcomes("success", "rejected", "denied", "failed")
    for name, definition in _INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON bankcore.audit_log {definition}")


def downgrade() -> None:
    for name in _INDEXES:
        op.execute(f"DROP INDEX bankcore.{name}")
    op.execute("ALTER TABLE bankcore.audit_log ADD COLUMN ip_address text, ADD COLUMN user_agent text")
    op.execute("GRANT INSERT (ip_address, user_agent) ON bankcore.audit_log TO bankcore_app")
    _as_its_owner(
        """
        UPDATE bankcore.audit_log AS log SET ip_address = context.ip_address, user_agent = context.user_agent
        FROM bankcore.audit_context AS context
        WHERE context.tenant_id = log.tenant_id AND context.id = log.context_id
        """,
        # The older schema has no word for an attempt that was undone.
        "UPDATE bankcore.audit_log SET outcome = 'rejected' WHERE outcome = 'failed'",
    )
    _allow_outcomes("success", "rejected", "denied")
    op.execute("ALTER TABLE bankcore.audit_log DROP COLUMN context_id")
    op.execute("DROP TABLE bankcore.audit_context")


def _context() -> None:
    # Whoever deletes a row here erases who it was; the record that names it stays, and so does its hash.
    op.execute("""
        CREATE TABLE bankcore.audit_context (
            tenant_id uuid NOT NULL,
            id uuid NOT NULL,
            salt bytea NOT NULL,
            ip_address text,
            user_agent text,
            CONSTRAINT audit_context_pkey PRIMARY KEY (tenant_id, id)
        )
    """)
    isolate_tenants("audit_context")
    forbid("UPDATE OR TRUNCATE", "audit_context")
    grant("SELECT, INSERT, DELETE", "audit_context", to=("bankcore_app",))
    grant("SELECT", "audit_context", to=("bankcore_auditor",))
    op.execute("ALTER TABLE bankcore.audit_log ADD COLUMN context_id uuid")
    op.execute("GRANT INSERT (context_id) ON bankcore.audit_log TO bankcore_app, bankcore_sealer")


def _move_personal_data() -> None:
    """Records of before have no hash of their context in their body, and so need no salt."""
    _as_its_owner(
        """
        INSERT INTO bankcore.audit_context (tenant_id, id, salt, ip_address, user_agent)
        SELECT tenant_id, id, '', ip_address, user_agent FROM bankcore.audit_log
        WHERE ip_address IS NOT NULL OR user_agent IS NOT NULL
        """,
        "UPDATE bankcore.audit_log SET context_id = id WHERE ip_address IS NOT NULL OR user_agent IS NOT NULL",
    )


def _allow_outcomes(*outcomes: str) -> None:
    listed = ", ".join(f"'{outcome}'" for outcome in outcomes)
    op.execute("ALTER TABLE bankcore.audit_log DROP CONSTRAINT audit_log_outcome_check")
    op.execute(f"ALTER TABLE bankcore.audit_log ADD CONSTRAINT audit_log_outcome_check CHECK (outcome IN ({listed}))")


def _as_its_owner(*statements: str) -> None:
    """Change the log in columns that are no part of what is sealed; all of it is one transaction with the migration."""
    for table in ("audit_log", "audit_context"):
        op.execute(f"ALTER TABLE bankcore.{table} NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE bankcore.audit_log DISABLE TRIGGER audit_log_append_only")
    for statement in statements:
        op.execute(statement)
    op.execute("ALTER TABLE bankcore.audit_log ENABLE ALWAYS TRIGGER audit_log_append_only")
    for table in ("audit_log", "audit_context"):
        op.execute(f"ALTER TABLE bankcore.{table} FORCE ROW LEVEL SECURITY")
