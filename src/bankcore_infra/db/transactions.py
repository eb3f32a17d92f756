"""Runs work in database transactions: bound to a tenant, bounded in time, repeated when that is safe."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from typing import Final, Protocol, TypeVar

from loguru import logger
from psycopg import Connection as DriverConnection
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from typing_extensions import override

from bankcore.errors import LedgerInvariantError, OutcomeUnknownError, UnavailableError
from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import TenantId
from bankcore_infra.db.engine import Database
from bankcore_infra.db.exchange import ExchangeError, Parameter, Rows, Sent, Statement, exchange
from bankcore_infra.db.locking import opening, opening_with_keys
from bankcore_infra.db.sqlstates import Meaning, meaning_of, sqlstate_of

T = TypeVar("T")

_TRIES_MAX: Final = 5
_BUDGET_S: Final = 12.0
_PAUSE_MAX_S: Final = 0.64
_BEGIN: Final = Sent(Statement("BEGIN", name="BEGIN"))
_COMMIT: Final = Sent(Statement("COMMIT", name="COMMIT"))
_PREPARED: Final = "bankcore.prepared"
_UNKNOWN_STATEMENT: Final = "26000"
_REPEATABLE: Final = frozenset({Meaning.RETRY, Meaning.LOST_RACE, Meaning.LOST_CONNECTION})


class LostRaceError(Exception):
    """Somebody else took the same unique name first; a fresh unit of work sees what became of it."""


class CommitLostError(Exception):
    """COMMIT was sent and no answer came."""


class TenantConnection:
    """A connection inside a transaction that belongs to one tenant.

    Round trips are what a transaction costs, so what is only told is kept back until something is asked, or until the
    commit: a unit of work is one exchange for each question, and one for everything it writes with its COMMIT.
    """

    def __init__(
        self, connection: Connection, tenant_id: TenantId, *, is_patient: bool = False, is_ours: bool = True
    ) -> None:
        """For a connection whose transaction may have begun; a patient one waits for keys that others hold.

        One that is not ours is left as it was: nothing stays prepared on it.
        """
        self._connection = connection
        self._is_ours = is_ours
        self._is_patient = is_patient
        self._opened_at: datetime | None = None
        self._told: list[Sent] = []
        self.tenant_id = tenant_id

    @property
    def sql(self) -> Connection:
        """The connection, ready for statements on the tenant's rows; everything told so far is done."""
        self.flush()
        return self._connection

    @property
    def opened_at(self) -> datetime:
        """When the transaction began, by the database's clock."""
        if self._opened_at is None:
            self.flush()
        assert self._opened_at is not None  # noqa: S101 - `flush` has just set it
        return self._opened_at

    def take_keys(
        self, keys: Sequence[IdempotencyKey], question: Sent | None = None
    ) -> tuple[set[IdempotencyKey], Rows]:
        """Hold these keys until the transaction ends, without those that another transaction holds.

        A question is asked when they are held, in the same round trip; its rows.
        """
        places, answers = self._open(keys, [] if question is None else [question])
        return {keys[place - 1] for place in places}, answers[-1] if answers else []

    def ask(self, statement: Statement, *parameters: Parameter) -> Rows:
        """The rows of the statement."""
        sent = [*self._take_told(), Sent(statement, parameters)]
        answers = self._open([], sent)[1] if self._opened_at is None else self._exchange(sent)
        return answers[-1]

    def tell(self, statement: Statement, *parameters: Parameter) -> None:
        """Have the statement executed in its turn; it fails with whatever is asked next, or with the commit."""
        self._told.append(Sent(statement, parameters))

    def ask_and_end(self, statement: Statement, *parameters: Parameter) -> tuple[datetime, Rows]:
        """When the transaction began, and the rows of its only statement: all of it is one round trip."""
        opened, rows, _ended = self._exchange([opening(self.tenant_id), Sent(statement, parameters), _COMMIT])
        return opened[0][1], rows

    def flush(self) -> None:
        """Have everything executed that was told so far."""
        if self._opened_at is None:
            self._open([], self._take_told())
        elif self._told:
            self._exchange(self._take_told())

    def commit(self) -> None:
        """End the transaction and make it last; if nothing was begun, there is nothing to do.

        Raises:
            CommitLostError: no answer came, so nobody knows what became of it.
            ExchangeError: it was undone.
        """
        if self._opened_at is None:
            if not self._told:
                return
            self.flush()
        told = self._take_told()
        try:
            self._exchange([*told, _COMMIT])
        except ExchangeError as error:
            # A statement that was refused took the COMMIT behind it along.
            was_refused = error.index is not None and error.index < len(told)
            if was_refused or meaning_of(error) is not Meaning.LOST_CONNECTION:
                raise
            raise CommitLostError from None

    def _take_told(self) -> list[Sent]:
        told, self._told = self._told, []
        return told

    def _open(self, keys: Sequence[IdempotencyKey], sent: list[Sent]) -> tuple[Sequence[int], list[Rows]]:
        """Begin as the tenant, with the keys: the places of those that are held, and the answers to what is sent."""
        if keys or sent:
            first = opening_with_keys(self.tenant_id, keys, is_patient=self._is_patient)
        else:
            first = opening(self.tenant_id)
        opened, *answers = self._exchange([first, *sent])
        self._opened_at, places = opened[0][1:3]
        return places or (), answers

    def _exchange(self, sent: list[Sent]) -> list[Rows]:
        driver = self._connection.connection.driver_connection
        if not isinstance(driver, DriverConnection):
            raise TypeError("the books need a connection of psycopg 3")
        is_first = driver.info.transaction_status == TransactionStatus.IDLE
        prepared = self._connection.info.setdefault(_PREPARED, set()) if self._is_ours else None
        try:
            answers = exchange(driver, prepared, [_BEGIN, *sent] if is_first else sent)
        except ExchangeError as error:
            if prepared is not None and sqlstate_of(error) == _UNKNOWN_STATEMENT:
                prepared.clear()
            raise ExchangeError(None if error.index is None else error.index - is_first, error.orig) from None
        finally:
            if driver.closed:
                self._connection.invalidate()
        return answers[is_first:]


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

    def __init__(self, database: Database, tenant_id: TenantId) -> None:
        """For the tenant's rows in that database."""
        self._database = database
        self.tenant_id = tenant_id

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
        deadline = time.monotonic() + _BUDGET_S
        is_unknown = False
        cause = Meaning.BUSY
        for attempt in count():
            if attempt > 0 and not _wait(attempt, deadline):
                break
            try:
                return self._try_once(work, end, is_patient=is_unknown)
            except CommitLostError:
                is_unknown, cause = True, Meaning.LOST_CONNECTION
                if not resubmittable:
                    break
            except (DBAPIError, ExchangeError, PoolTimeoutError, LostRaceError) as error:
                cause = _meaning_of(error)
                is_hopeless = cause not in _REPEATABLE or attempt == _TRIES_MAX - 1
                if is_hopeless and not is_unknown:
                    break
        # The driver's error is neither logged nor chained: its message repeats values.
        logger.bind(cause=cause.name.lower(), is_unknown=is_unknown).warning("a transaction was given up")
        raise OutcomeUnknownError if is_unknown else UnavailableError

    def _try_once(
        self, work: Callable[[TenantConnection], T], end: Callable[[TenantConnection], None], *, is_patient: bool
    ) -> T:
        with self._database.engine_for(self.tenant_id).connect() as connection:
            bound = TenantConnection(connection, self.tenant_id, is_patient=is_patient)
            result = work(bound)
            end(bound)
            return result


