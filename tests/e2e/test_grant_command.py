"""`bankcore db grant`: a login of another program may keep books in its own transactions."""

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from bankcore.errors import InvalidRequestError
from bankcore_infra.cli import program
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

pytestmark = pytest.mark.timeout(120)
ROLE = "Stall keeper"


@pytest.fixture(autouse=True)
def _settings(bank: SqlBank, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings name the owner's address, and there are a role and others that are unfit."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BANKCORE_OWNER_DATABASE_URL", bank.scratch.url("postgres"))
    roles = {f'"{ROLE}"': "LOGIN", "lonely": "LOGIN NOINHERIT", "high": "LOGIN BYPASSRLS"}
    for name, words in roles.items():
        bank.scratch.execute(f"CREATE ROLE {name} {words}")
    yield
    for name in roles:
        bank.scratch.execute(f"DROP ROLE {name}")


def grant(*words: str) -> Result:
    return CliRunner().invoke(program.program, ["db", "grant", *words], catch_exceptions=False)


def test_a_role_may_keep_books_after_it_and_not_before(bank: SqlBank) -> None:
    alice = bank.open_account()
    url = psycopg.conninfo.make_conninfo(bank.scratch.url(), user=ROLE)
    with psycopg.connect(url) as caller:
        with pytest.raises(InvalidRequestError, match=f"`bankcore db grant {ROLE}` lets it"):
            bank.using(caller).deposit(alice.id, npr("1.00"))

        first, again = grant(ROLE), grant(ROLE, "--json")
        bank.using(caller).deposit(alice.id, npr("1.00"))

    assert (first.exit_code, first.stdout) == (0, f"{ROLE} may keep books\n")
    assert json.loads(again.stdout) == {"role": ROLE, "isNew": False}
    assert bank.balance(alice) == "1.00"


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        ("nobody", "there is no role nobody; make it with CREATE ROLE"),
        ("high", "high stands above row level security"),
        ("bankcore_owner", "bankcore_owner stands above row level security"),
        ("lonely", "it has NOINHERIT"),
    ],
)
def test_a_role_that_cannot_keep_them_is_refused_with_a_sentence(bank: SqlBank, role: str, reason: str) -> None:
    refused = grant(role)

    assert refused.exit_code == 2
    assert reason in " ".join(refused.stderr.split())
    members = bank.scratch.rows(
        "SELECT member::regrole::text FROM pg_auth_members WHERE roleid = 'bankcore_app'::regrole"
    )
    assert (role,) not in members
