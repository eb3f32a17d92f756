"""Connections of ours as the driver sees them: no wait on one is longer than an answer may take."""

import asyncio
import os
import select
import time
from collections.abc import Mapping
from typing import Any, Final

from psycopg import Connection, OperationalError
from psycopg.abc import RV, PQGen
from psycopg.waiting import wait_async
from sqlalchemy.util import await_only
from typing_extensions import override

from bankcore_infra.db.waiting import is_for_a_task

# Somewhat longer than the server lets a statement run, so that only one that is gone, stopped or unreachable is silent
# for so long.
ANSWER_WITHIN_S: Final = 7.0
# For what is allowed to take its time, such as reading whole books.
_PATIENT_S: Final = 3_600.0
_INTERVAL_S: Final = 0.1


class SilentServerError(OperationalError):
    """No answer came in time; the connection is closed."""


class BoundedConnection(Connection[Any]):
    """A connection that is closed when the server is silent for too long, and of the process that opened it alone.

    A child that is forked has the same socket: what it said there, its parent's session would hear. So a child that
    leaves its parent's transaction, by an exception or by the end of a block, says nothing.
    """

    has_patience = False
    settings_each_time: Mapping[str, str] | None = None
    """What each transaction is given, where a pooler may give it another session than the last one had."""

    def __init__(self, *arguments: Any, **words: Any) -> None:
        super().__init__(*arguments, **words)
        self._process = os.getpid()

    @property
    def answer_within_s(self) -> float:
        """How long the server may be silent."""
        return _PATIENT_S if self.has_patience else ANSWER_WITHIN_S

    @override
    def wait(self, gen: PQGen[RV], interval: float = _INTERVAL_S, timeout: float | None = None) -> RV:
        if self._is_of_another_process():
            raise OperationalError(f"of process {self._process}; a process that was forked opens its own connection")
        limit_s = self.answer_within_s if timeout is None else timeout
        deadline = time.monotonic() + limit_s
        try:
            if is_for_a_task():
                return await_only(self._wait_for_task(gen, interval, limit_s))
            return super().wait(gen, interval, limit_s)
        except OperationalError as error:
            if error.sqlstate is not None or time.monotonic() < deadline:
                raise
            # Whatever it still says belongs to a question that nobody asks any more.
            self.close()
            raise SilentServerError(f"no answer within {limit_s:.0f} s") from None

    async def _wait_for_task(self, gen: PQGen[RV], interval: float, limit_s: float) -> RV:
        try:
            return await wait_async(gen, self.pgconn.socket, interval, limit_s)
        except asyncio.CancelledError:
            # The answer is still to come, and nobody would read it.
            self.close()
            raise

    @override
    def rollback(self) -> None:
        if not self._is_of_another_process():
            super().rollback()

    @override
    def close(self) -> None:
        if not self._is_of_another_process():
            super().close()

    def _is_of_another_process(self) -> bool:
        return self._process != os.getpid()


def is_usable(connection: Connection[Any]) -> bool:
    """Whether an idle connection is still there, as far as this side has heard; it asks nobody.

    A server that ends, or ends a backend, closes the socket, and what is closed can be read. So can a message that
    nobody asked for, for which a new connection is a small price.
    """
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    return not poll.poll(0)
