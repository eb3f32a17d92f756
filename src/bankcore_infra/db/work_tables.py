"""The tables of the work that follows a transaction, for SQLAlchemy Core, beside those of `tables`."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from bankcore_infra.db.tables import METADATA

CURSORS: Final = Table(
    "cursors",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("consumer", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("alone_until", BigInteger, nullable=False),
    Column("attempt", BigInteger, nullable=False),
    Column("begun_at", DateTime(timezone=True)),
    Column("due_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

PARKED_EVENTS: Final = Table(
    "parked_events",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("id", UUID, primary_key=True),
    Column("consumer", Text, nullable=False),
    Column("event_id", UUID, nullable=False),
    Column("account_id", UUID),
    Column("sequence", BigInteger),
    Column("status", Text, nullable=False),
    Column("starts", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("last_error", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

JOB_RUNS: Final = Table(
    "job_runs",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("job", Text, primary_key=True),
    Column("slot", DateTime(timezone=True), primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("lease_until", DateTime(timezone=True), nullable=False),
    Column("claimed_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Column("outcome", Text),
    Column("last_error", Text),
)

RECONCILIATION_POSITIONS: Final = Table(
    "reconciliation_positions",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("account_id", UUID, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("balance_minor", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("posted_at", DateTime(timezone=True)),
)

RECONCILIATION_RUNS: Final = Table(
    "reconciliation_runs",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("id", UUID, primary_key=True),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True), nullable=False),
    Column("accounts", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("drifts", BigInteger, nullable=False),
)

RECONCILIATION_DRIFTS: Final = Table(
    "reconciliation_drifts",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("run_id", UUID, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("place", Text, nullable=False),
    Column("problem", Text, nullable=False),
    Column("detected_at", DateTime(timezone=True), nullable=False),
)

FRAUD_POLICIES: Final = Table(
    "fraud_policies",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("policy", JSONB, nullable=False),
)

FRAUD_CASES: Final = Table(
    "fraud_cases",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("id", UUID, primary_key=True),
    Column("account_id", UUID, nullable=False),
    Column("transaction_id", UUID, nullable=False),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("decided_at", DateTime(timezone=True)),
    Column("score", Integer, nullable=False),
    Column("froze_account", Boolean, nullable=False),
    Column("status", Text, nullable=False),
    Column("decided_by", Text),
    Column("note", Text),
    Column("signals", JSONB, nullable=False),
)

FRAUD_ACTIVITIES: Final = Table(
    "fraud_activities",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("account_id", UUID, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("activity", LargeBinary, nullable=False),
)

NOTIFICATION_PREFERENCES: Final = Table(
    "notification_preferences",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("user_id", UUID, primary_key=True),
    Column("template", Text, primary_key=True),
    Column("channels", ARRAY(Text), nullable=False),
)

NOTIFICATIONS: Final = Table(
    "notifications",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("id", UUID, primary_key=True),
    Column("event_id", UUID, nullable=False),
    Column("user_id", UUID, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("next_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("attempt", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("last_error", Text),
)
