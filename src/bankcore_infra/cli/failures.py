"""The failures that a command expects, and the line that each of them gets; any other one is a defect."""

import os
import sys
from typing import Final

from bankcore.errors import BankcoreError, UnavailableError
from bankcore_infra.extras import MissingExtraError

_DATABASE: Final = (("sqlalchemy.exc", "DBAPIError"),)
_DRIVER: Final = (("psycopg", "Error"), ("sqlalchemy.exc", "TimeoutError"))
_REDIS: Final = (("redis", "RedisError"),)
_OTHERS: Final = (
    ("alembic.util", "CommandError"),
    ("bankcore_infra.cli.supervisor", "RoleFailedError"),
    ("bankcore_infra.embedded", "EmbeddedServersError"),
    ("bankcore_infra.settings", "SettingsError"),
)


def expected() -> tuple[type[Exception], ...]:
    """The failures that a command expects: ours, the system's, and those of what has been imported by now."""
    imported = _imported(*_DATABASE, *_DRIVER, *_REDIS, *_OTHERS)
    return (BankcoreError, MissingExtraError, OSError, UnicodeError, *imported)


def _imported(*names: tuple[str, str]) -> tuple[type[Exception], ...]:
    """Those of the classes whose module is imported; no error of another one can have come."""
    return tuple(getattr(sys.modules[module], name) for module, name in names if module in sys.modules)


def line_of(error: BaseException) -> str:
    """The failure on one line, also if the server's or system's text has several."""
    return " ".join(_words_of(error).split())


def _words_of(error: BaseException) -> str:
    told = str(error) or type(error).__name__
    cause = error.__cause__ if isinstance(error, UnavailableError) else error
    if isinstance(cause, _imported(*_DATABASE)):
        told = f"the database: {_driver_words(cause)}"
    elif isinstance(error, _imported(*_DRIVER)):
        told = f"the database: {told}"
    elif isinstance(error, _imported(*_REDIS)):
        told = f"BANKCORE_REDIS_URL: {told}"
    elif isinstance(error, UnicodeError):
        told = f"a text cannot be read or written: {told}"
    elif isinstance(error, OSError):
        told = _system_words(error)
    return told


def _driver_words(error: BaseException) -> str:
    """The server's message, without the statement, which may hold personal data."""
    original = getattr(error, "orig", None)
    said: str | None = getattr(getattr(original, "diag", None), "message_primary", None)
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
