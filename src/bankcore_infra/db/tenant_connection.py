"""TenantConnection: what a unit of work asks and tells, in as few round trips as its questions need."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Final

from psycopg import Connection as DriverConnection
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection

from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import TenantId
from bankcore_infra.db.exchange import Exchange, ExchangeError, Parameter, Rows, Sent, Statement
from bankcore_infra.db.opening import opening, opening_with_keys
from bankcore_infra.db.rows import Row, RowStatement
from bankcore_infra.db.session import SETTING, setting_each_time
from bankcore_infra.db.sqlstates import Meaning, is_forgetful, meaning_of

_BEGIN: Final = Sent(Statement("BEGIN", name="BEGIN"))
# Where a session is not ours, neither is what its transactions are by default.
_BEGIN_AS_USUAL: Final = Sent(Statement("SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE"))
_COMMIT: Final = Sent(Statement("COMMIT", name="COMMIT"))
_FRAME: Final = (_BEGIN.statement, _BEGIN_AS_USUAL.statement, SETTING, _COMMIT.statement)
_PREPARED: Final = "bankcore.prepared"


class CommitLostError(Exception):
    """COMMIT was sent and no answer came."""


class TenantConnection:
    """A connection inside a transaction that belongs to one tenant.

    Round trips are what a transaction costs, so nobody waits for the answer to what is only told: a unit of work is one
    exchange for each question, and one for everything it writes with its COMMIT. While a long batch is still being
    told, the server is already at its beginning.
    """

    def __init__(
        self,
        connection: Connection | None,
        tenant_id: TenantId,
        *,
        is_patient: bool = False,
        lock_timeout: str | None = None,
    ) -> None:
        """For a connection of ours whose transaction may have begun; a patient one waits for keys that others hold.

        `lock_timeout` is PostgreSQL's, such as `200ms`.
        """
        self._lock_timeout = lock_timeout
        self._connection = connection
        self._is_patient = is_patient
        self._opened_at: datetime | None = None
        self._places: Sequence[int] = ()
        self._opening: Sent | None = None
        self._exchange: Exchange | None = None
        # Statements around what is asked, which answer nothing.
        self._frame: Collection[Statement] = _FRAME
        self.tenant_id = tenant_id

    @property
    def sql(self) -> Connection:
        """The connection, ready for statements on the tenant's rows; everything told so far is done."""
        self.flush()
        return self._ours

    @property
    def _ours(self) -> Connection:
        assert self._connection is not None  # noqa: S101 - only what encloses a caller's has none, and it needs none
        return self._connection

    @property
    def opened_at(self) -> datetime:
        """When the transaction began, by the database's clock."""
        if self._opened_at is None:
            self.flush()
        assert self._opened_at is not None  # noqa: S101 - `flush` has just set it
        return self._opened_at

    def begin_with_keys(self, keys: Sequence[IdempotencyKey]) -> None:
        """Begin, and ask to hold these keys until the transaction ends; next comes `ask_for_keys`, with the same keys.

        The server is at it while the questions are being made.
        """
        self._open_with_keys(keys)
        self.hurry()

    def ask_for_keys(self, keys: Sequence[IdempotencyKey], *questions: Sent) -> None:
        """Ask to hold these keys until the transaction ends, and the questions once they are held, in one round trip.

        Nothing is waited for: next comes `take_keys`, with the same keys.
        """
        if self._opening is None:
            self._open_with_keys(keys)
        for question in questions:
            self._send(question)
        assert self._exchange is not None  # noqa: S101 - something has just been sent
        self._exchange.depart()

    def take_keys(self, keys: Sequence[IdempotencyKey]) -> tuple[set[IdempotencyKey], list[Rows]]:
        """The keys that were asked for without those that another transaction holds, and the rows of each question."""
        answers = self._finish()
        return {keys[place - 1] for place in self._places}, answers

    def ask(self, statement: Statement, *parameters: Parameter) -> Rows:
        """The rows of the statement."""
        self.tell(statement, *parameters)
        return self._finish()[-1]

    def ask_together(self, *questions: Sent) -> list[Rows]:
        """The rows of each of these statements, in one round trip."""
        for statement, parameters in questions:
            self.tell(statement, *parameters)
        return self._finish()[-len(questions) :]

    def tell(self, statement: Statement, *parameters: Parameter) -> None:
        """Have the statement executed in its turn; it fails with whatever is asked next, or with the commit."""
        if self._opening is None:
            self._open_with_keys([])
        self._send(Sent(statement, parameters))

    def tell_on(self, statement: RowStatement, rows: Sequence[Row]) -> None:
        """As `tell`, with rows of the tenant."""
        sent = statement.on(rows, self.tenant_id)
        self.tell(sent.statement, *sent.parameters)

    def ask_on(self, statement: RowStatement, rows: Sequence[Row]) -> Rows:
        """As `ask`, with rows of the tenant."""
        self.tell_on(statement, rows)
        return self._finish()[-1]

    def hurry(self) -> None:
        """Have what was told begun at once, because there is much to do of it."""
        if self._exchange is not None:
            self._exchange.hurry()

    def ask_and_end(self, statement: Statement, *parameters: Parameter) -> tuple[datetime, Rows]:
        """When the transaction began, and the rows of its only statement: all of it is one round trip.

        The server makes one transaction of what it gets at once, so that nobody needs to say where it begins and ends.
        """
        self._exchange = self._begin_exchange(is_all=True)
        has_begun = self._exchange.length > 0
        self._open(opening(self.tenant_id))
        self._send(Sent(statement, parameters))
        if has_begun:
            self._send(_COMMIT)
        rows = self._finish()[0]
        return self.opened_at, rows

    def flush(self) -> None:
        """Have everything executed that was told so far."""
        if self._opening is None:
            self._open(self._opening_of(None))
        if self._exchange is not None:
            self._finish()

    def commit(self) -> None:
        """End the transaction and make it last; if nothing was begun, there is nothing to do.

        Raises:
            CommitLostError: no answer came, so nobody knows what became of it.
            ExchangeError: it was undone.
        """
        if self._opening is None:
            return
        self._send(_COMMIT)
        assert self._exchange is not None  # noqa: S101 - something has just been sent
        place = self._exchange.length - 1
        try:
            self._finish()
        except ExchangeError as error:
            # A statement that was refused took the COMMIT behind it along.
            was_refused = error.index is not None and error.index < place
            if was_refused or meaning_of(error) is not Meaning.LOST_CONNECTION:
                raise
            raise CommitLostError from None
        except Exception as error:
            # Whatever it is, COMMIT may have been executed before it, and nobody may think that it was not.
            raise CommitLostError from error

    @contextmanager
    def abandoned_on_error(self) -> Iterator[None]:
        """If the block raises, end an exchange that was begun, so that the connection can be used again."""
        try:
            yield
        except BaseException:
            if self._exchange is not None:
                with suppress(ExchangeError):
                    self._finish()
            raise

    def _open_with_keys(self, keys: Sequence[IdempotencyKey]) -> None:
        self._open(self._opening_of(keys))

    def _opening_of(self, keys: Sequence[IdempotencyKey] | None) -> Sent:
        """What binds the transaction to the tenant, and takes the keys; None where nothing else may be asked."""
        if keys is None:
            return opening(self.tenant_id)
        return opening_with_keys(self.tenant_id, keys, is_patient=self._is_patient, lock_timeout=self._lock_timeout)

    def _open(self, statement: Sent) -> None:
        """Begin as the tenant."""
        self._opening = statement
        self._send(statement)

    def _send(self, sent: Sent) -> None:
        if self._exchange is None:
            self._exchange = self._begin_exchange()
        self._exchange.send(sent)

    def _begin_exchange(self, *, is_all: bool = False) -> Exchange:
        """An exchange in the transaction, which is begun if there is none; one that is all of it can do without."""
        driver = self._ours.connection.driver_connection
        if not isinstance(driver, DriverConnection):
            raise TypeError("the books need a connection of psycopg 3")
        is_idle = driver.info.transaction_status == TransactionStatus.IDLE
        settings = setting_each_time(driver)
        # Behind a pooler, the session that something was prepared in may be another one the next time.
        prepared = self._ours.info.setdefault(_PREPARED, set()) if settings is None else None
        exchange = self._new_exchange(driver, prepared)
        if is_idle and not (is_all and settings is None):
            exchange.send(_BEGIN)
            if settings is not None:
                exchange.send(_BEGIN_AS_USUAL)
                exchange.send(settings)
        return exchange

    @staticmethod
    def _new_exchange(driver: DriverConnection[Any], prepared: set[bytes] | None) -> Exchange:
        return Exchange(driver, prepared)

    def _look_at(self, opened: tuple[Any, ...]) -> None:
        """Hear what the server says of the transaction that it has just opened."""

    def _lose(self) -> None:
        """Be rid of the connection, which is of no more use."""
        self._ours.invalidate()

    def _finish(self) -> list[Rows]:
        """The answers to what was asked and told, without those to what frames it."""
        assert self._exchange is not None  # noqa: S101 - something was sent
        exchange, self._exchange = self._exchange, None
        try:
            answers = exchange.finish()
        except ExchangeError as error:
            if self._connection is not None and is_forgetful(error):
                self._lose()
            raise
        finally:
            if exchange.is_closed:
                self._lose()
        asked = []
        for sent, rows in zip(exchange.sent, answers, strict=True):
            if sent is self._opening:
                self._opened_at, self._places = rows[0][1], rows[0][2] or ()
                self._look_at(rows[0])
            elif sent.statement not in self._frame:
                asked.append(rows)
        return asked
