"""What the planner is told of tenants, so that a bank that was analyzed when it was small grows without slowing down.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# ANALYZE keeps no statistics on the tenant (see `isolate_tenants`), and without any the planner takes it for one of
# 200: of 100 rows a tenant has one. A look-up by the tenant alone, in another index, then looks as good as one by the
# whole key, and stays planned so while the table grows, until it is analyzed again. Entries, which grow fastest, are
# all taken for one tenant's; of the accounts, a tenth, so that who reads a small tenant's does not read all.
_TENANTS = {"entries": 1, "accounts": 10}


def upgrade() -> None:
    for table, tenants in _TENANTS.items():
        _on_18(f"""pg_restore_attribute_stats(
            'schemaname', 'bankcore', 'relname', '{table}', 'attname', 'tenant_id', 'inherited', false,
            'version', 180000, 'null_frac', 0::real, 'avg_width', 16, 'n_distinct', {tenants}::real)""")


def downgrade() -> None:
    for table in _TENANTS:
        _on_18(f"pg_clear_attribute_stats('bankcore', '{table}', 'tenant_id', false)")


def _on_18(call: str) -> None:
    """Older servers have no such functions, and only what they know by themselves."""
    op.execute(f"""
        DO $$
        BEGIN
            IF current_setting('server_version_num')::int >= 180000 THEN
                PERFORM {call};
            END IF;
        END $$
    """)
