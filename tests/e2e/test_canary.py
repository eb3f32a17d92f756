"""Secrets never leave: each is used for a day in a bank whose processes die, and then looked for everywhere."""

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
import pytest
from redis import Redis

from bankcore.testing.provider_simulator import ProviderSimulator
from bankcore_infra.clock import SystemClock
from bankcore_infra.embedded.binaries import find_postgres
from bankcore_infra.embedded.data_dir import DataDir
from bankcore_infra.embedded.postgres import postgres_dsn
from bankcore_infra.servers import DATABASE_NAME, SUPERUSER
from tests.worlds.begun_bank import begin_bank, folder_of_servers
from tests.worlds.canaries import Canary, shown_by_place
from tests.worlds.canary_run import METRICS_TOKEN, OPERATOR_TOKEN, day_at
from tests.worlds.mail import mail_server
from tests.worlds.program import AS_IN_EARNEST, RunningBank, bankcore, running_bank
from tests.worlds.visitor import TENANT
from tests.worlds.webhook_receiver import webhook_receiver

pytestmark = [pytest.mark.security, pytest.mark.timeout(180), pytest.mark.usefixtures("unmeasured")]
# What has to be somewhere, with the reason; at any other place it is a leak like the others.
KEPT: Final[Mapping[str, frozenset[str]]] = {
    # A user logs in with it, and administrators find the user by it.
    "e-mail": frozenset({"users"}),
    # A client's own name for a request: sent again it is recognised, and the log tells which request a record is of.
    "idempotency key": frozenset({"idempotency_keys", "audit_log", "audit export", "refusals"}),
    # What the holder says of a movement: it is part of the books.
    "reference": frozenset({"transactions", "audit_log", "audit export"}),
}


_READING: Final[Mapping[object, tuple[str, ...]]] = {
    b"string": ("GET",),
    b"list": ("LRANGE", "0", "-1"),
    b"hash": ("HGETALL",),
    b"set": ("SMEMBERS",),
    b"zset": ("ZRANGE", "0", "-1"),
}


@dataclass(frozen=True)
class Remains:
    """What is left of the day, by the place where it is."""

    secrets: list[Canary]
    refusals: list[bytes]
    logs: dict[str, bytes]
    broker: dict[str, bytes]
    tables: dict[str, bytes]
    cluster: dict[str, bytes]
    export: dict[str, bytes]
    others: dict[str, bytes]


@pytest.fixture(scope="module")
def remains() -> Iterator[Remains]:
    with (
        folder_of_servers() as folder,
        mail_server() as mailbox,
        webhook_receiver() as receiver,
        ProviderSimulator(SystemClock()) as simulator,
    ):
        data_dir = begin_bank(folder / "data")
        settings = {
            **AS_IN_EARNEST,
            "BANKCORE_SMTP_URL": f"smtp://127.0.0.1:{mailbox.port}",
            "BANKCORE_MAIL_FROM": "no-reply@bank.example",
            "BANKCORE_OPERATOR_TOKEN": OPERATOR_TOKEN,
            "BANKCORE_METRICS_TOKEN": METRICS_TOKEN,
            "BANKCORE_PROVIDER_SIMULATOR_URL": simulator.url,
            "BANKCORE_WEBHOOKS_LOCAL": "true",
            "BANKCORE_LOG_LEVEL": "DEBUG",
        }
        with running_bank(data_dir, **settings) as bank:
            day = day_at(bank, mailbox, receiver, simulator)
            tables, broker = _dumped(data_dir), _told_by_broker(bank)
            exported = _exported(data_dir)
            lines = {str(pid): " ".join(psutil.Process(pid).cmdline()).encode() for pid in _pids(bank)}
            description = (data_dir / "bankcore.json").read_bytes()
            bank.stop()
            assert bank.process.stdout is not None
            assert bank.process.stderr is not None
            said = {"stdout": bank.process.stdout.read().encode(), "stderr": bank.process.stderr.read().encode()}
        files = {str(path.relative_to(data_dir)): path for path in data_dir.rglob("*") if path.is_file()}
        held = {place: _without_emptiness(path) for place, path in files.items() if not place.startswith("keys/")}
        yield Remains(
            secrets=day.secrets,
            refusals=day.visitor.refusals,
            logs=said | _below(held, "log/"),
            broker=broker | _below(held, "valkey/"),
            tables=tables,
            cluster=_below(held, "postgres/"),
            export=exported,
            others={"bankcore.json": description, **lines}
            | {place: file for place, file in held.items() if not place.startswith(("log/", "valkey/", "postgres/"))},
        )


