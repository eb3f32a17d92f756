"""CallerTransaction: units of work that take part in the caller's own transaction."""

import os
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from typing_extensions import override

from bankcore.errors import Unavailability, UnavailableError
from bankcore.identifiers import TenantId
from bankcore_infra.db.enclosed import EnclosedConnection
from bankcore_infra.db.exchange import Parameter, Rows, Statement
from bankcore_infra.db.lent import CallersConnection, lent_by
from bankcore_infra.db.sqlstates import Meaning
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import (
    DRIVER_FAILURES,
    TRIES_MAX,
    LostRaceError,
    Transactions,
    known_meaning_of,
    known_reason_of,
)

T = TypeVar("T")


class CallerTransaction(Transactions):
    """The caller's own transaction: work runs in a savepoint, and only the caller commits."""

    commits = False

    def __init__(self, connection: CallersConnection, tenant_id: TenantId) -> None:
        """For the tenant's rows, inside whatever transaction the connection is in. Raises: InvalidRequestError."""
        self._lent = lent_by(connection)
        self._process = os.getpid()
        self.tenant_id = tenant_id

    @override
    def ask(self, statement: Statement, *parameters: Parameter) -> tuple[datetime, Rows]:
        return self._run_once(lambda connection: connection.ask_and_end(statement, *parameters))

    @override
    def run(self, work: Callable[[TenantConnection], T], *, resubmittable: bool = False) -> T:
        def run_and_release(connection: EnclosedConnection) -> T:
            result = work(connection)
            connection.release()
            return result

        return self._run_once(run_and_release)

    @override
    def rehearse(self, work: Callable[[TenantConnection], T]) -> T:
        def run_and_undo(connection: EnclosedConnection) -> T:
            result = work(connection)
            connection.flush()
            connection.undo()
            return result

        return self._run_once(run_and_undo)

    def _run_once(self, work: Callable[[EnclosedConnection], T]) -> T:
        """The result of the work, done in a savepoint; once, but for what a fresh look at the books mends."""
        reason = Unavailability.UNKNOWN
        for attempt in range(TRIES_MAX):
            connection = EnclosedConnection(self._lent, self.tenant_id, process=self._process)
            try:
                with connection.undone_on_error():
                    return work(connection)
            except (*DRIVER_FAILURES, LostRaceError) as error:
                meaning, reason = known_meaning_of(error), known_reason_of(error)
                # A deadlock or a lost connection is the whole transaction's affair, which only its owner can repeat.
                if meaning is not Meaning.LOST_RACE or attempt == TRIES_MAX - 1:
                    break
        raise UnavailableError(reason=reason)
