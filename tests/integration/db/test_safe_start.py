"""A bank starts on nothing that would break a promise: each of these, alone, ends the start in one line that helps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from bankcore.errors import SetupError
from bankcore_infra.cli.start_check import require_complete
from bankcore_infra.db import migrate
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import open_external
from bankcore_infra.wiring import Bank
from tests.worlds.sound_server import SoundServer, sound_server
from tests.worlds.sql_bank import APP

pytestmark = [pytest.mark.security, pytest.mark.postgres, pytest.mark.timeout(120)]
DATABASE: Final = "BANKCORE_DATABASE_URL: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong, and two things that the refusal says: what it is, and what puts it right."""

    said: str
    mend: str
    environment: Mapping[str, str] = field(default_factory=dict)
    server: Mapping[str, str] = field(default_factory=dict)
    sql: str = ""
    afterwards: str = "SELECT"
    role: str = APP
    steps_back: str = ""
    has_checksums: bool = True
    key_file: str = ""
    key: bytes = b""
    key_mode: int = 0o600


def of_settings(name: str, value: str, *, said: str = "", mend: str) -> Fault:
    return Fault(environment={name: value}, said=said or f"{name}: ", mend=mend)


FAULTS: Final = {
    # What one sets.
    "weak hashes of passwords": of_settings(
        "BANKCORE_ARGON2_MEMORY_KIB",
        "8192",
        said="BANKCORE_ARGON2_MEMORY_KIB and _TIME_COST: ",
        mend="needs at least 12288 KiB",
    ),
    "one pass with little memory": Fault(
        environment={"BANKCORE_ARGON2_MEMORY_KIB": "19456", "BANKCORE_ARGON2_TIME_COST": "1"},
        said="BANKCORE_ARGON2_MEMORY_KIB and _TIME_COST: ",
        mend="needs at least 47104 KiB",
    ),
    "a short token of the operator": of_settings("BANKCORE_OPERATOR_TOKEN", "short", mend="at least 32 characters"),
    "a short token of services": of_settings("BANKCORE_WALLETS_TOKEN", "short", mend="at least 32 characters"),
    "a short token for metrics": of_settings("BANKCORE_METRICS_TOKEN", "short", mend="at least 16 characters"),
    "a mode for developers": of_settings("FLASK_DEBUG", "1", mend="unset it"),
    "an open broker elsewhere": of_settings(
        "BANKCORE_REDIS_URL", "redis://cache.example:6379/0", mend="redis://:password@host:6379/0"
    ),
    # The keys.
    "a short secret": Fault(key_file="identity.secret", key=b"short", said="BANKCORE_DATA_DIR: ", mend="must hold 32"),
    "an empty key of tokens": Fault(key_file="access-0001.pem", said="BANKCORE_DATA_DIR: ", mend="not a private key"),
    "a short key of secrets": Fault(
        key_file="secrets-0001.key", key=b"\0" * 16, said="BANKCORE_DATA_DIR: ", mend="must hold 32 bytes"
    ),
    "a key that others can read": Fault(
        key_file="identity.secret", key=b"\0" * 32, key_mode=0o644, said="BANKCORE_DATA_DIR: ", mend="chmod 600"
    ),
    # The role.
    "a superuser": Fault(role="postgres", said="above row level security", mend="use a member of bankcore_app"),
    "a member of the owner": Fault(
        role="bankcore_migrator", said="above row level security", mend="use a member of bankcore_app"
    ),
    "a role past the rules": Fault(
        sql=f"ALTER ROLE {APP} BYPASSRLS",
        afterwards=f"ALTER ROLE {APP} NOBYPASSRLS",
        said="above row level security",
        mend="use a member of bankcore_app",
    ),
    "a role that may not do the work": Fault(
        sql=f"REVOKE INSERT ON bankcore.entries FROM {APP}",
        said="may not INSERT entries",
        mend="grant what `bankcore db upgrade` gives",
    ),
    # The schema.
    "an older schema": Fault(steps_back="-1", said="the schema is at revision", mend="run `bankcore db upgrade`"),
    "a missing trigger": Fault(
        sql="DROP TRIGGER entries_append_only ON bankcore.entries",
        said="the trigger entries_append_only, which protects the books, is missing",
        mend="restore a backup",
    ),
    "a disabled trigger": Fault(
        sql="ALTER TABLE bankcore.audit_log DISABLE TRIGGER audit_log_append_only",
        said="the trigger audit_log_append_only",
        mend="ENABLE ALWAYS TRIGGER",
    ),
    "a trigger that a replica passes": Fault(
        sql="ALTER TABLE bankcore.log_leaves ENABLE TRIGGER log_leaves_append_only",
        said="the trigger log_leaves_append_only",
        mend="ENABLE ALWAYS TRIGGER",
    ),
    "a table open to other tenants": Fault(
        sql="ALTER TABLE bankcore.entries DISABLE ROW LEVEL SECURITY",
        said="row level security is not forced on the table entries",
        mend="run ALTER TABLE ... ENABLE, and FORCE, ROW LEVEL SECURITY",
    ),
    "sessions without foreign keys": Fault(
        sql=f"ALTER ROLE {APP} SET session_replication_role = replica",
        afterwards=f"ALTER ROLE {APP} RESET ALL",
        said="session_replication_role = replica",
        mend="set it to origin",
    ),
    # The server.
    "no flush to the disk": Fault(server={"fsync": "off"}, said="fsync = off", mend="set it to on"),
    "torn pages": Fault(server={"full_page_writes": "off"}, said="full_page_writes = off", mend="set it to on"),
    "transactions that outlive sessions": Fault(
        server={"max_prepared_transactions": "5"}, said="max_prepared_transactions = 5", mend="set it to 0"
    ),
    "pages that rot unseen": Fault(
        has_checksums=False,
        environment={"BANKCORE_DATA_CHECKSUMS": "required"},
        said="data_checksums = off",
        mend="BANKCORE_DATA_CHECKSUMS=waived",
    ),
}