def _below(held: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    return {place: content for place, content in held.items() if place.startswith(folder)}


def _without_emptiness(path: Path) -> bytes:
    """What the file holds, without its empty pages."""
    return path.read_bytes().replace(bytes(64), b"")


def _pids(bank: RunningBank) -> list[int]:
    up = psutil.Process(bank.process.pid)
    return [up.pid, *(child.pid for child in up.children(recursive=True))]


def _dumped(data_dir: Path) -> dict[str, bytes]:
    """The rows of each table as text."""
    address = postgres_dsn(DataDir.at(data_dir).sockets, SUPERUSER, DATABASE_NAME)
    program = find_postgres(18) / "bin" / "pg_dump"
    dump = subprocess.run([program, address], capture_output=True, timeout=60, check=True).stdout
    parts = dump.split(b"\nCOPY bankcore.")
    tables = {part.split(b" ", 1)[0].decode(): part.split(b"\n\\.\n")[0] for part in parts[1:]}
    assert tables["users"].count(b"\n") >= len(["holder", "staff"])
    return {"everything else": parts[0], **tables}


def _told_by_broker(bank: RunningBank) -> dict[str, bytes]:
    """Each key with what it holds."""
    with Redis.from_url(bank.description()["redisUrl"]) as client:
        return {repr(key): key + b" " + _value_of(client, key) for key in client.scan_iter()}


def _value_of(client: Redis, key: bytes) -> bytes:
    kind: object = client.type(key)
    if kind not in _READING:
        return b""
    word, *rest = _READING[kind]
    return repr(client.execute_command(word, key, *rest)).encode()  # type: ignore[no-untyped-call]


def _exported(data_dir: Path) -> dict[str, bytes]:
    """The audit log as an auditor takes it away."""
    out = data_dir.parent / "log.ndjson"
    done = bankcore("audit", "export", "--tenant", TENANT, "--out", str(out), data_dir=data_dir)
    assert done.returncode == 0, done.stderr
    return {"audit export": out.read_bytes()}


def _without_kept(found: dict[str, set[str]]) -> dict[str, set[str]]:
    left = {place: {name for name in names if place not in KEPT.get(name, ())} for place, names in found.items()}
    return {place: names for place, names in left.items() if names}


def test_no_log_and_no_stream_has_a_secret(remains: Remains) -> None:
    assert len(remains.logs) > len(["stdout", "stderr"])
    assert shown_by_place(remains.logs, remains.secrets) == {}


def test_no_refusal_repeats_a_secret(remains: Remains) -> None:
    assert len(remains.refusals) > len(remains.secrets)
    together = {"refusals": b"\n".join(remains.refusals)}
    assert _without_kept(shown_by_place(together, remains.secrets)) == {}


def test_no_key_and_no_file_of_the_broker_has_a_secret(remains: Remains) -> None:
    assert shown_by_place(remains.broker, remains.secrets) == {}


def test_no_table_has_a_secret_but_where_it_has_to_be(remains: Remains) -> None:
    assert _without_kept(shown_by_place(remains.tables, remains.secrets)) == {}


def test_no_file_of_the_database_has_a_secret_that_no_table_may_have(remains: Remains) -> None:
    assert shown_by_place(remains.cluster, [each for each in remains.secrets if each.name not in KEPT]) == {}


def test_no_audit_export_has_a_secret(remains: Remains) -> None:
    assert _without_kept(shown_by_place(remains.export, remains.secrets)) == {}


def test_no_other_file_and_no_command_line_has_a_secret(remains: Remains) -> None:
    assert shown_by_place(remains.others, remains.secrets) == {}
