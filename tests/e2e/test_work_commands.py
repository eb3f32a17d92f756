"""What an operator does about work: dead letters and reconciliation."""

import json
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from bankcore import Money
from bankcore.audit.attempts import AttemptLog, Denial, DeniedRequest
from bankcore.origin import LIBRARY
from bankcore_infra import open_bank
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.installation import Installation
from tests.worlds.program import Run

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def letters(installation: Installation) -> list[UUID]:
    """Two dead letters of the tenant main."""
    new_id = RandomIdentifiers().new_id
    ids = sorted([new_id(), new_id()])
    assert installation.superuser_url is not None
    with psycopg.connect(installation.superuser_url) as connection:
        row = connection.execute("SELECT id FROM bankcore.tenants WHERE slug = 'main'").fetchone()
        assert row is not None
        connection.execute(
            "INSERT INTO bankcore.cursors (tenant_id, consumer) VALUES (%s, 'fraud') ON CONFLICT DO NOTHING",
            [row[0]],
        )
        connection.execute("DELETE FROM bankcore.parked_events")
        for number, letter_id in enumerate(ids):
            connection.execute(
                "INSERT INTO bankcore.parked_events"
                " (tenant_id, id, consumer, event_id, status, starts, due_at, last_error)"
                " VALUES (%s, %s, 'fraud', %s, 'dead', %s, now(), 'ValueError')",
                [row[0], letter_id, new_id(), number],
            )
    return ids


def _dead(run: Run, *options: str) -> list[str]:
    return [letter["id"] for letter in json.loads(run("deadletters", "list", "--json", *options).stdout)]


def test_dead_letters_are_listed_for_people_and_programs(run: Run, letters: list[UUID]) -> None:
    table = run("deadletters", "list").stdout

    assert "fraud" in table
    assert "ValueError" in table
    assert _dead(run) == [str(letter) for letter in letters]
    assert _dead(run, "--consumer", "notifications") == []


def test_dead_letters_are_tried_again_one_by_one_or_all(run: Run, letters: list[UUID]) -> None:
    one = run("deadletters", "redrive", str(letters[0]))
    left = _dead(run)
    rest = run("deadletters", "redrive", "--all", "--consumer", "fraud")

    assert one.stdout == "1 dead letters are tried again\n"
    assert left == [str(letters[1])]
    assert rest.stdout == "1 dead letters are tried again\n"
    assert _dead(run) == []
    assert "dead letter" in str(run("deadletters", "redrive", str(letters[0])).exception)


@pytest.mark.parametrize("words", [(), ("--all", "00000000-0000-0000-0000-000000000001")])
def test_which_dead_letters_must_be_clear(run: Run, words: tuple[str, ...]) -> None:
    refused = run("deadletters", "redrive", *words)

    assert refused.exit_code == 2
    assert "name the dead letters, or say --all" in refused.output


def test_a_fraud_policy_is_shown_changed_and_shown_again(run: Run, tmp_path: Path) -> None:
    document = tmp_path / "policy.json"
    default = json.loads(run("fraud", "policy", "show").stdout)
    document.write_text('{"case_points": 7}')
    changed = run("fraud", "policy", "set", str(document))
    shown = json.loads(run("fraud", "policy", "show").stdout)
    document.write_text("{}")
    run("fraud", "policy", "set", str(document))

    assert changed.stdout == "the fraud policy of main is changed\n"
    assert shown == {**default, "case_points": 7}
    assert json.loads(run("fraud", "policy", "show").stdout) == default


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"case_pionts": 7}', "/case_pionts: "),
        ('{"case_points": -7}', "/case_points: "),
        ('{"velocity": {"count_min": "3"}}', "/velocity/count_min: "),
        ("[", "the document: "),
    ],
)
def test_a_policy_that_is_none_names_what_is_wrong_and_changes_nothing(
    run: Run, tmp_path: Path, text: str, said: str
) -> None:
    document = tmp_path / "policy.json"
    document.write_text(text)
    before = run("fraud", "policy", "show").stdout

    refused = run("fraud", "policy", "set", str(document))

    assert refused.exit_code == 1
    assert f"policy.json: {said}" in refused.output
    assert run("fraud", "policy", "show").stdout == before


def test_reconciliation_names_drift_and_fails(run: Run, installation: Installation) -> None:
    with open_bank(data_dir=installation.data_dir) as bank:
        main = bank.tenant("main")
        account = main.accounts.open(currency="NPR", owner_id="alice")
        main.ledger.deposit(account.id, Money.of("10.00", "NPR"))
    clean = run("reconcile")
    _set_balance(installation, account.id, 1)
    for_people, for_programs = run("reconcile", "--tenant", "main"), run("reconcile", "--json")
    _set_balance(installation, account.id, 1000)

    assert (clean.exit_code, for_people.exit_code, for_programs.exit_code) == (0, 1, 1)
    assert "new entries: clean" in clean.stdout
    assert str(account.id) in for_people.stdout
    report = json.loads(for_programs.stdout)
    assert report["clean"] is False
    assert any(str(account.id) in drift["place"] for drift in report["tenants"][0]["drifts"])


def _set_balance(installation: Installation, account_id: UUID, balance_minor: int) -> None:
    """As a superuser who hides that the triggers were ever off."""
    assert installation.superuser_url is not None
    with psycopg.connect(installation.superuser_url) as connection:
        triggers = connection.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'bankcore.accounts'::regclass AND tgenabled = 'A'"
        ).fetchall()
        connection.execute("ALTER TABLE bankcore.accounts DISABLE TRIGGER USER")
        connection.execute("UPDATE bankcore.accounts SET balance_minor = %s WHERE id = %s", [balance_minor, account_id])
        for (trigger,) in triggers:
            connection.execute(
                sql.SQL("ALTER TABLE bankcore.accounts ENABLE ALWAYS TRIGGER {}").format(sql.Identifier(trigger))
            )


def test_a_bank_that_closes_has_written_down_what_was_attempted(installation: Installation) -> None:
    resource_id = RandomIdentifiers().new_id()
    with open_bank(data_dir=installation.data_dir) as bank:
        bank.get(AttemptLog).record(
            DeniedRequest(
                tenant="main",
                denial=Denial.HIDDEN,
                code="not_found",
                route="/v1/accounts/<uuid:account_id>",
                resource="account",
                resource_id=resource_id,
                origin=LIBRARY,
            )
        )

    assert installation.superuser_url is not None
    with psycopg.connect(installation.superuser_url) as connection:
        row = connection.execute(
            "SELECT action FROM bankcore.audit_log WHERE subject_id = %s", [resource_id]
        ).fetchone()
    assert row == ("access.hidden",)