class CallerTransaction(Transactions):
    """The caller's own transaction: work runs in a savepoint, and only the caller commits."""

    commits = False

    def __init__(self, connection: Connection, tenant_id: TenantId) -> None:
        """For the tenant's rows, inside whatever transaction the connection is in."""
        self._connection = connection
        self.tenant_id = tenant_id

    @override
    def ask(self, statement: Statement, *parameters: Parameter) -> tuple[datetime, Rows]:
        def run(connection: TenantConnection) -> tuple[datetime, Rows]:
            return connection.opened_at, connection.ask(statement, *parameters)

        return self.run(run)

    @override
    def run(self, work: Callable[[TenantConnection], T], *, resubmittable: bool = False) -> T:
        for attempt in range(_TRIES_MAX):
            try:
                with self._connection.begin_nested():
                    return self._run_once(work)
            except (DBAPIError, ExchangeError, LostRaceError) as error:
                meaning = _meaning_of(error)
                # A deadlock or a lost connection is the whole transaction's affair, which only its owner can repeat.
                if meaning is not Meaning.LOST_RACE or attempt == _TRIES_MAX - 1:
                    break
        raise UnavailableError

    @override
    def rehearse(self, work: Callable[[TenantConnection], T]) -> T:
        savepoint = self._connection.begin_nested()
        try:
            return self._run_once(work)
        finally:
            savepoint.rollback()

    def _run_once(self, work: Callable[[TenantConnection], T]) -> T:
        bound = TenantConnection(self._connection, self.tenant_id, is_ours=False)
        result = work(bound)
        bound.flush()
        return result


def _nothing_more(_connection: TenantConnection) -> None:
    """What was asked has ended its transaction."""


def _wait(attempt: int, deadline: float) -> bool:
    """Let the others finish before that attempt; False when there is no time left for it."""
    pause_s = random.uniform(0.5, 1.5) * min(0.01 * 4 ** (attempt - 1), _PAUSE_MAX_S)  # noqa: S311 - jitter, not a secret
    if time.monotonic() + pause_s > deadline:
        return False
    time.sleep(pause_s)
    return True


def _meaning_of(error: DBAPIError | ExchangeError | PoolTimeoutError | LostRaceError) -> Meaning:
    """What the error means; a defect is raised, naming the broken rule without the values of the driver's message."""
    if isinstance(error, LostRaceError):
        return Meaning.LOST_RACE
    if isinstance(error, PoolTimeoutError):
        return Meaning.BUSY
    meaning = meaning_of(error)
    if meaning is Meaning.DEFECT:
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        raise LedgerInvariantError(f"the database refused: sqlstate {sqlstate_of(error)}, rule {constraint}") from None
    return meaning
