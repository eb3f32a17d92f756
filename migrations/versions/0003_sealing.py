"""The Merkle log over the audit log: its leaves and its signed checkpoints, which the sealer alone may add to.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

from bankcore_infra.db.ddl import forbid, grant, isolate_tenants

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_READERS = ("bankcore_app", "bankcore_auditor")


def upgrade() -> None:
    op.execute("CREATE INDEX audit_log_commit_idx ON bankcore.audit_log (tenant_id, xid, id)")
    _log_leaves()
    _checkpoints()
    op.execute("GRANT USAGE ON SCHEMA bankcore TO bankcore_sealer")
    for table in ("alembic_version", "tenants", "audit_log", "log_leaves", "checkpoints"):
        grant("SELECT", table, to=("bankcore_sealer",))
    grant("SELECT (tenant_id, id, version, head_hash)", "accounts", to=("bankcore_sealer",))
    # It records what it does like everybody else: the database numbers its transactions too.
    grant(
        "INSERT (tenant_id, id, at, action, outcome, actor_type, actor_id, subject_id, account_ids, request_id,"
        " ip_address, user_agent, body)",
        "audit_log",
        to=("bankcore_sealer",),
    )


def downgrade() -> None:
    for table in ("checkpoints", "log_leaves"):
        op.execute(f"DROP TABLE bankcore.{table}")
    op.execute("DROP INDEX bankcore.audit_log_commit_idx")
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA bankcore FROM bankcore_sealer")
    op.execute("REVOKE USAGE ON SCHEMA bankcore FROM bankcore_sealer")


def _log_leaves() -> None:
    # `nodes` are the hashes of the subtrees of level 1, 2, ... that this leaf completes, one a leaf on average. With
    # them any proof is a few look-ups by key.
    op.execute("""
        CREATE TABLE bankcore.log_leaves (
            tenant_id uuid NOT NULL,
            idx bigint NOT NULL,
            audit_id uuid NOT NULL,
            hash bytea NOT NULL,
            nodes bytea[] NOT NULL,
            CONSTRAINT log_leaves_pkey PRIMARY KEY (tenant_id, idx),
            CONSTRAINT log_leaves_audit_key UNIQUE (tenant_id, audit_id),
            CONSTRAINT log_leaves_idx_check CHECK (idx >= 0),
            CONSTRAINT log_leaves_hash_check CHECK (octet_length(hash) = 32)
        )
    """)
    isolate_tenants("log_leaves")
    forbid("UPDATE OR DELETE OR TRUNCATE", "log_leaves")
    grant("SELECT", "log_leaves", to=_READERS)
    grant("INSERT (tenant_id, idx, audit_id, hash, nodes)", "log_leaves", to=("bankcore_sealer",))


def _checkpoints() -> None:
    op.execute("""
        CREATE TABLE bankcore.checkpoints (
            tenant_id uuid NOT NULL CONSTRAINT checkpoints_tenant_fkey REFERENCES bankcore.tenants,
            size bigint NOT NULL,
            upto xid8 NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            system_id bigint NOT NULL,
            era integer NOT NULL,
            root bytea NOT NULL,
            previous_hash bytea NOT NULL,
            frontier bytea[] NOT NULL,
            note text NOT NULL,
            CONSTRAINT checkpoints_pkey PRIMARY KEY (tenant_id, size),
            CONSTRAINT checkpoints_size_check CHECK (size > 0),
            CONSTRAINT checkpoints_era_check CHECK (era > 0),
            CONSTRAINT checkpoints_root_check CHECK (octet_length(root) = 32),
            CONSTRAINT checkpoints_previous_hash_check CHECK (octet_length(previous_hash) = 32)
        )
    """)
    op.execute("CREATE INDEX checkpoints_created_idx ON bankcore.checkpoints (tenant_id, created_at)")
    isolate_tenants("checkpoints")
    forbid("UPDATE OR DELETE OR TRUNCATE", "checkpoints")
    grant("SELECT", "checkpoints", to=_READERS)
    grant(
        "INSERT (tenant_id, size, upto, system_id, era, root, previous_hash, frontier, note)",
        "checkpoints",
        to=("bankcore_sealer",),
    )
