"""Connections that somebody else has opened: what we need of each of them, whatever library it is of."""

import os
import sys
from typing import Any, Final, Protocol, TypeGuard
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection as AsyncDriverConnection
from psycopg import Connection as DriverConnection
from psycopg.pq import PipelineStatus, TransactionStatus
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from bankcore.errors import InvalidRequestError
from bankcore_infra.db.session import require_fit
from bankcore_infra.db.waiting import is_for_a_task

_VERSION_MIN: Final = 150_000
_KINDS: Final = (
    "a connection is one of SQLAlchemy, as `engine.begin()` gives it, a Session, a connection of psycopg 3, "
    "or `connection` of django.db; for one of asyncio write `main.aio.using(connection)`"
)
_OF_ANOTHER_DRIVER: Final = "is not of psycopg 3; the address of an engine begins with postgresql+psycopg://"
_FAILED: Final = "is in a transaction that has failed; roll it back, and do all of it again"
# The process in which each was seen first. A child that is forked has its parent's notes.
_SEEN_IN: Final[WeakKeyDictionary[DriverConnection[Any], int]] = WeakKeyDictionary()


class DjangoConnection(Protocol):
    """What we use of `django.db.connection`."""

    connection: Any
    in_atomic_block: bool
    needs_rollback: bool

    def ensure_connection(self) -> None:
        """Connect, if it is not connected."""


class SqlSession(Protocol):
    """What we use of a session of SQLAlchemy."""

    def connection(self) -> Connection:
        """The connection of its transaction, which begins if there is none."""


CallersConnection = Connection | SqlSession | DriverConnection[Any] | DjangoConnection
"""What the ledger takes part in."""


class Lent(Protocol):
    """A connection of a caller's."""

    def driver(self) -> DriverConnection[Any]:
        """The driver's connection, in the caller's transaction or just before its first statement.

        Raises:
            InvalidRequestError: money, key and the caller's rows could not be committed together on it.
        """

    def forget(self) -> None:
        """Say that the driver's connection is gone, to the library that keeps it."""


class _OfSqlAlchemy(Lent):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def driver(self) -> DriverConnection[Any]:
        connection = self._connection
        if connection.closed or connection.invalidated:
            raise unusable("is closed; ask with one that is open")
        driver = _usable(
            connection.connection.driver_connection, "use one without AUTOCOMMIT, as `engine.begin()` gives it"
        )
        # Without a transaction of its own, SQLAlchemy would not commit what we say to the driver.
        if not connection.in_transaction():
            connection.begin()
        return driver

    @override
    def forget(self) -> None:
        self._connection.invalidate()


class _OfDriver(Lent):
    def __init__(self, connection: DriverConnection[Any]) -> None:
        self._connection = connection

    @override
    def driver(self) -> DriverConnection[Any]:
        return _usable(self._connection, "ask inside `with connection.transaction()`, or without autocommit")

    @override
    def forget(self) -> None:
        """Nothing: it knows."""


class _OfDjango(Lent):
    def __init__(self, connection: DjangoConnection) -> None:
        self._connection = connection

    @override
    def driver(self) -> DriverConnection[Any]:
        self._connection.ensure_connection()
        driver = _usable(self._connection.connection, "ask inside `with transaction.atomic()`")
        if self._connection.in_atomic_block and self._connection.needs_rollback:
            raise unusable(_FAILED)
        return driver

    @override
    def forget(self) -> None:
        """Nothing: it asks the driver's connection."""


def lent_by(connection: object) -> Lent:
    """What we need of that connection of a caller's.

    Raises:
        InvalidRequestError: it is none that we can take part in.
    """
    if isinstance(connection, Connection):
        return _OfSqlAlchemy(connection)
    if isinstance(connection, DriverConnection) or _is_awaited(connection):
        return _OfDriver(connection)
    if _is_session(connection):
        return _OfSqlAlchemy(_connection_of(connection))
    if _is_of_django(connection):
        return _OfDjango(connection)
    raise InvalidRequestError(pointer="/connection", detail=f"{_KINDS}; this is of type {type(connection).__name__}")


def unusable(problem: str) -> InvalidRequestError:
    """The refusal of a connection."""
    return InvalidRequestError(pointer="/connection", detail=f"the connection {problem}")


def require_own_process(driver: DriverConnection[Any], process: int) -> None:
    """Nothing, unless this is a process that was forked: two processes on one connection would mix their answers.

    Raises:
        InvalidRequestError: it is.
    """
    if (opened_in := _SEEN_IN.setdefault(driver, process)) != os.getpid():
        raise unusable(f"belongs to process {opened_in}; a process that was forked opens its own")


def _usable(driver: object, remedy: str) -> DriverConnection[Any]:
    """The driver's connection, if it can keep together what belongs together; it knows all of it without asking."""
    if not (isinstance(driver, DriverConnection) or _is_awaited(driver)):
        raise unusable(_OF_ANOTHER_DRIVER)
    if driver.closed:
        raise unusable("is closed; ask with one that is open")
    if driver.info.server_version < _VERSION_MIN:
        raise unusable(f"leads to PostgreSQL {driver.info.server_version // 10_000}; the books need 15 or newer")
    if driver.pgconn.pipeline_status != PipelineStatus.OFF:
        raise unusable("is in pipeline mode; ask outside its block")
    status = driver.info.transaction_status
    if status == TransactionStatus.IDLE and driver.autocommit:
        raise unusable(f"commits each statement by itself; {remedy}")
    if status == TransactionStatus.INERROR:
        raise unusable(_FAILED)
    if status == TransactionStatus.ACTIVE:
        raise unusable("is busy with another statement; read its rows to the end first")
    require_fit(driver)
    return driver


def _is_awaited(connection: object) -> TypeGuard[DriverConnection[Any]]:
    """Whether it is the driver's of asyncio, which has all that we use of the other. Raises: InvalidRequestError."""
    if not isinstance(connection, AsyncDriverConnection):
        return False
    if not is_for_a_task():
        raise unusable("is of asyncio; write `main.aio.using(connection)`")
    return True


def _is_session(connection: object) -> bool:
    """Whether it is a session, without importing what a caller without one does not need."""
    orm = sys.modules.get("sqlalchemy.orm")
    return orm is not None and isinstance(connection, (orm.Session, orm.scoped_session))


def _is_of_django(connection: object) -> TypeGuard[DjangoConnection]:
    return hasattr(connection, "ensure_connection") and hasattr(connection, "in_atomic_block")


def _connection_of(session: Any) -> Connection:
    try:
        connection: Connection = session.connection()
    except SQLAlchemyError as error:
        raise unusable(f"cannot be had from its session: {error}") from None
    return connection
