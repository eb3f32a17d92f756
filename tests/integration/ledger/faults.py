"""Accidents that happen to a unit of work at one of its statements."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
import pytest
from psycopg import Connection as DriverConnection
from sqlalchemy import Connection, Engine, event

from bankcore_infra.db import transactions
from bankcore_infra.db.exchange import ExchangeError, Rows, Sent
from tests.sql_bank import ScratchDatabase

Accident = Callable[[Connection | DriverConnection[Any]], str | None]
"""What happens on a connection just before a statement; a returned text is sent in its place."""

Exchange = Callable[[DriverConnection[Any], set[bytes] | None, Sequence[Sent]], list[Rows]]

COMMIT: Final = "COMMIT"
_BEGIN: Final = "BEGIN"


class Fuse:
    """Counts the statements of an engine, COMMIT among them, and tells whether the accident has happened."""

    def __init__(self, index: int, accident: Accident, exchange: Exchange) -> None:
        self.statements: list[str] = []
        self.has_blown = False
        self._index = index
        self._accident = accident
        self._exchange = exchange

    def burn(self, statement: str) -> bool:
        """Count the statement; whether the accident is to happen before it."""
        self.statements.append(statement)
        return len(self.statements) == self._index + 1

    def blow(self, connection: Connection | DriverConnection[Any]) -> str | None:
        """Let the accident happen; what is sent in place of the statement, if anything."""
        self.has_blown = True
        return self._accident(connection)

    def exchange(self, driver: DriverConnection[Any], prepared: set[bytes] | None, sent: Sequence[Sent]) -> list[Rows]:
        """What is sent together is sent in two parts, with the accident between them."""
        done: list[Rows] = []
        try:
            for place, (statement, _parameters) in enumerate(sent):
                text = statement.text.decode()
                if text == _BEGIN or not self.burn(text):
                    continue
                done = self._exchange(driver, prepared, sent[:place]) if place else []
                replacement = self.blow(driver)
                if replacement is not None:
                    _execute(driver, replacement)
            return done + self._exchange(driver, prepared, sent[len(done) :])
        except ExchangeError as error:
            raise ExchangeError(None if error.index is None else len(done) + error.index, error.orig) from None


def _execute(driver: DriverConnection[Any], text: str) -> None:
    try:
        driver.execute(text.encode())
    except psycopg.Error as error:
        raise ExchangeError(0, error) from None


@contextmanager
def accident_at(engine: Engine, index: int, accident: Accident) -> Iterator[Fuse]:
    """Within the block, let the accident happen before the statement with that index, once."""
    fuse = Fuse(index, accident, vars(transactions)["exchange"])

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
            patch.setattr(transactions, "exchange", fuse.exchange)
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
