"""Connections: how they are made, bounded in time, and asked for by tenant."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Self

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bankcore.errors import UnavailableError
from bankcore.identifiers import TenantId
from bankcore_infra.db.pool import FairPool
from bankcore_infra.settings import SettingsError

_CONNECT_TIMEOUT_S: Final = 5
# A black hole on the network ends after this time even in the middle of a COMMIT, which no server-side timeout reaches.
_TCP_USER_TIMEOUT_MS: Final = 10_000
# Every statement has its index. A plan made while a table was tiny would scan it, and be kept while the table grows.
_SESSION_OPTIONS: Final = (
    "-c timezone=UTC -c lock_timeout=2s -c statement_timeout=5s -c idle_in_transaction_session_timeout=10s"
    " -c enable_seqscan=off -c jit=off"
)


class Database:
    """A PostgreSQL database. Handles are asked for by tenant, so that tenants can live on different servers."""

    def __init__(self, url: str, *, pool_size: int = 10, application_name: str = "bankcore") -> None:
        """For the server and role named by the URL; nothing is opened yet."""
        self._engine = create_engine(
            driver_url(url),
            poolclass=FairPool,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_use_lifo=True,
            hide_parameters=True,
            connect_args={
                "application_name": application_name,
                "connect_timeout": _CONNECT_TIMEOUT_S,
                # Or each rollback would cost a round trip to forget them all, ours too; see `exchange`.
                "prepare_threshold": None,
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 3,
                "tcp_user_timeout": _TCP_USER_TIMEOUT_MS,
                "options": _SESSION_OPTIONS,
            },
        )

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction for what belongs to no tenant; it is committed unless an exception leaves the block.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except (OperationalError, PoolTimeoutError) as error:
            raise UnavailableError from error

    def ping(self) -> None:
        """Nothing, if the database answers. Raises: UnavailableError."""
        with self.begin() as connection:
            connection.exec_driver_sql("SELECT 1")

    def engine_for(self, tenant_id: TenantId) -> Engine:  # noqa: ARG002 - one server holds all tenants today
        """The handle for that tenant's data."""
        return self._engine

    def close(self) -> None:
        """Close every idle connection."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        """This database."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def driver_url(url: str, *, setting: str = "BANKCORE_DATABASE_URL") -> URL:
    """The URL with our driver, whichever PostgreSQL scheme it was written with.

    Raises:
        SettingsError: not the address of a PostgreSQL database; it names the setting.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Of several hosts, or a port that is a word, the library says no more than that it is no number.
        raise SettingsError(setting, "not an address such as postgresql://role@host:5432/database") from None
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise SettingsError(setting, "only PostgreSQL keeps the promises of this bank")
    return parsed.set(drivername="postgresql+psycopg")
