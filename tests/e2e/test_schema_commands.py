"""`bankcore db` on a database that the settings name: that one is changed, and no other is started."""

import base64
import hashlib
import hmac
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bankcore_infra.cli import program
from bankcore_infra.settings import SettingsError
from tests.worlds.sql_bank import ScratchCluster, ScratchDatabase

pytestmark = pytest.mark.timeout(120)
Command = Callable[..., Result]


@pytest.fixture
def empty(cluster: ScratchCluster) -> Iterator[ScratchDatabase]:
    """A database that holds nothing, on a server where the roles are."""
    with cluster.database(template="template0") as database:
        yield database


@pytest.fixture
def command(empty: ScratchDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs `bankcore db` where the settings name the owner's address alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BANKCORE_OWNER_DATABASE_URL", empty.url("postgres"))

    def run(*words: str) -> Result:
        return CliRunner().invoke(program.program, ["db", *words], catch_exceptions=False)

    return run


def test_the_owners_address_alone_is_enough_to_migrate_that_database(
    command: Command, empty: ScratchDatabase, tmp_path: Path
) -> None:
    before = command("current").stdout
    upgraded = command("upgrade")
    current = command("current").stdout
    tenants = empty.rows("SELECT slug, kind FROM bankcore.tenants")
    again = command("upgrade")
    down = command("downgrade", "base", "--yes")

    assert before.startswith("base (newest: ")
    assert upgraded.exit_code == 0
    assert current.split()[0] == upgraded.stdout.split("revision ")[1].split()[0]
    assert tenants == [("main", "live")]
    assert again.exit_code == 0
    assert "revision base" in down.stdout
    assert command("url", "--role", "owner").stdout.strip() == empty.url("postgres")
    assert list(tmp_path.iterdir()) == []


def test_the_applications_login_is_not_needed_to_migrate(
    command: Command, empty: ScratchDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANKCORE_DATABASE_URL", "postgresql://bankcore_app@127.0.0.1:1/not-yet")

    assert command("upgrade").exit_code == 0
    assert empty.scalar("SELECT count(*) FROM bankcore.tenants") == 1


def test_the_migrating_role_can_migrate_what_somebody_else_has_prepared(
    command: Command, empty: ScratchDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("upgrade").exit_code == 0
    assert command("downgrade", "-1", "--yes").exit_code == 0
    empty.execute("DELETE FROM bankcore.tenants")
    monkeypatch.setenv("BANKCORE_OWNER_DATABASE_URL", empty.url("bankcore_migrator"))

    assert command("upgrade").exit_code == 0
    assert empty.rows("SELECT slug FROM bankcore.tenants") == [("main",)]


def test_of_several_that_migrate_at_once_each_finds_it_done(command: Command, empty: ScratchDatabase) -> None:
    results = list[int]()
    threads = [threading.Thread(target=lambda: results.append(command("upgrade").exit_code)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [0, 0, 0]
    assert empty.rows("SELECT slug FROM bankcore.tenants") == [("main",)]


def test_a_new_database_comes_with_what_to_do_next(command: Command) -> None:
    assert "`bankcore db passwords` sets these passwords" in command("upgrade").stderr
    assert command("upgrade").stderr == ""


def test_each_role_gets_the_password_of_its_address(
    command: Command, empty: ScratchDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("upgrade")
    monkeypatch.setenv("BANKCORE_DATABASE_URL", "postgresql://bankcore_app:gr%C3%BCn%20%27%25@db/bank")
    monkeypatch.setenv("BANKCORE_SEALER_DATABASE_URL", "postgresql://bankcore_sealer:seal@db/bank")

    assert command("passwords").stdout == "passwords are set for bankcore_app, bankcore_sealer\n"

    rows = empty.rows("SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE 'bankcore_%%'")
    stored = {role: password for role, password in rows}  # noqa: C416 - a row is a tuple of any length
    assert _is_password("grün '%", str(stored["bankcore_app"]))
    assert _is_password("seal", str(stored["bankcore_sealer"]))
    assert stored["bankcore_auditor"] is None


def _is_password(password: str, verifier: str) -> bool:
    """Whether the server would let somebody in with it (RFC 5802)."""
    algorithm, rounds, keys = verifier.split("$")
    count, salt = rounds.split(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(count))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    stored_key = base64.b64encode(hashlib.sha256(client_key).digest()).decode()
    return algorithm == "SCRAM-SHA-256" and keys.split(":")[0] == stored_key


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://bankcore_app@db/bank", "BANKCORE_DATABASE_URL: holds no password for bankcore_app"),
        ("postgresql://somebody:x@db/bank", "BANKCORE_DATABASE_URL: names the role somebody, and not bankcore_app"),
        ("", "BANKCORE_DATABASE_URL: not set, but BANKCORE_OWNER_DATABASE_URL is"),
    ],
)
def test_an_address_without_a_password_for_its_role_is_named(
    command: Command, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("BANKCORE_DATABASE_URL", url)

    with pytest.raises(SettingsError, match=f"^{said}"):
        command("passwords")
