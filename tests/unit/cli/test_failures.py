"""Each family of expected failures is one line that says what is wrong, and no more."""

import errno
from pathlib import Path

import psycopg
import pytest
from alembic.util import CommandError
from redis import AuthenticationError
from redis import ConnectionError as RedisConnectionError
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bankcore.errors import NotFoundError, UnavailableError
from bankcore_infra.cli.failures import expected, line_of
from bankcore_infra.cli.supervisor import RoleFailedError
from bankcore_infra.embedded import EmbeddedServersError
from bankcore_infra.settings import SettingsError

REFUSED = OperationalError("SELECT 'secret'", {"a": "secret"}, psycopg.OperationalError("refused\n\tIs it running?"))


def _unavailable() -> UnavailableError:
    error = UnavailableError()
    error.__cause__ = REFUSED
    return error


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (SettingsError("BANKCORE_PORT", "is wrong"), "BANKCORE_PORT: is wrong"),
        (EmbeddedServersError("no server"), "no server"),
        (RoleFailedError("the api did not start"), "the api did not start"),
        (CommandError("Can't locate revision identified by 'x'"), "Can't locate revision identified by 'x'"),
        (REFUSED, "the database: refused Is it running?"),
        (ProgrammingError("SELECT", {}, psycopg.ProgrammingError("bad option")), "the database: bad option"),
        (PoolTimeoutError("no connection is free"), "the database: no connection is free"),
        (psycopg.OperationalError("gone"), "the database: gone"),
        (_unavailable(), "the database: refused Is it running?"),
        (UnavailableError(), str(UnavailableError())),
        (NotFoundError(resource="tenant", identifier="x"), str(NotFoundError(resource="tenant", identifier="x"))),
        (RedisConnectionError("Error 111"), "BANKCORE_REDIS_URL: Error 111"),
        (AuthenticationError(), "BANKCORE_REDIS_URL: AuthenticationError"),
        (OSError(errno.ENOSPC, "No space left on device", "/dev/full"), "/dev/full: No space left on device"),
        (OSError(errno.EPIPE, "Broken pipe"), "Broken pipe"),
        (TimeoutError(), "TimeoutError"),
        (
            UnicodeEncodeError("ascii", "…", 0, 1, "no"),
            "a text cannot be read or written: 'ascii' codec can't encode character '\\u2026' in position 0: no",
        ),
    ],
)
def test_an_expected_failure_is_one_line(error: Exception, line: str) -> None:
    assert isinstance(error, expected())
    assert line_of(error) == line


def test_what_a_server_says_of_a_statement_is_told_without_the_statement() -> None:
    assert "secret" not in line_of(REFUSED)


def test_a_working_folder_that_is_gone_is_named_as_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    try:
        with pytest.raises(FileNotFoundError) as missed:
            Path("x").resolve()
        assert line_of(missed.value) == "the working folder is not there any more; go to another one"
    finally:
        monkeypatch.undo()
    assert line_of(FileNotFoundError(errno.ENOENT, "No such file", "x")) == "x: No such file"


@pytest.mark.parametrize("error", [ValueError(), KeyError("x"), TypeError(), RuntimeError(), AssertionError()])
def test_a_fault_of_ours_is_not_expected(error: Exception) -> None:
    assert not isinstance(error, expected())
