"""EnclosedConnection: a unit of work in a savepoint of somebody else's transaction, which it leaves as it was."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Final

from psycopg import Connection as DriverConnection
from psycopg.pq import TransactionStatus
from typing_extensions import override

from bankcore.errors import InvalidRequestError
from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import TenantId
from bankcore_infra.db.exchange import Exchange, ExchangeError, Parameter, Rows, Sent, Statement
from bankcore_infra.db.lent import Lent, require_own_process, unusable
from bankcore_infra.db.opening import HostSettings, opening_in_transaction_of_others, put_back
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.waiting import acquire

_SAVEPOINT: Final = Sent(Statement("SAVEPOINT bankcore_unit"))
_RELEASE: Final = Sent(Statement("RELEASE SAVEPOINT bankcore_unit"))
# It brings back the settings too.
_UNDO: Final = Sent(Statement("ROLLBACK TO SAVEPOINT bankcore_unit"))
_WEAK_COMMITS: Final = frozenset({"off", "local"})
_REFUSALS: Final = {
    "42501": "belongs to a role that may not keep books; `bankcore db grant {role}` lets it",
    "42P01": "leads to a database that is not the bank's, or not migrated; `bankcore db upgrade` migrates it",
    "25006": "takes no changes: its transaction is read-only, or its server a standby",
}
_REFUSALS_ALIKE: Final = {"3F000": "42P01", "42883": "42P01", "42703": "42P01"}


class EnclosedConnection(TenantConnection):
    """A connection inside the caller's transaction, from a savepoint to its release."""

    def __init__(self, lent: Lent, tenant_id: TenantId, *, process: int) -> None:
        """For that connection, in the process that it belongs to. Raises: InvalidRequestError: it cannot be used."""
        super().__init__(None, tenant_id)
        self._lent = lent
        self._host = lent.driver()
        require_own_process(self._host, process)
        # A lock of tasks, if it is a connection of asyncio.
        self._turn: object = self._host.lock
        self._begin = _begin_as_said(self._host)
        self._frame = (self._begin.statement, _SAVEPOINT.statement, _RELEASE.statement, _UNDO.statement)
        self._has_savepoint = False
        self._before: HostSettings | None = None

    def release(self) -> None:
        """Have everything done that was told, and leave the savepoint with the settings of before."""
        if not self._has_savepoint:
            return
        if self._before is None:
            # Whatever was done is released only when we know on what it was done.
            self.flush()
        assert self._before is not None  # noqa: S101 - it came with the first answer
        self._send(put_back(self._before))
        self._send(_RELEASE)
        self._finish()

    def undo(self) -> None:
        """Leave the savepoint as if nothing had been asked."""
        if not self._has_savepoint or self._host.closed:
            return
        with suppress(ExchangeError):
            self._send(_UNDO)
            self._send(_RELEASE)
            self._finish()

    @override
    def ask_and_end(self, statement: Statement, *parameters: Parameter) -> tuple[datetime, Rows]:
        """As of when, and the rows of a statement that changes nothing, in one round trip that leaves no trace."""
        self._open(self._opening_of(None))
        for sent in (Sent(statement, parameters), _UNDO, _RELEASE):
            self._send(sent)
        try:
            rows = self._finish()[0]
        except InvalidRequestError:
            # The savepoint was left before we looked at what the connection is.
            self._has_savepoint = False
            raise
        return self.opened_at, rows

    @contextmanager
    def undone_on_error(self) -> Iterator[None]:
        """If the block raises, undo what was done in it.

        Raises:
            InvalidRequestError: the server refused for what the connection is.
        """
        try:
            with self.abandoned_on_error():
                yield
        except ExchangeError as error:
            self.undo()
            state = error.orig.sqlstate or ""
            if (problem := _REFUSALS.get(_REFUSALS_ALIKE.get(state, state))) is not None:
                raise unusable(problem.format(role=self._host.info.user)) from None
            raise
        except BaseException:
            self.undo()
            raise

    @override
    def _opening_of(self, keys: Sequence[IdempotencyKey] | None) -> Sent:
        return opening_in_transaction_of_others(self.tenant_id, keys or ())

    @override
    def _look_at(self, opened: tuple[Any, ...]) -> None:
        host = HostSettings._make(opened[4:])
        if not host.is_below_rules:
            raise unusable(
                f"belongs to role {self._host.info.user}, which stands above row level security; use another one, "
                "which `bankcore db grant` lets keep books"
            )
        if host.synchronous_commit in _WEAK_COMMITS:
            raise unusable(
                f"has synchronous_commit = {host.synchronous_commit}, so that a commit could be lost; set it to on"
            )
        if host.replication_role != "origin":
            raise unusable(f"has session_replication_role = {host.replication_role}; set it to origin")
        if not host.has_tenant:
            raise unusable("leads to a database that is not the bank's: this tenant is not in it")
        self._before = host

    @override
    def _begin_exchange(self, *, is_all: bool = False) -> Exchange:
        self._keep_others_away()
        exchange = self._new_exchange(self._host, None)
        if not self._has_savepoint:
            if self._host.info.transaction_status == TransactionStatus.IDLE:
                exchange.send(self._begin)
            exchange.send(_SAVEPOINT)
            self._has_savepoint = True
        return exchange

    @override
    def _finish(self) -> list[Rows]:
        try:
            return super()._finish()
        finally:
            self._let_others_in()

    def _keep_others_away(self) -> None:
        """Let tasks that have the same connection of asyncio wait, as its driver lets them wait for each other."""
        if isinstance(self._turn, asyncio.Lock):
            acquire(self._turn)

    def _let_others_in(self) -> None:
        if isinstance(self._turn, asyncio.Lock):
            self._turn.release()

    @override
    def _lose(self) -> None:
        self._lent.forget()


def _begin_as_said(driver: DriverConnection[Any]) -> Sent:
    """BEGIN as the driver would say it before the caller's first statement."""
    words = ["BEGIN"]
    if driver.isolation_level is not None:
        words.append(f"ISOLATION LEVEL {driver.isolation_level.name.replace('_', ' ')}")
    if driver.read_only is not None:
        words.append("READ ONLY" if driver.read_only else "READ WRITE")
    if driver.deferrable is not None:
        words.append("DEFERRABLE" if driver.deferrable else "NOT DEFERRABLE")
    return Sent(Statement(" ".join(words)))
