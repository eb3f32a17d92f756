"""Sends several statements to PostgreSQL together and reads all their answers: one round trip, one write to the socket.

Ten statements in psycopg's own pipeline cost three times as much, because it writes each of them by itself
(measured, docs/adr/0016). This is libpq's pipeline mode as psycopg's `pq` module offers it.
"""

import select
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg import Connection, Error, OperationalError
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

Parameter = str | int | UUID | datetime | None
Rows = list[tuple[Any, ...]]

# Longer than every timeout that the server keeps itself, so that only a server that is gone or stopped reaches it.
_SILENCE_MAX_MS: Final = 30_000
_ANSWERED: Final = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})


class Statement:
    """A statement with `$1`, `$2`, ... for its parameters, each with a cast; prepared once on every connection."""

    __slots__ = ("name", "text")

    def __init__(self, text: str, name: str | None = None) -> None:
        """For that text; without a name, it is named after its text."""
        self.text: Final = text.encode()
        self.name: Final = (name or blake2b(self.text, digest_size=12).hexdigest()).encode()


class Sent(NamedTuple):
    """A statement with its parameters."""

    statement: Statement
    parameters: Sequence[Parameter] = ()


class ExchangeError(Exception):
    """A statement failed, and those after it were not executed; `index` is its place, None if no answer came."""

    def __init__(self, index: int | None, orig: Error) -> None:
        """With the driver's error."""
        super().__init__(index)
        self.index = index
        self.orig = orig


def exchange(driver: Connection[Any], prepared: set[bytes] | None, sent: Sequence[Sent]) -> list[Rows]:
    """The rows of each statement.

    `prepared` names the statements that the connection knows, and is kept up to date; None for a connection that is not
    ours alone, on which nothing is prepared. Whatever goes wrong on the way closes the connection, for nobody could
    tell any more which answer is whose.

    Raises:
        ExchangeError: see there.
    """
    pgconn = driver.pgconn
    new: dict[int, bytes] = {}
    results: list[PGresult] = []
    try:
        pgconn.enter_pipeline_mode()
        _queue(pgconn, prepared, sent, new)
        _flush(pgconn)
        _receive(pgconn, results)
        pgconn.exit_pipeline_mode()
    except BaseException as error:
        pgconn.finish()
        if not isinstance(error, OperationalError):
            raise
        # A server that ends the connection may have said at which statement.
        _rows(driver, prepared, new, results)
        raise ExchangeError(None, error) from None
    return _rows(driver, prepared, new, results)


def _queue(pgconn: PGconn, prepared: set[bytes] | None, sent: Sequence[Sent], new: dict[int, bytes]) -> None:
    """Queue everything, and note in `new` which results will be those of preparations, and of what."""
    for position, (statement, parameters) in enumerate(sent):
        values = [_encoded(value) for value in parameters]
        if prepared is None:
            pgconn.send_query_params(statement.text, values, result_format=Format.BINARY)
            continue
        if statement.name not in prepared and statement.name not in new.values():
            new[position + len(new)] = statement.name
            pgconn.send_prepare(statement.name, statement.text)
        pgconn.send_query_prepared(statement.name, values, result_format=Format.BINARY)
    pgconn.pipeline_sync()


def _encoded(value: Parameter) -> bytes | None:
    if value is None:
        return None
    return (value.isoformat() if isinstance(value, datetime) else str(value)).encode()


def _flush(pgconn: PGconn) -> None:
    """Write everything; answers that come meanwhile are taken in, or both sides would wait for each other."""
    while pgconn.flush():
        if _wait(pgconn, select.POLLIN | select.POLLOUT) & select.POLLIN:
            pgconn.consume_input()


def _receive(pgconn: PGconn, results: list[PGresult]) -> None:
    """One result for each thing that was queued, up to the mark that ends them all."""
    while True:
        while pgconn.is_busy():
            _wait(pgconn, select.POLLIN)
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            # Nothing where something is still to come: the connection is gone.
            if pgconn.status != ConnStatus.OK:
                raise OperationalError("the server closed the connection")
            continue
        if result.status == ExecStatus.PIPELINE_SYNC:
            return
        results.append(result)


def _wait(pgconn: PGconn, events: int) -> int:
    poll = select.poll()
    poll.register(pgconn.socket, events)
    ready = poll.poll(_SILENCE_MAX_MS)
    if not ready:
        raise OperationalError(f"no answer within {_SILENCE_MAX_MS // 1_000} s")
    return ready[0][1]


def _rows(
    driver: Connection[Any], prepared: set[bytes] | None, new: dict[int, bytes], results: Sequence[PGresult]
) -> list[Rows]:
    rows: list[Rows] = []
    transformer = Transformer(driver)
    for position, result in enumerate(results):
        if result.status not in _ANSWERED:
            raise ExchangeError(len(rows), error_from_result(result))
        if prepared is not None and position in new:
            prepared.add(new[position])
        elif result.ntuples:
            transformer.set_pgresult(result)
            rows.append(transformer.load_rows(0, result.ntuples, tuple))
        else:
            rows.append([])
    return rows
