"""The protections every table gets. Migrations that ran depend on these functions: add new ones, change none."""

from collections.abc import Sequence

from alembic import op


def grant(privileges: str, table: str, *, to: Sequence[str]) -> None:
    """Grant exactly these privileges; nobody has any by default."""
    op.execute(f"GRANT {privileges} ON bankcore.{table} TO {', '.join(to)}")


def isolate_tenants(table: str) -> None:
    """Row level security, forced on the owner too: only rows of the tenant set for the transaction exist.

    Without statistics on the tenant, the planner takes every tenant for an average one. With them, one that it has not
    met yet is taken to have no rows, and a scan of all its rows looks as good as a look-up by the whole key (measured:
    a thousand times slower).
    """
    op.execute(f"ALTER TABLE bankcore.{table} ALTER COLUMN tenant_id SET STATISTICS 0")
    op.execute(f"ALTER TABLE bankcore.{table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE bankcore.{table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant_isolation ON bankcore.{table} USING (tenant_id = bankcore.current_tenant())"
        " WITH CHECK (tenant_id = bankcore.current_tenant())"
    )


def forbid(changes: str, table: str) -> None:
    """Refuse these statements to everybody.

    A trigger for each statement, not for each row: row level security would hide the rows, and the statement would
    succeed silently. ALWAYS, so that a replication role does not switch it off.
    """
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE {changes} ON bankcore.{table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION bankcore.refuse_change()"
    )
    op.execute(f"ALTER TABLE bankcore.{table} ENABLE ALWAYS TRIGGER {table}_append_only")


def append_only(table: str, *, insert: str = "INSERT") -> None:
    """Rows are added and read, never changed: by missing privileges for the application, by a trigger for everybody."""
    forbid("UPDATE OR DELETE OR TRUNCATE", table)
    grant(f"SELECT, {insert}", table, to=("bankcore_app",))
    grant("SELECT", table, to=("bankcore_auditor",))
