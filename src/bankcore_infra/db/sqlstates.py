"""What a database error means to the core: one table from SQLSTATE to what the caller should do."""

from enum import Enum
from typing import Final

from psycopg import errors
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bankcore.errors import Unavailability
from bankcore_infra.db.exchange import ExchangeError

DriverFailure = DBAPIError | ExchangeError | PoolTimeoutError | errors.Error
"""What comes from the driver, wrapped by whoever called it or as it is, and from the pool."""


class Meaning(Enum):
    """How a failed unit of work goes on."""

    RETRY = "ended by a conflict with another one; a fresh one may succeed at once"
    LOST_RACE = "somebody else took the same unique name first; a fresh one sees it"
    BUSY = "a lock or an answer could not be had in time; nothing was recorded"
    LOST_CONNECTION = "the connection is gone"
    DEFECT = "the statement or the data is wrong"


_MEANINGS: Final = {
    "40001": Meaning.RETRY,  # serialization failure
    "40P01": Meaning.RETRY,  # deadlock
    "26000": Meaning.RETRY,  # a prepared statement that the server has forgotten
    "42P05": Meaning.RETRY,  # a prepared statement that the server has already
    "0A000": Meaning.RETRY,  # a prepared statement whose rows a migration has changed
    "23505": Meaning.LOST_RACE,  # unique violation
    "BC003": Meaning.LOST_RACE,  # an account was opened and used by another unit of work meanwhile
    "55P03": Meaning.BUSY,  # lock timeout
    "57014": Meaning.BUSY,  # statement timeout
    "25P03": Meaning.BUSY,  # idle in transaction timeout
    "25P04": Meaning.BUSY,  # transaction timeout
    "53100": Meaning.BUSY,  # disk full
    "53200": Meaning.BUSY,  # out of memory, of the shared lock table too
    "53300": Meaning.BUSY,  # too many connections
    "25006": Meaning.BUSY,  # read-only transaction: a standby, or one just demoted
    "25P02": Meaning.BUSY,  # the caller's transaction has failed, which only its owner can end
    "58030": Meaning.BUSY,  # the disk cannot be read or written
}
_REASONS: Final = {
    "25006": Unavailability.READ_ONLY,
    "25P02": Unavailability.UNKNOWN,
    "25P03": Unavailability.TOO_SLOW,
    "25P04": Unavailability.TOO_SLOW,
    "53100": Unavailability.DISK_FULL,
    "53200": Unavailability.OVERLOADED,
    "53300": Unavailability.NO_CONNECTION,
    "55P03": Unavailability.LOCK_HELD,
    "57014": Unavailability.TOO_SLOW,
    "58030": Unavailability.DISK_FULL,
}
_LOST_CONNECTION_CLASSES: Final = ("08", "57P")
_FORGETFUL: Final = frozenset({"26000", "42P05", "0A000"})


def meaning_of(error: DriverFailure) -> Meaning:
    """What the driver's error means.

    Distributed PostgreSQL reports XX000 where the real state is lost, so it counts as a lost connection: unknown
    during COMMIT.
    """
    if isinstance(error, PoolTimeoutError):
        return Meaning.BUSY
    sqlstate = sqlstate_of(error)
    if sqlstate is None:
        was_invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
        is_lost = was_invalidated or isinstance(_origin(error), errors.OperationalError | errors.InterfaceError)
        return Meaning.LOST_CONNECTION if is_lost else Meaning.DEFECT
    if sqlstate.startswith(_LOST_CONNECTION_CLASSES) or sqlstate == "XX000":
        return Meaning.LOST_CONNECTION
    return _MEANINGS.get(sqlstate, Meaning.DEFECT)


def reason_of(error: DriverFailure) -> Unavailability:
    """What to tell the caller of an error that ended a unit of work."""
    if isinstance(error, PoolTimeoutError):
        return Unavailability.NO_CONNECTION
    reason = _REASONS.get(sqlstate_of(error) or "")
    if reason is not None:
        return reason
    is_lost = meaning_of(error) is Meaning.LOST_CONNECTION
    return Unavailability.UNREACHABLE if is_lost else Unavailability.CONTENTION


def sqlstate_of(error: DriverFailure) -> str | None:
    """The five characters, or None when the server said nothing."""
    origin = _origin(error)
    return origin.sqlstate if isinstance(origin, errors.Error) else None


def is_forgetful(error: DriverFailure) -> bool:
    """Whether the session has other prepared statements than we believe, so that it is of no more use."""
    return sqlstate_of(error) in _FORGETFUL


def _origin(error: DriverFailure) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError | ExchangeError) else error
