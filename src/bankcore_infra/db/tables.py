"""The tables of books, log and people, for SQLAlchemy Core; migrations make them, and a test compares the two."""

from typing import Final

from sqlalchemy import BigInteger, Column, DateTime, Integer, LargeBinary, MetaData, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.types import UserDefinedType

METADATA: Final = MetaData(schema="bankcore")


class TransactionNumber(UserDefinedType[str]):
    """PostgreSQL's 64-bit number of a transaction, from which follows when its rows are final; read as its digits."""

    cache_ok: bool | None = True

    def get_col_spec(self, **_options: object) -> str:
        """The name of the type."""
        return "xid8"


CURRENCIES: Final = Table(
    "currencies",
    METADATA,
    Column("code", Text, primary_key=True),
    Column("exponent", SmallInteger, nullable=False),
    Column("name", Text, nullable=False),
)

TENANTS: Final = Table(
    "tenants",
    METADATA,
    Column("id", UUID, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("records_named_since", DateTime(timezone=True), nullable=False),
)

ACCOUNTS: Final = Table(
    "accounts",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("id", UUID, primary_key=True),
    Column("balance_minor", BigInteger, nullable=False),
    Column("held_minor", BigInteger, nullable=False),
    Column("floor_minor", BigInteger),
    Column("version", BigInteger, nullable=False),
    Column("last_posted_at", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("head_hash", LargeBinary, nullable=False),
    Column("currency", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("owner_id", Text, nullable=False),
    Column("name", Text),
)

TRANSACTIONS: Final = Table(
    "transactions",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("id", UUID, primary_key=True),
    Column("posted_at", DateTime(timezone=True), nullable=False),
    Column("effective_at", DateTime(timezone=True), nullable=False),
    Column("amount_minor", BigInteger),
    Column("reverses", UUID),
    Column("kind", Text, nullable=False),
    Column("currency", Text),
    Column("reference", Text),
    Column("source_type", Text),
    Column("source_id", Text),
    Column("metadata", JSONB),
)

ENTRIES: Final = Table(
    "entries",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("account_id", UUID, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("transaction_id", UUID, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("balance_before_minor", BigInteger, nullable=False),
    Column("balance_after_minor", BigInteger, nullable=False),
    Column("posted_at", DateTime(timezone=True), nullable=False),
    Column("currency", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

TIME_BREAKS: Final = Table(
    "time_breaks",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("account_id", UUID, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
)

IDEMPOTENCY_KEYS: Final = Table(
    "idempotency_keys",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("outcome", LargeBinary, nullable=False),
)

AUDIT_LOG: Final = Table(
    "audit_log",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("id", UUID, primary_key=True),
    Column("xid", TransactionNumber, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("action", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("actor_type", Text, nullable=False),
    Column("actor_id", Text, nullable=False),
    Column("subject_id", UUID),
    Column("account_ids", ARRAY(UUID), nullable=False),
    Column("request_id", Text),
    Column("body", LargeBinary, nullable=False),
    Column("context_id", UUID),
)

AUDIT_CONTEXT: Final = Table(
    "audit_context",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("id", UUID, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("ip_address", Text),
    Column("user_agent", Text),
)

LOG_LEAVES: Final = Table(
    "log_leaves",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("idx", BigInteger, primary_key=True),
    Column("audit_id", UUID, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("nodes", ARRAY(LargeBinary), nullable=False),
)

LOG_STATES: Final = Table(
    "log_states",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("below", TransactionNumber, nullable=False),
    Column("system_id", BigInteger, nullable=False),
    Column("in_progress", ARRAY(TransactionNumber), nullable=False),
    Column("frontier", ARRAY(LargeBinary), nullable=False),
    Column("waiting", ARRAY(UUID), nullable=False),
    Column("served", Integer, nullable=False),
)

CHECKPOINTS: Final = Table(
    "checkpoints",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("size", BigInteger, primary_key=True),
    Column("upto", TransactionNumber, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("system_id", BigInteger, nullable=False),
    Column("era", Integer, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("frontier", ARRAY(LargeBinary), nullable=False),
    Column("note", Text, nullable=False),
)

USERS: Final = Table(
    "users",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("id", UUID, primary_key=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("email", Text, nullable=False),
    Column("full_name", Text),
    Column("password_hash", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("status", Text, nullable=False),
)

SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("id", UUID, primary_key=True),
    Column("user_id", UUID, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("last_used_at", DateTime(timezone=True), nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("revoke_reason", Text),
)

REFRESH_TOKENS: Final = Table(
    "refresh_tokens",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("session_id", UUID, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Column("digest", LargeBinary, primary_key=True),
    Column("used_by", LargeBinary),
)

LOGIN_ATTEMPTS: Final = Table(
    "login_attempts",
    METADATA,
    Column("tenant_id", UUID, primary_key=True),
    Column("subject", LargeBinary, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Column("not_before", DateTime(timezone=True), nullable=False),
)
