"""Runs work in database transactions: bound to a tenant, bounded in time, repeated when that is safe."""

import random
import threading
import time
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Final, Protocol, TypeVar

from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from typing_extensions import override

from bankcore.errors import LedgerInvariantError, OutcomeUnknownError, Unavailability, UnavailableError
from bankcore.identifiers import TenantId
from bankcore_infra.db.engine import Database
from bankcore_infra.db.exchange import ExchangeError, Parameter, Rows, Statement
from bankcore_infra.db.sqlstates import DriverFailure, Meaning, meaning_of, reason_of, sqlstate_of
from bankcore_infra.db.tenant_connection import CommitLostError, TenantConnection
from bankcore_infra.db.waiting import pause
from bankcore_infra.log_messages import LogMessage, logger_of

_LOG: Final = logger_of("db")

T = TypeVar("T")

TRIES_MAX: Final = 5
# A try takes up to ten seconds where the server is silent, and nobody waits for much longer than that.
_BUDGET_S: Final = 8.0
# An unknown outcome becomes a known one only by another try.
_BUDGET_UNKNOWN_S: Final = 10.0
_PAUSE_MAX_S: Final = 0.64
DRIVER_FAILURES: Final = (DBAPIError, ExchangeError, PoolTimeoutError, DriverError)
_REPEATABLE: Final = frozenset({Meaning.RETRY, Meaning.LOST_RACE, Meaning.LOST_CONNECTION})


class LostRaceError(Exception):
    """Somebody else took the same unique name first; a fresh unit of work sees what became of it."""


class Transactions(Protocol):
    """Where a unit of work gets its transaction from; `commits` tells whether its end is the transaction's end."""

    commits: bool
    tenant_id: TenantId

    def ask(self, statement: Statement, *parameters: Parameter) -> tuple[datetime, Rows]:
        """The rows of one statement that changes nothing, and as of when."""

    def run(self, work: Callable[[TenantConnection], T], *, resubmittable: bool = False) -> T:
        """Run the work and make it last; see `UnitsOfWork.run`."""

    def rehearse(self, work: Callable[[TenantConnection], T]) -> T:
        """Run the work and undo it."""


class OwnTransactions(Transactions):
    """Transactions on connections of our own: begun, committed and repeated here."""

    commits = True

    def __init__(self, database: Database, tenant_id: TenantId, *, lock_timeout: str | None = None) -> None:
        """For the tenant's rows in that database; `lock_timeout` is PostgreSQL's, by default the connection's."""
        self._database = database
        self._lock_timeout = lock_timeout
        self._progress = threading.local()
        self.tenant_id = tenant_id

    @property
    def has_sent_commit(self) -> bool:
        """Whether the last transaction of this thread came so far that it may have been made to last."""
        return getattr(self._progress, "has_sent_commit", False)

    @override
    def ask(self, statement: Statement, *parameters: Parameter) -> tuple[datetime, Rows]:
        def run(connection: TenantConnection) -> tuple[datetime, Rows]:
            return connection.ask_and_end(statement, *parameters)

        return self._repeat(run, resubmittable=True, end=_nothing_more)

    @override
    def run(self, work: Callable[[TenantConnection], T], *, resubmittable: bool = False) -> T:
        return self._repeat(work, resubmittable=resubmittable, end=TenantConnection.commit)

    @override
    def rehearse(self, work: Callable[[TenantConnection], T]) -> T:
        return self._repeat(work, resubmittable=True, end=TenantConnection.flush)

    def _repeat(
        self, work: Callable[[TenantConnection], T], *, resubmittable: bool, end: Callable[[TenantConnection], None]
    ) -> T:
        """Try until it is done, hopeless, or out of time.

        Whether anything was recorded is known in every case but one: the connection was lost after COMMIT was sent.
        The next try is then patient, since the first transaction may still be on its way, and its keys tell the rest;
        such tries go on as long as there is time, because only they turn an unknown outcome into a known one.
        """
        self._database.require_open()
        began = time.monotonic()
        self._progress.has_sent_commit = False
        is_unknown = False
        cause, reason = Meaning.BUSY, Unavailability.UNKNOWN
        for attempt in count():
            if attempt > 0 and not _wait(attempt, began + (_BUDGET_UNKNOWN_S if is_unknown else _BUDGET_S)):
                break
            try:
                return self._try_once(work, end, is_patient=is_unknown)
            except CommitLostError:
                is_unknown, cause = True, Meaning.LOST_CONNECTION
                if not resubmittable:
                    break
            except (*DRIVER_FAILURES, LostRaceError) as error:
                cause, reason = known_meaning_of(error), known_reason_of(error)
                is_hopeless = cause not in _REPEATABLE or attempt == TRIES_MAX - 1
                if is_hopeless and not is_unknown:
                    break
        # The driver's error is neither logged nor chained: its message repeats values.
        _LOG.warning(LogMessage("transaction given up", cause=cause.name.lower(), is_unknown=is_unknown))
        raise OutcomeUnknownError() if is_unknown else UnavailableError(reason=reason)

    def _try_once(
        self, work: Callable[[TenantConnection], T], end: Callable[[TenantConnection], None], *, is_patient: bool
    ) -> T:
        with self._database.engine_for(self.tenant_id).connect() as connection:
            bound = TenantConnection(connection, self.tenant_id, is_patient=is_patient, lock_timeout=self._lock_timeout)
            with bound.abandoned_on_error():
                result = work(bound)
                self._progress.has_sent_commit = True
                end(bound)
            return result


def _nothing_more(_connection: TenantConnection) -> None:
    """What was asked has ended its transaction."""


def _wait(attempt: int, deadline: float) -> bool:
    """Let the others finish before that attempt; False when there is no time left for it."""
    pause_s = random.uniform(0.5, 1.5) * min(0.01 * 4 ** (attempt - 1), _PAUSE_MAX_S)  # noqa: S311 - jitter, not a secret
    if time.monotonic() + pause_s > deadline:
        return False
    pause(pause_s)
    return True


def known_reason_of(error: DriverFailure | LostRaceError) -> Unavailability:
    """What to tell the caller of the error."""
    return Unavailability.CONTENTION if isinstance(error, LostRaceError) else reason_of(error)


def known_meaning_of(error: DriverFailure | LostRaceError) -> Meaning:
    """What the error means; a defect is raised, naming the broken rule without the values of the driver's message."""
    if isinstance(error, LostRaceError):
        return Meaning.LOST_RACE
    meaning = meaning_of(error)
    if meaning is Meaning.DEFECT:
        constraint = getattr(getattr(getattr(error, "orig", error), "diag", None), "constraint_name", None)
        raise LedgerInvariantError(f"the database refused: sqlstate {sqlstate_of(error)}, rule {constraint}") from None
    return meaning
