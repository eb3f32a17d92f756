"""Every subject once, for a moment: figures mean nothing here, but the harness cannot rot unseen."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from rich.console import Console

from bench.document import document_of, ratios_of
from bench.fill import fill, verify_sample
from bench.fill_history import Size
from bench.groups import all_groups
from bench.payments.command import lines_of
from bench.payments.run import measure_payments
from bench.plan import Group
from bench.remote import RemoteSubject, SubjectFailedError
from bench.runner import Plan, Report, run_plan
from bench.scale import scale_group
from bench.table import lines_about, table_of
from bench.threads import ThreadedCalls
from bench.whole_books import verification
from bench.world import World, embedded_world, given_world

pytestmark = [pytest.mark.timeout(300), pytest.mark.slow, pytest.mark.usefixtures("unmeasured")]

MOMENT_S = 0.05


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Servers with durability on, which the bank insists on."""
    with embedded_world() as made:
        yield made


@pytest.fixture(scope="module")
def report(world: World) -> Report:
    """One round of everything."""
    return run_plan(plan([*all_groups(), scaled()]), world)


def plan(groups: Sequence[Group]) -> Plan:
    """The shortest measurement there is."""
    return Plan(groups=groups, rounds=1, seconds=MOMENT_S, accounts=60)


def scaled() -> Group:
    """A bank that is filled a little."""
    return scale_group(Size(accounts=40, entries=400))


def test_every_subject_does_something(report: Report) -> None:
    idle = [
        f"{result.group.name}: {name}"
        for result in report.results
        for name, sample in result.samples.items()
        if sample.per_second <= 0
    ]

    assert idle == []


def test_a_report_tells_machine_settings_and_every_ratio(report: Report) -> None:
    document = json.loads(json.dumps(document_of(report, datetime(2026, 1, 1, tzinfo=UTC)), allow_nan=False))

    assert document["server"]["fsync"] == document["server"]["synchronous_commit"] == "on"
    assert {group["name"] for group in document["groups"]} == {
        "singles", "batches", "hot", "http", "reads", "books", "scale"
    }  # fmt: skip
    assert set(ratios_of(report)) >= {"singles: one thread: ours / bare", "http: HTTP: ours / baseline"}


def test_a_report_is_one_table_for_people(report: Report) -> None:
    paper = StringIO()

    Console(width=160, file=paper).print(table_of(report), *lines_about(report))

    printed = paper.getvalue()
    assert "ours by 32 threads / baseline by 8" in printed
    assert "fsync on" in printed


def test_a_report_is_drawn_without_anything_that_has_to_be_fetched(report: Report, tmp_path: Path) -> None:
    stored = tmp_path / "report.json"
    stored.write_text(json.dumps(document_of(report, datetime(2026, 1, 1, tzinfo=UTC))))

    # In a process of its own, as it is used: the package that draws leaves an importer behind that warns.
    command = [sys.executable, "-m", "bankcore_infra", "bench", "plot", str(stored), "--folder", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)

    pictures = {path.name: path.read_text() for path in tmp_path.glob("*.svg")}
    assert pictures.keys() == {"concurrency.svg", "batch-size.svg"}
    assert [name for name, text in pictures.items() if "<script" in text or 'href="http' in text] == []


def test_a_filled_bank_is_clean_and_has_its_indexes_and_checks_again(world: World) -> None:
    place = world.bank("clean")
    with psycopg.connect(place.superuser_url) as connection:
        before = structure(connection)

    filled = fill(place.superuser_url, "years", Size(accounts=100, entries=4_000))

    with psycopg.connect(place.superuser_url) as connection:
        assert structure(connection) == before
    assert verify_sample(place.app_url, place.superuser_url, filled.tenant_id) == []
    with verification(place, slug="years") as books:
        assert books.run(MOMENT_S).operations == 4_000
    with place.open() as bank:
        bank.tenant("years")


def test_what_a_payment_costs_is_told_beside_a_deposit(world: World) -> None:
    cost = measure_payments(world, threads=[1, 2], seconds=MOMENT_S, on_step=lambda _what, _steps: None)

    document = cost.document()
    assert all(time > 0 for time in (*cost.own_ms, *cost.provider_ms, *cost.deposit_ms))
    assert [list(document[name]) for name in ("paymentsPerSecond", "depositsPerSecond")] == [[1, 2], [1, 2]]
    assert [line.split("  ")[0] for line in lines_of(document)][:4] == [
        "our time", "provider", "deposit", "our time / deposit"
    ]  # fmt: skip


def test_a_sample_shows_what_was_changed_by_hand(world: World) -> None:
    place = world.bank("forged")
    filled = fill(place.superuser_url, "years", Size(accounts=10, entries=200))
    assert verify_sample(place.app_url, place.superuser_url, filled.tenant_id) == []

    with psycopg.connect(place.superuser_url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("ALTER TABLE bankcore.entries DISABLE TRIGGER ALL")
        connection.execute("UPDATE bankcore.entries SET hash = sha256(hash) WHERE sequence = 2")

    assert verify_sample(place.app_url, place.superuser_url, filled.tenant_id) != []


def test_a_subject_that_fails_in_another_process_is_said_to_have_failed() -> None:
    with RemoteSubject.start(broken) as subject, pytest.raises(SubjectFailedError):
        subject.run(MOMENT_S)


def test_a_given_server_is_left_as_it_was(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANKCORE_DATABASE_URL", "postgresql://somebody@else/bank")
    before = databases(world)

    with given_world(world.maintenance_url) as given:
        with given.bank("guest").open() as bank:
            bank.tenant("main")
        assert databases(world) != before
        assert "BANKCORE_DATABASE_URL" not in os.environ

    assert databases(world) == before
    assert "BANKCORE_DATABASE_URL" in os.environ


def databases(world: World) -> list[tuple[object, ...]]:
    """The databases of the server."""
    with psycopg.connect(world.maintenance_url) as connection:
        return connection.execute("SELECT datname FROM pg_database ORDER BY 1").fetchall()


def structure(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    """Indexes, constraints and triggers of the books."""
    return connection.execute("""
        SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid::regclass::text LIKE 'bankcore.%'
        UNION ALL SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint
        UNION ALL SELECT tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1
    """).fetchall()


def fail() -> int:
    """A call that cannot be made."""
    raise OSError("nobody is there")


@contextmanager
def broken() -> Iterator[ThreadedCalls]:
    """A subject whose calls fail."""
    yield ThreadedCalls([fail])
