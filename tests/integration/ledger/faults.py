"""Accidents that happen to a unit of work at one of its statements."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from sqlalchemy import Connection, Engine, event

from tests.sql_bank import ScratchDatabase

Accident = Callable[[Connection], str | None]
"""What happens on a connection just before a statement; a returned text is sent in its place."""

COMMIT: Final = "COMMIT"


class Fuse:
    """Counts the statements of an engine, COMMIT among them, and tells whether the accident has happened."""

    def __init__(self, index: int, accident: Accident) -> None:
        self.statements: list[str] = []
        self.has_blown = False
        self._index = index
        self._accident = accident

    def burn(self, connection: Connection, statement: str) -> str | None:
        """Count the statement; what is sent in its place, if the accident happens here."""
        self.statements.append(statement)
        if len(self.statements) != self._index + 1:
            return None
        self.has_blown = True
        return self._accident(connection)


@contextmanager
def accident_at(engine: Engine, index: int, accident: Accident) -> Iterator[Fuse]:
    """Within the block, let the accident happen before the statement with that index, once."""
    fuse = Fuse(index, accident)

    def before_statement(
        connection: Connection, _cursor: object, statement: str, parameters: object, *_: object
    ) -> tuple[str, object]:
        replacement = None if _is_ours(statement) else fuse.burn(connection, statement)
        return (statement, parameters) if replacement is None else (replacement, ())

    def before_commit(connection: Connection) -> None:
        replacement = fuse.burn(connection, COMMIT)
        if replacement is not None:
            connection.exec_driver_sql(replacement)

    event.listen(engine, "before_cursor_execute", before_statement, retval=True)
    event.listen(engine, "commit", before_commit)
    try:
        yield fuse
    finally:
        event.remove(engine, "before_cursor_execute", before_statement)
        event.remove(engine, "commit", before_commit)


def failure(sqlstate: str) -> Accident:
    """The server refuses the statement with that state."""
    return lambda _connection: f"DO $$ BEGIN RAISE 'planted' USING ERRCODE = '{sqlstate}'; END $$"


def terminated_backend(scratch: ScratchDatabase) -> Accident:
    """An administrator ends the connection's server process, and waits until it is gone."""

    def terminate(connection: Connection) -> None:
        scratch.scalar("SELECT pg_terminate_backend(%s, 5000)", backend_of(connection))

    return terminate


def backend_of(connection: Connection) -> int:
    """The process id of the server's end of the connection."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver.info.backend_pid


def _is_ours(statement: str) -> bool:
    """Whether the statement is planted, or only frames the work in the caller's transaction."""
    return "'planted'" in statement or statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))
