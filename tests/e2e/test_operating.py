"""The operators' document, word for word, on servers that are not the bank's own."""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import pytest

from tests.e2e.external import PASSWORD, ExternalPostgres, external_postgres, programs
from tests.worlds.program import EVERY_ROLE, environment, running_bank
from tests.worlds.running_client import Person, wait_for
from tests.worlds.valkey import valkey_process

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.enable_socket,
    pytest.mark.slow,
    pytest.mark.usefixtures("unmeasured"),
]
_DOCUMENT: Final = (Path(__file__).resolve().parents[2] / "docs" / "operating.md").read_text()
_ADMINS: Final = {"superuser": "SUPERUSER", "managed": "CREATEROLE CREATEDB"}
_WITHIN_S: Final = 60.0


def blocks(heading: str) -> list[str]:
    """The commands below that heading."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", _DOCUMENT, re.DOTALL | re.MULTILINE)
    return re.findall(r"```shell\n(.*?)```", section, re.DOTALL)


@dataclass(frozen=True, slots=True)
class Operator:
    """Where an operator works: a folder with the program in it, and the servers that the document calls its own."""

    folder: Path
    cache_url: str

    def run(
        self, script: str, postgres: ExternalPostgres, *, new: ExternalPostgres | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run commands of the document with real addresses in the place of the examples."""
        there = postgres if new is None else new
        addressed = (
            script.replace("redis://:secret@cache.example:6379/0", self.cache_url)
            .replace(":secret@", f":{PASSWORD}@")
            .replace("db.example:5432", postgres.address)
            .replace("new.example:5432", there.address)
        )
        assert ".example:" not in addressed
        run = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", addressed],
            env=environment() | {"PATH": f"{self.folder}/.venv/bin:{there.programs}:{os.environ['PATH']}"},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert run.returncode == 0, f"{addressed}\n{run.stdout}{run.stderr}"
        return run


@pytest.fixture
def operator(data_dir: Path, warm: Path) -> Iterator[Operator]:
    """A folder with the program where `make` would have put it."""
    program = data_dir.parent / ".venv" / "bin" / "bankcore"
    program.parent.mkdir(parents=True)
    program.symlink_to(warm / "bankcore")
    with valkey_process() as valkey:
        yield Operator(data_dir.parent, valkey.url)


_OLDEST, _NEWEST = min(programs(), key=int), max(programs(), key=int)
# Each version and each kind of administrator; `make matrix` goes one way more.
_WAYS: Final = [(_OLDEST, "managed"), (_NEWEST, "superuser")]
if "BANKCORE_TEST_POSTGRES" in os.environ:
    _WAYS.append((_NEWEST, "managed"))


@pytest.mark.parametrize(("version", "admin"), _WAYS, ids=str)
def test_the_documents_commands_lead_to_a_bank_that_seals_and_to_another_server(
    operator: Operator, version: str, admin: str
) -> None:
    set_up, start, look = blocks("Set up")
    (new_release,) = blocks("A new release")
    (back_up,) = blocks("Back up")
    (restore,) = blocks("Restore into another server")
    assert start == "bankcore up\n"

    with external_postgres(version, admin=_ADMINS[admin]) as postgres:
        told = operator.run(set_up, postgres)
        with running_bank(operator.folder / ".bankcore", **EVERY_ROLE) as bank:
            looked = operator.run(look, postgres)
            sita = Person(bank.url, "sita").register()
            sita.deposit("1000.00")
            operator.run(new_release, postgres)
            assert wait_for(lambda: _followed(postgres) == 1, within_s=_WITHIN_S)
            assert not (operator.folder / ".bankcore/postgres").exists()
            assert bank.stop() == 0
        operator.run(back_up, postgres)

        with external_postgres(_NEWEST, admin=_ADMINS[admin]) as new:
            restored = operator.run(restore, postgres, new=new)
            with running_bank(operator.folder / ".bankcore", **EVERY_ROLE) as bank:
                again = Person(bank.url, "sita", sita.account_id, sita.token)
                again.deposit("500.00")
                balance = again.get(f"/v1/accounts/{sita.account_id}/balance")["balance"]
                assert wait_for(lambda: _followed(new) == 2, within_s=_WITHIN_S)
            verified = operator.run("bankcore verify", new)

    assert "`bankcore db passwords` sets these passwords" in told.stderr
    assert told.stdout.endswith("passwords are set for bankcore_app, bankcore_auditor, bankcore_sealer\n")
    assert (operator.folder / ".env").stat().st_mode & 0o077 == 0
    assert balance == "1500.00"
    for run in (looked, restored, verified):
        assert re.search(r"^main: .*: clean$", run.stdout, re.MULTILINE), run.stdout


def _followed(postgres: ExternalPostgres) -> int:
    """How many deposits were sealed, and examined."""
    with psycopg.connect(host=str(postgres.folder), port=postgres.port, user="postgres", dbname="bank") as connection:
        followed = connection.execute("""
            SELECT count(*) FROM bankcore.audit_log AS log
            JOIN bankcore.log_leaves AS leaf ON leaf.audit_id = log.id
            JOIN bankcore.cursors AS fraud ON fraud.consumer = 'fraud' AND fraud.position > leaf.idx
            WHERE log.action = 'transaction.posted'
              AND leaf.idx < (SELECT max(size) FROM bankcore.checkpoints)
        """).fetchone()
    assert followed is not None
    return int(followed[0])
