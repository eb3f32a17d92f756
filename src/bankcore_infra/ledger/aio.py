"""The ledger on PostgreSQL for asyncio, in transactions of its own or in the caller's."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection as AsyncDriverConnection
from typing_extensions import override

from bankcore.errors import InvalidRequestError
from bankcore.faces import Runner
from bankcore.ledger.aio import AioBooks, AioLedger, TenantBooks
from bankcore.ledger.service import LedgerService
from bankcore_infra.db.lent import CallersConnection, unusable
from bankcore_infra.db.waiting import run_for_task

S = TypeVar("S")
T = TypeVar("T")

_KINDS: Final = (
    "a connection is an AsyncConnection or AsyncSession of SQLAlchemy, or an AsyncConnection of psycopg 3; "
    "for one that is not of asyncio write `main.using(connection)`"
)
# Two units of work in one transaction would release each other's savepoints.
_ONE_AT_A_TIME: Final[WeakKeyDictionary[object, asyncio.Lock]] = WeakKeyDictionary()


class AioSession(Protocol):
    """What we use of an AsyncSession of SQLAlchemy, whose import nobody pays who has none."""

    @property
    def sync_session(self) -> Any:
        """The session behind it."""


class AioSqlConnection(Protocol):
    """What we use of an AsyncConnection of SQLAlchemy."""

    @property
    def sync_connection(self) -> Any:
        """The connection behind it, None before it is open."""


class AioScopedSession(Protocol):
    """What we use of an async_scoped_session of SQLAlchemy."""

    registry: Any

    def __call__(self) -> Any:
        """The session of the present scope."""


AioConnection = AioScopedSession | AioSqlConnection | AioSession | AsyncDriverConnection[Any]
"""What the ledger takes part in, of asyncio."""


class SqlAioLedger(AioLedger):
    """`SqlLedger`, awaited."""

    def __init__(
        self, ledger: Callable[[], LedgerService], using: Callable[[CallersConnection], LedgerService]
    ) -> None:
        super().__init__(ledger, run_for_task)
        self._using = using

    def using(self, connection: AioConnection) -> AioLedger:
        """The same ledger inside the caller's transaction on this connection: only the caller commits or rolls back.

        Raises:
            InvalidRequestError: it is no connection of asyncio that leads to PostgreSQL by way of psycopg 3.
        """
        lent = synchronous(connection)
        return AioLedger(lambda: self._using(lent), InCallersTransaction(lent))


class ServicesOfTenant(Protocol):
    """Whatever capabilities add to a tenant's books, by type."""

    def get(self, kind: type[T]) -> T:
        """The service of that type. Raises: KeyError: no capability offers it."""


class SqlAioBooks(AioBooks):
    """The books of a tenant, awaited."""

    def __init__(
        self, books: TenantBooks, using: Callable[[CallersConnection], TenantBooks], services: ServicesOfTenant
    ) -> None:
        super().__init__(lambda: books, run_for_task)
        self._using = using
        self._services = services

    async def call(self, kind: type[S], work: Callable[[S], T]) -> T:
        """The result of that work with the tenant's service of that type, as `get` gives it.

        A service that waits for others than the database, such as a payment provider, is for a thread.

        Raises:
            KeyError: no capability offers it.
        """
        return await run_for_task(lambda: work(self._services.get(kind)))

    def using(self, connection: AioConnection) -> AioBooks:
        """Ledger, accounts and queries inside the caller's transaction on this connection, which only he commits.

        Raises:
            InvalidRequestError: it is no connection of asyncio that leads to PostgreSQL by way of psycopg 3.
        """
        lent = synchronous(connection)
        return AioBooks(lambda: self._using(lent), InCallersTransaction(lent))


class InCallersTransaction(Runner):
    """Runs one unit of work after another on the connection of a caller's."""

    def __init__(self, connection: object) -> None:
        self._turn = _ONE_AT_A_TIME.setdefault(connection, asyncio.Lock())

    @override
    async def __call__(self, work: Callable[[], T]) -> T:
        async with self._turn:
            return await run_for_task(work)


def synchronous(connection: object) -> Any:
    """What stands behind that connection of asyncio, for code that runs for its task. Raises: InvalidRequestError."""
    if isinstance(connection, AsyncDriverConnection):
        return connection
    if callable(connection) and hasattr(connection, "registry"):
        # One that is of a scope is called for the session of the scope that asks.
        connection = connection()
    if hasattr(connection, "sync_session"):
        return connection.sync_session
    if hasattr(connection, "sync_connection"):
        if connection.sync_connection is None:
            raise unusable("is not open; ask inside `async with engine.begin()`")
        return connection.sync_connection
    raise InvalidRequestError(pointer="/connection", detail=f"{_KINDS}; this is of type {type(connection).__name__}")
