"""Accidents that happen to a unit of work at one of its statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import psycopg
import pytest
from psycopg import Connection as DriverConnection
from sqlalchemy import Connection, Engine, event

from bankcore_infra.db import tenant_connection
from bankcore_infra.db.exchange import Exchange, ExchangeError, Rows, Sent
from tests.worlds.sql_bank import ScratchDatabase

Accident = Callable[[Connection | DriverConnection[Any]], str | None]
"""What happens on a connection just before a statement; a returned text is sent in its place."""

COMMIT: Final = "COMMIT"
_BEGIN: Final = "BEGIN"


class Fuse:
    """Counts the statements of an engine, COMMIT among them, and its exchanges; tells whether the accident was."""

    def __init__(self, index: int, accident: Accident) -> None:
        self.statements: list[str] = []
        self.has_blown = False
        self.exchanges = 0
        self._index = index
        self._accident = accident

    def burn(self, statement: str) -> bool:
        """Count the statement; whether the accident is to happen before it."""
        self.statements.append(statement)
        return len(self.statements) == self._index + 1

    def blow(self, connection: Connection | DriverConnection[Any]) -> str | None:
        """Let the accident happen; what is sent in place of the statement, if anything."""
        self.has_blown = True
        return self._accident(connection)


MakeExchange = Callable[[DriverConnection[Any], set[bytes] | None], Exchange]


class FusedExchange:
    """An exchange in two parts, with the accident between them."""

    def __init__(
        self, fuse: Fuse, make: MakeExchange, driver: DriverConnection[Any], prepared: set[bytes] | None
    ) -> None:
        self._fuse = fuse
        self._driver = driver
        self._make_part = partial(make, driver, prepared)
        self._part = self._make_part()
        self._done: list[Rows] = []
        self._sent_before: list[Sent] = []

    @property
    def sent(self) -> list[Sent]:
        return self._sent_before + self._part.sent

    @property
    def length(self) -> int:
        return len(self.sent)

    @property
    def is_closed(self) -> bool:
        return self._part.is_closed

    def send(self, sent: Sent) -> None:
        text = sent.statement.text.decode()
        if text != _BEGIN and not _is_ours(text) and self._fuse.burn(text):
            if self._part.sent:
                self._done = self._part.finish()
                self._sent_before, self._part = self._part.sent, self._make_part()
            replacement = self._fuse.blow(self._driver)
            if replacement is not None:
                _execute(self._driver, replacement, len(self._done))
        self._part.send(sent)

    def hurry(self) -> None:
        self._part.hurry()

    def depart(self) -> None:
        self._part.depart()

    def finish(self) -> list[Rows]:
        self._fuse.exchanges += 1
        try:
            return self._done + self._part.finish()
        except ExchangeError as error:
            raise ExchangeError(None if error.index is None else len(self._done) + error.index, error.orig) from None


def _execute(driver: DriverConnection[Any], text: str, place: int) -> None:
    try:
        driver.execute(text.encode())
    except psycopg.Error as error:
        raise ExchangeError(place, error) from None


@contextmanager
def accident_at(engine: Engine, index: int, accident: Accident) -> Iterator[Fuse]:
    """Within the block, let the accident happen before the statement with that index, once."""
    fuse = Fuse(index, accident)

    def before_statement(
        connection: Connection, _cursor: object, statement: str, parameters: object, *_: object
    ) -> tuple[str, object]:
        is_due = not _is_ours(statement) and fuse.burn(statement)
        replacement = fuse.blow(connection) if is_due else None
        return (statement, parameters) if replacement is None else (replacement, ())

    def before_commit(connection: Connection) -> None:
        replacement = fuse.blow(connection) if fuse.burn(COMMIT) else None
        if replacement is not None:
            connection.exec_driver_sql(replacement)

    event.listen(engine, "before_cursor_execute", before_statement, retval=True)
    event.listen(engine, "commit", before_commit)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                tenant_connection, "Exchange", partial(FusedExchange, fuse, vars(tenant_connection)["Exchange"])
            )
            yield fuse
    finally:
        event.remove(engine, "before_cursor_execute", before_statement)
        event.remove(engine, "commit", before_commit)


def failure(sqlstate: str) -> Accident:
    """The server refuses the statement with that state."""
    return lambda _connection: f"DO $$ BEGIN RAISE 'planted' USING ERRCODE = '{sqlstate}'; END $$"


def terminated_backend(scratch: ScratchDatabase) -> Accident:
    """An administrator ends the connection's server process, and waits until it is gone."""

    def terminate(connection: Connection | DriverConnection[Any]) -> None:
        scratch.scalar("SELECT pg_terminate_backend(%s, 5000)", backend_of(connection))

    return terminate


def backend_of(connection: Connection | DriverConnection[Any]) -> int:
    """The process id of the server's end of the connection."""
    driver = connection.connection.driver_connection if isinstance(connection, Connection) else connection
    assert isinstance(driver, DriverConnection)
    return driver.info.backend_pid


def _is_ours(statement: str) -> bool:
    """Whether the statement is planted, or only frames the work in the caller's transaction."""
    return "'planted'" in statement or statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))