@pytest.fixture(scope="module")
def server() -> Iterator[SoundServer]:
    with sound_server() as started:
        yield started


def start(url: str, data_dir: Path) -> None:
    """As `bankcore up` and the processes of the API do."""
    settings = load_settings(database_url=url, data_dir=data_dir)
    require_complete(settings)
    with Bank(open_external(settings), settings) as bank:
        bank.require_fit()


def start_with(fault: Fault, server: SoundServer, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start on a bank in which that alone is wrong."""
    for name, value in fault.environment.items():
        monkeypatch.setenv(name, value)
    if fault.key_file:
        (data_dir / "keys").mkdir(parents=True)
        (data_dir / "keys" / fault.key_file).write_bytes(fault.key)
        (data_dir / "keys" / fault.key_file).chmod(fault.key_mode)
    with server.database(fault.server, has_checksums=fault.has_checksums) as scratch:
        if fault.steps_back:
            migrate.downgrade(scratch.url("postgres"), fault.steps_back)
        try:
            if fault.sql:
                scratch.execute(fault.sql)
            start(scratch.url(fault.role), data_dir)
        finally:
            scratch.execute(fault.afterwards)


@pytest.mark.parametrize("name", FAULTS)
def test_a_start_that_would_break_a_promise_is_refused_in_one_line_that_helps(
    name: str, server: SoundServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = FAULTS[name]

    with pytest.raises(SetupError) as refused:
        start_with(fault, server, tmp_path / "data", monkeypatch)

    line = str(refused.value)
    assert "\n" not in line
    assert fault.said in line
    assert fault.mend in line
    assert line.startswith(("BANKCORE_", "FLASK_DEBUG"))


@pytest.mark.parametrize(
    "harmless",
    [
        Fault(said="", mend=""),
        Fault(has_checksums=False, said="", mend=""),
        Fault(has_checksums=False, environment={"BANKCORE_DATA_CHECKSUMS": "waived"}, said="", mend=""),
        Fault(
            sql=f"ALTER ROLE {APP} SET synchronous_commit = off",
            afterwards=f"ALTER ROLE {APP} RESET ALL",
            said="",
            mend="",
        ),
        Fault(server={"synchronous_commit": "off"}, said="", mend=""),
    ],
    ids=[
        "nothing",
        "no checksums, which is told",
        "checksums that are waived",
        "a role that would not wait",
        "a server that would not wait",
    ],
)
def test_a_start_with_nothing_wrong_or_what_our_sessions_put_right_is_a_start(
    harmless: Fault, server: SoundServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_with(harmless, server, tmp_path / "data", monkeypatch)


def test_pages_without_checksums_are_told_in_the_log_at_the_start(
    server: SoundServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with server.database({}, has_checksums=False) as scratch:
        start(scratch.url(APP), tmp_path / "data")

    assert [record.levelname for record in caplog.records if "data_checksums = off" in record.getMessage()] == [
        "WARNING"
    ]
