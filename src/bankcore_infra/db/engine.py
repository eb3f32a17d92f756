"""Connections: how they are made, bounded in time, and asked for by tenant."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import NullPool, Pool

from bankcore.errors import InvalidRequestError, OutcomeUnknownError, UnavailableError
from bankcore.identifiers import TenantId
from bankcore_infra.db.address import beside_service_of_others, whole_address
from bankcore_infra.db.driver import BoundedConnection, is_usable
from bankcore_infra.db.exchange import ExchangeError
from bankcore_infra.db.pool import FairPool
from bankcore_infra.db.session import ENCODING, give_settings, give_settings_each_time, settings_of_ours
from bankcore_infra.db.sqlstates import Meaning, meaning_of, reason_of, sqlstate_of
from bankcore_infra.db.waiting import apart
from bankcore_infra.processes import renew_in_children
from bankcore_infra.settings import SettingsError

T = TypeVar("T")

_APP_SETTING: Final = "BANKCORE_DATABASE_URL"
_CONNECT_TIMEOUT_S: Final = 3
# A black hole on the network ends after this time even in the middle of a COMMIT, which no server-side timeout reaches.
_TCP_USER_TIMEOUT_MS: Final = 10_000
_READ_TRIES_MAX: Final = 3
_STANDBY: Final = "it is a standby, which takes nothing"
# What failed later than that has used up its caller's time.
_READ_AGAIN_WITHIN_S: Final = 3.0


class Database:
    """A PostgreSQL database. Handles are asked for by tenant, so that tenants can live on different servers."""

    def __init__(
        self, url: str, *, pool_size: int = 10, application_name: str = "bankcore", reads_only: bool = False
    ) -> None:
        """For the server and role named by the URL; nothing is opened yet."""
        self._is_closed = False
        self._engine = create_engine(
            driver_url(url),
            poolclass=FairPool,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=5,
            pool_use_lifo=True,
            hide_parameters=True,
        )
        _make_ours(self._engine, application_name, has_limits=True, reads_only=reads_only)
        self._probe = create_engine(driver_url(url), poolclass=NullPool)
        _make_ours(self._probe, f"{application_name} readiness", has_limits=True, reads_only=reads_only)
        self._left_behind: list[Pool] = []
        renew_in_children(self._reopen)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction for what belongs to no tenant; it is committed unless an exception leaves the block.

        Raises:
            UnavailableError: the database cannot be reached, and nothing was recorded.
            OutcomeUnknownError: the connection was lost during the commit.
        """
        is_ending = False
        try:
            with self._engine.connect() as connection:
                yield connection
                is_ending = True
                connection.commit()
        except (DBAPIError, PoolTimeoutError) as error:
            meaning = meaning_of(error)
            if meaning is Meaning.DEFECT:
                raise
            is_unknown = is_ending and meaning is Meaning.LOST_CONNECTION
            raise (OutcomeUnknownError() if is_unknown else UnavailableError(reason=reason_of(error))) from error

    def read(self, work: Callable[[Connection], T]) -> T:
        """What the work reads of what belongs to no tenant; it is done again where the connection was lost.

        Raises:
            UnavailableError: the database cannot be reached.
        """
        return _read(self._engine, work)

    def probe(self, work: Callable[[Connection], T]) -> T:
        """As `read`, on a connection of its own, so that nobody's work is waited for."""
        return _read(self._probe, work)

    def find_fault(self, look: Callable[[Connection], str | None] = lambda _connection: None) -> str | None:
        """What keeps the database from serving at this moment, in a few words; None if nothing does.

        Where it serves, it is what `look` finds.
        """
        try:
            return self.probe(lambda connection: _STANDBY if _is_standby(connection) else look(connection))
        except UnavailableError:
            return "it does not answer"
        except DBAPIError as error:
            return f"it refused us (sqlstate {sqlstate_of(error)})"

    def engine_for(self, tenant_id: TenantId) -> Engine:  # noqa: ARG002 - one server holds all tenants today
        """The handle for that tenant's data."""
        return self._engine

    def _reopen(self) -> None:
        """Begin with no connection in a process that was forked: those we had are its parent's."""
        # They are kept, because forgetting them could end them.
        self._left_behind += [self._engine.pool, self._probe.pool]
        self._engine.dispose(close=False)
        self._probe.dispose(close=False)

    def close(self) -> None:
        """Close every idle connection, and take no more work."""
        self._is_closed = True
        self._engine.dispose()

    def require_open(self) -> None:
        """Require that it was not closed. Raises: InvalidRequestError."""
        if self._is_closed:
            raise InvalidRequestError(pointer="/bank", detail="the bank is closed; open it again with open_bank()")

    def __repr__(self) -> str:
        """Name and server, and whether it was closed; no part of the address that may hold a password."""
        url = self._engine.url
        host = url.host or url.query.get("host", "the default place")
        return f"<Database {url.database} at {host}{', closed' if self._is_closed else ''}>"

    def __enter__(self) -> Self:
        """This database."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def driver_url(url: str, *, setting: str = _APP_SETTING) -> URL:
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


def _is_standby(connection: Connection) -> bool:
    return bool(connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar_one())


def single_engine(
    url: str,
    *,
    application_name: str = "bankcore",
    setting: str = _APP_SETTING,
    isolation_level: IsolationLevel | None = None,
) -> Engine:
    """Connections that are closed after use; statements on them may take their time. Raises: SettingsError."""
    engine = create_engine(driver_url(url, setting=setting), poolclass=NullPool, isolation_level=isolation_level)
    _make_ours(engine, application_name, has_limits=False, reads_only=False)
    return engine


def _make_ours(engine: Engine, application_name: str, *, has_limits: bool, reads_only: bool) -> None:
    """Let its connections be made by us, and looked at before they are used again."""
    settings = settings_of_ours(has_limits=has_limits, reads_only=reads_only)

    def connect(_dialect: object, _record: object, _words: object, said: dict[str, Any]) -> BoundedConnection:
        address = whole_address(
            {
                **said,
                "application_name": application_name,
                "client_encoding": ENCODING,
                "connect_timeout": _CONNECT_TIMEOUT_S,
                "keepalives_idle": 10,
                "keepalives_interval": 5,
                "keepalives_count": 3,
                "tcp_user_timeout": _TCP_USER_TIMEOUT_MS,
            }
        )
        return apart(lambda: _connection_with(settings, address), give_up=BoundedConnection.close)

    def look_at(connection: BoundedConnection, _record: object, _proxy: object) -> None:
        if not is_usable(connection):
            raise DisconnectionError
        connection.has_patience = not has_limits

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "begin", give_settings_each_time)
    event.listen(engine, "checkout", look_at)


def _connection_with(settings: Mapping[str, str], address: Mapping[str, Any]) -> BoundedConnection:
    # Statements prepared by the driver would cost a round trip at each rollback, to forget them all, ours too; see
    # `exchange`.
    connection = beside_service_of_others(lambda: BoundedConnection.connect(**address, prepare_threshold=None))
    try:
        give_settings(connection, settings)
    except ExchangeError as error:
        connection.close()
        raise error.orig from None
    return connection


def _read(engine: Engine, work: Callable[[Connection], T]) -> T:
    began = time.monotonic()
    tries_left = _READ_TRIES_MAX
    while True:
        tries_left -= 1
        try:
            with engine.connect() as connection:
                return work(connection)
        except (DBAPIError, PoolTimeoutError) as error:
            meaning = meaning_of(error)
            if meaning is Meaning.DEFECT:
                raise
            is_late = time.monotonic() - began > _READ_AGAIN_WITHIN_S
            if not tries_left or is_late or meaning is not Meaning.LOST_CONNECTION:
                raise UnavailableError(reason=reason_of(error)) from error
