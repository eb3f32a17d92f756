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

import psycopg
from psycopg import Connection, Error, OperationalError
from psycopg.adapt import AdaptersMap, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

from bankcore_infra.db.arrays import Packed
from bankcore_infra.db.driver import BoundedConnection, SilentServerError
from bankcore_infra.db.waiting import until_ready

Parameter = str | int | UUID | datetime | Packed | None
Rows = list[tuple[Any, ...]]

# How long the server of somebody else's connection, whose limits we do not know, may be silent.
_SILENCE_MAX_S: Final = 30.0
# In bytes: from here on the server's work on it is longer than a write to the socket takes.
_WORTH_SENDING: Final = 8_192
# What a value becomes is not the connection's affair: one that is gone cannot be asked, and one that somebody else has
# opened may have conversions and a time zone of its own.
_ADAPTERS: Final = AdaptersMap(psycopg.adapters)
_BINARY: Final = Format.BINARY
_TEXT: Final = Format.TEXT
_ANSWERED: Final = frozenset({ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK})


class Statement:
    """A statement with `$1`, `$2`, ... for its parameters, each with a cast; prepared once on every connection.

    One that is not prepared is parsed each time: every statement that a connection keeps takes some 50 kB of the
    server, and there may be thousands of a kind that is put together from what somebody asks for.
    """

    __slots__ = ("is_prepared", "name", "text")

    def __init__(self, text: str, name: str | None = None, *, is_prepared: bool = True) -> None:
        """For that text; without a name, it is named after its text."""
        self.text: Final = text.encode()
        self.is_prepared: Final = is_prepared
        self.name: Final = (name or blake2b(self.text, digest_size=12).hexdigest()).encode()


class Sent(NamedTuple):
    """A statement with its parameters."""

    statement: Statement
    parameters: Sequence[Parameter] = ()


class ExchangeError(Exception):
    """A statement failed, and those after it were not executed; `index` is its place, None if no answer came."""

    def __init__(self, index: int | None, orig: Error) -> None:
        super().__init__(index)
        self.index = index
        self.orig = orig


class Exchange:
    """What goes to the server together: sent as it comes, without waiting, and answered when it is finished.

    `prepared` names the statements that the connection knows, and is kept up to date; None for a connection that is not
    ours alone, on which nothing is prepared. From the first statement until it is finished, nothing else may use the
    connection.
    """

    def __init__(self, driver: Connection[Any], prepared: set[bytes] | None) -> None:
        self._driver = driver
        self._prepared = prepared
        self._new: dict[int, bytes] = {}
        self._results: list[PGresult] = []
        self._unsent = 0
        self._has_departed = False
        self.sent: list[Sent] = []

    @property
    def length(self) -> int:
        """How many statements were sent."""
        return len(self.sent)

    @property
    def is_closed(self) -> bool:
        """Whether the connection is gone."""
        return self._driver.closed

    def send(self, sent: Sent) -> None:
        """Send a statement; one that is short stays here until others follow or the exchange is finished."""
        pgconn, (statement, parameters) = self._driver.pgconn, sent
        values = [_encoded(value) for value in parameters]
        formats = [_BINARY if type(value) is Packed else _TEXT for value in parameters]
        self.sent.append(sent)
        try:
            if len(self.sent) == 1:
                pgconn.enter_pipeline_mode()
            if self._prepared is None or not statement.is_prepared:
                pgconn.send_query_params(statement.text, values, None, formats, Format.BINARY)
                return
            if statement.name not in self._prepared and statement.name not in self._new.values():
                self._new[len(self.sent) - 1 + len(self._new)] = statement.name
                pgconn.send_prepare(statement.name, statement.text)
            pgconn.send_query_prepared(statement.name, values, formats, Format.BINARY)
            self._unsent += sum(len(value) for value in values if value)
            if self._unsent > _WORTH_SENDING:
                # What the socket does not take now goes with the next one.
                self._unsent = 0
                pgconn.flush()
        except OperationalError:
            # The connection is gone; what is to be said of that is said when the exchange is finished.
            pgconn.finish()

    def hurry(self) -> None:
        """Send what is here, so that the server works on it while the rest is being made."""
        self._unsent = 0
        try:
            self._driver.pgconn.flush()
        except OperationalError:
            # As in `send`.
            self._driver.pgconn.finish()

    def depart(self) -> None:
        """Send everything and wait for nothing; only `finish` may follow."""
        pgconn = self._driver.pgconn
        try:
            pgconn.pipeline_sync()
            self._flush(pgconn)
        except OperationalError:
            # As in `send`.
            pgconn.finish()
        self._has_departed = True

    def finish(self) -> list[Rows]:
        """The rows of each statement.

        Whatever goes wrong on the way closes the connection, for nobody could tell any more which answer is whose.

        Raises:
            ExchangeError: see there.
        """
        if not self.sent:
            return []
        pgconn = self._driver.pgconn
        try:
            if not self._has_departed:
                self.depart()
            self._receive(pgconn)
            pgconn.exit_pipeline_mode()
        except BaseException as error:
            pgconn.finish()
            if not isinstance(error, OperationalError):
                raise
            # A server that ends the connection may have said at which statement.
            self._rows()
            raise ExchangeError(None, error) from None
        return self._rows()

    def _receive(self, pgconn: PGconn) -> None:
        """One result for each thing that was sent, up to the mark that ends them all."""
        while True:
            while pgconn.is_busy():
                self._wait(pgconn, select.POLLIN)
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                # Nothing where something is still to come: the connection is gone.
                if pgconn.status != ConnStatus.OK:
                    raise OperationalError("the server closed the connection")
                continue
            if result.status == ExecStatus.PIPELINE_SYNC:
                return
            self._results.append(result)

    def _flush(self, pgconn: PGconn) -> None:
        """Write everything; answers that come meanwhile are taken in, or both sides would wait for each other."""
        while pgconn.flush():
            if self._wait(pgconn, select.POLLIN | select.POLLOUT) & select.POLLIN:
                pgconn.consume_input()

    def _wait(self, pgconn: PGconn, events: int) -> int:
        driver = self._driver
        silence_max_s = driver.answer_within_s if isinstance(driver, BoundedConnection) else _SILENCE_MAX_S
        ready = until_ready(pgconn.socket, events, silence_max_s)
        if not ready:
            raise SilentServerError(f"no answer within {silence_max_s:.0f} s")
        return ready

    def _rows(self) -> list[Rows]:
        rows: list[Rows] = []
        transformer = Transformer(_ADAPTERS)
        for position, result in enumerate(self._results):
            if result.status not in _ANSWERED:
                raise ExchangeError(len(rows), error_from_result(result))
            if self._prepared is not None and position in self._new:
                self._prepared.add(self._new[position])
            elif result.ntuples:
                transformer.set_pgresult(result)
                rows.append(transformer.load_rows(0, result.ntuples, tuple))
            else:
                rows.append([])
        return rows


def _encoded(value: Parameter) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, UUID):
        # PostgreSQL reads it without hyphens too, and it is made in a quarter of the time.
        return b"%032x" % value.int
    return (value.isoformat() if isinstance(value, datetime) else str(value)).encode()
