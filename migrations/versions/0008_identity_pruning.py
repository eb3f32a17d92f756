"""What identity needs no more may be deleted: sessions long ended with their tokens, and attempts long past.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

from bankcore_infra.db.ddl import forbid

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# What may go is decided here and not by whoever deletes: of anything younger, a DELETE finds no row.
_SESSION_IS_OLD = "least(revoked_at, expires_at) < now() - interval '30 days'"
_OLD = {
    "refresh_tokens": f"""EXISTS (
        SELECT FROM bankcore.sessions AS session
        WHERE session.tenant_id = refresh_tokens.tenant_id AND session.id = refresh_tokens.session_id
          AND {_SESSION_IS_OLD})""",
    "sessions": _SESSION_IS_OLD,
    # An attempt is forgotten after a day (and nobody has to wait for that long); what is kept is who it was about.
    "login_attempts": "last_at < now() - interval '2 days' AND not_before < now()",
}


def upgrade() -> None:
    for table, is_old in _OLD.items():
        op.execute(f"DROP TRIGGER {table}_append_only ON bankcore.{table}")
        forbid("TRUNCATE", table)
        op.execute(f"CREATE POLICY only_old ON bankcore.{table} AS RESTRICTIVE FOR DELETE USING ({is_old})")
        op.execute(f"GRANT DELETE ON bankcore.{table} TO bankcore_app")
    op.execute("CREATE INDEX sessions_ended_idx ON bankcore.sessions (tenant_id, (least(revoked_at, expires_at)))")
    op.execute("CREATE INDEX login_attempts_last_idx ON bankcore.login_attempts (tenant_id, last_at)")


def downgrade() -> None:
    op.execute("DROP INDEX bankcore.login_attempts_last_idx")
    op.execute("DROP INDEX bankcore.sessions_ended_idx")
    for table in _OLD:
        op.execute(f"REVOKE DELETE ON bankcore.{table} FROM bankcore_app")
        op.execute(f"DROP POLICY only_old ON bankcore.{table}")
        op.execute(f"DROP TRIGGER {table}_append_only ON bankcore.{table}")
        forbid("DELETE OR TRUNCATE", table)
