"""What a database error means to the core: one table from SQLSTATE to what the caller should do."""

from enum import Enum
from typing import Final

from psycopg import errors
from sqlalchemy.exc import DBAPIError

from bankcore_infra.db.exchange import ExchangeError


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
}
_LOST_CONNECTION_CLASSES: Final = ("08", "57P")


def meaning_of(error: DBAPIError | ExchangeError) -> Meaning:
    """What the driver's error means.

    Distributed PostgreSQL reports XX000 where the real state is lost, so it counts as a lost connection: unknown
    during COMMIT.
    """
    sqlstate = sqlstate_of(error)
    if sqlstate is None:
        was_invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
        is_lost = was_invalidated or isinstance(error.orig, errors.OperationalError | errors.InterfaceError)
        return Meaning.LOST_CONNECTION if is_lost else Meaning.DEFECT
    if sqlstate.startswith(_LOST_CONNECTION_CLASSES) or sqlstate == "XX000":
        return Meaning.LOST_CONNECTION
    return _MEANINGS.get(sqlstate, Meaning.DEFECT)


def sqlstate_of(error: DBAPIError | ExchangeError) -> str | None:
    """The five characters, or None when the server said nothing."""
    return error.orig.sqlstate if isinstance(error.orig, errors.Error) else None
