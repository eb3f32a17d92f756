"""Which failures a command expects, and the one line that each of them gets; any other one is a fault of ours."""

import os
from typing import Final

import psycopg
from alembic.util import CommandError
from redis import RedisError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bankcore.errors import BankcoreError, UnavailableError
from bankcore_infra.cli.supervisor import RoleFailedError
from bankcore_infra.embedded import EmbeddedServersError
from bankcore_infra.settings import SettingsError

EXPECTED: Final = (
    BankcoreError,
    CommandError,
    DBAPIError,
    EmbeddedServersError,
    OSError,
    PoolTimeoutError,
    RedisError,
    RoleFailedError,
    SettingsError,
    UnicodeError,
    psycopg.Error,
)


def line_of(error: BaseException) -> str:
    """What went wrong, on one line, whatever line ends the words of a server or a system have."""
    return " ".join(_words_of(error).split())


def _words_of(error: BaseException) -> str:
    told = str(error) or type(error).__name__
    match error:
        case DBAPIError():
            told = f"the database: {_driver_words(error)}"
        case psycopg.Error() | PoolTimeoutError():
            told = f"the database: {told}"
        case RedisError():
            told = f"BANKCORE_REDIS_URL: {told}"
        case UnicodeError():
            told = f"a text cannot be read or written: {told}"
        case OSError():
            told = _system_words(error)
        case UnavailableError() if isinstance(error.__cause__, DBAPIError):
            told = f"the database: {_driver_words(error.__cause__)}"
        case _:
            pass
    return told


def _driver_words(error: DBAPIError) -> str:
    """What the server said, without the statement, which may hold what is nobody's business."""
    original = error.orig
    said = original.diag.message_primary if isinstance(original, psycopg.Error) else None
    return said or str(original) or type(original).__name__


def _system_words(error: OSError) -> str:
    if isinstance(error, FileNotFoundError) and not _has_working_folder():
        return "the working folder is not there any more; go to another one"
    reason = error.strerror or str(error) or type(error).__name__
    return reason if error.filename is None else f"{os.fsdecode(error.filename)}: {reason}"


def _has_working_folder() -> bool:
    try:
        os.getcwd()  # noqa: PTH109 - the question is whether it fails
    except OSError:
        return False
    return True
