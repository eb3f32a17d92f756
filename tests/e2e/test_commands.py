"""The commands one by one, in this process, on servers that are running already."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from bankcore.audit.queries import AuditFilter, AuditQueries
from bankcore.errors import NotFoundError
from bankcore.origin import Origin
from bankcore_infra.cli import main, program
from bankcore_infra.cli.options import OPERATOR
from bankcore_infra.embedded import EmbeddedServersError
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation
from bankcore_infra.readiness import readiness_of
from bankcore_infra.servers import start_embedded
from bankcore_infra.settings import SettingsError
from bankcore_infra.wiring import Bank
from tests.worlds.begun_bank import begin_bank, folder_of_servers
from tests.worlds.program import Run, environment

pytestmark = pytest.mark.timeout(180)


def test_a_user_gets_the_given_password_or_a_made_up_one_shown_once(run: Run) -> None:
    made_up = run("user", "create", "--email", "a@example.com", "--role", "auditor", "--json")
    given = run(
        "user", "create", "--email", "b@example.com", "--role", "operator", "--password", "walnut-kettle-harbour"
    )
    piped = run(
        "user",
        "create",
        "--email",
        "c@example.com",
        "--role",
        "admin",
        "--password-stdin",
        given="walnut-kettle-lantern\n",
    )

    assert len(json.loads(made_up.stdout)["password"]) >= 20
    assert "email: b@example.com\nroles: operator" in given.stdout
    assert "password" not in given.stdout + piped.stdout
    assert (given.exit_code, piped.exit_code) == (0, 0)


def test_nobody_is_asked_for_the_password_of_a_user_whose_tenant_is_not_there(installation: Installation) -> None:
    words = ("user", "create", "--email", "a@example.com", "--role", "auditor", "--tenant", "nope")
    # A terminal, at which somebody could be asked and does not answer.
    ours, theirs = os.openpty()
    try:
        told = subprocess.run(
            [sys.executable, "-m", "bankcore_infra", *words, "--data-dir", str(installation.data_dir)],
            env=environment(),
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            start_new_session=True,
        )
    finally:
        os.close(ours)
        os.close(theirs)

    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == "bankcore: Not found (resource=tenant, identifier=nope)\n"


def test_where_the_requests_of_a_user_came_from_is_erased_once_confirmed(installation: Installation, run: Run) -> None:
    words = ("user", "create", "--email", "Erased@example.com", "--role", "auditor", "--json")
    user_id = json.loads(run(*words).output)["id"]
    bank = Bank(installation, load_settings(data_dir=installation.data_dir))
    origin = Origin(actor_type="user", actor_id=user_id, ip_address="203.0.113.7", user_agent="phone")
    bank.tenant("main").accounts.open(currency="NPR", owner_id=user_id, origin=origin)

    refused = run("user", "erase", "--email", "erased@example.com", given="n\n")
    by_email = run("user", "erase", "--email", "erased@EXAMPLE.com", given="y\n")
    by_id = run("user", "erase", "--id", user_id, "--yes")

    assert refused.exit_code == 1
    assert f"erased where 1 requests of the user {user_id} came from" in by_email.output
    assert f"erased where 0 requests of the user {user_id} came from" in by_id.output
    audit = bank.tenant("main").get(AuditQueries)
    (opened,) = audit.list_events(AuditFilter(actor_id=user_id), limit=9, origin=OPERATOR)
    assert (opened.action, opened.ip_address, opened.user_agent) == ("account.opened", None, None)
    told = audit.list_events(AuditFilter(action="audit.context_erased"), limit=9, origin=OPERATOR)
    assert sorted(json.loads(event.body)["contexts"] for event in told) == [0, 1]
    bank.disconnect()


def test_a_user_is_kept_out_and_let_in_again(run: Run) -> None:
    user_id = json.loads(run("user", "create", "--email", "out@example.com", "--role", "auditor", "--json").output)[
        "id"
    ]

    said = [
        run("user", "disable", "--email", "OUT@example.com").output,
        run("user", "disable", "--id", user_id).output,
        run("user", "enable", "--id", user_id).output,
    ]

    assert said == [
        f"user {user_id} is disabled\n",
        f"user {user_id} is disabled, as before\n",
        f"user {user_id} is active\n",
    ]


@pytest.mark.parametrize(
    "words", [(), ("--email", "a@example.com", "--id", "0190b3a2-7f3e-7c1d-9b7a-2f6f4e1d0c5b")], ids=["none", "both"]
)
def test_whose_requests_are_meant_is_said_in_one_way(run: Run, words: tuple[str, ...]) -> None:
    assert "Give either --email or --id." in run("user", "erase", "--yes", *words).output


def test_nothing_is_erased_of_a_user_whom_nobody_knows(run: Run) -> None:
    refused = run("user", "erase", "--yes", "--email", "nobody@example.com")

    assert isinstance(refused.exception, NotFoundError)


def test_tenants_are_made_once_and_listed_for_people_and_programs(run: Run) -> None:
    assert run("tenant", "create", "second", "--name", "Second", "--kind", "test").exit_code == 0
    again = run("tenant", "create", "second")

    assert "exists" in str(again.exception)
    assert "Second" in run("tenant", "list").stdout
    kinds = {tenant["slug"]: tenant["kind"] for tenant in json.loads(run("tenant", "list", "--json").stdout)}
    assert kinds == {"main": "live", "second": "test"}


def test_a_tenant_is_suspended_and_resumed_by_name(run: Run) -> None:
    run("tenant", "create", "third")

    told = [run("tenant", "suspend", "third", "--reason", "an inspection").stdout for _ in range(2)]
    shown = {tenant["slug"]: tenant["status"] for tenant in json.loads(run("tenant", "list", "--json").stdout)}
    resumed = run("tenant", "resume", "third", "--reason", "all is well").stdout

    assert told == ["tenant third is suspended\n", "tenant third is suspended, as before\n"]
    assert (shown["third"], shown["main"]) == ("suspended", "active")
    assert resumed == "tenant third is active\n"


def test_what_is_set_for_a_tenant_is_shown_counts_there_alone_and_can_be_taken_back(run: Run) -> None:
    told = [run("tenant", "set", "main", "registration", "closed").stdout for _ in range(2)]
    shown = json.loads(run("tenant", "show", "main", "--json").stdout)
    unset = run("tenant", "unset", "main", "registration").stdout
    unknown = run("tenant", "set", "main", "colour", "red")
    wrong = run("tenant", "set", "main", "registration", "ajar")

    assert told == ["registration of main is closed\n", "registration of main is closed, as before\n"]
    (registration,) = [each for each in shown["settings"] if each["name"] == "registration"]
    assert (shown["slug"], registration["value"], registration["set"]) == ("main", "closed", True)
    assert unset == "registration of main is open\n"
    assert "registration" in run("tenant", "show", "main").stdout
    assert "there are these: " in str(unknown.exception)
    assert "registration is open or closed" in str(wrong.exception)


@pytest.mark.parametrize(
    ("role", "name"),
    [("app", "bankcore_app"), ("owner", "bankcore_owner"), ("auditor", "bankcore_auditor"), ("superuser", "postgres")],
)
def test_the_address_of_each_role_opens_a_session_as_that_role(run: Run, role: str, name: str) -> None:
    url = run("db", "url", "--role", role).stdout.strip()

    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (name,)
        found = connection.execute("SELECT to_regclass('entries')").fetchone()

    # Whoever is none of our roles may have tables of his own by that name.
    assert found == (None if role == "superuser" else "entries",)


def test_the_books_are_verified_for_people_and_programs(run: Run) -> None:
    assert "main: " in run("verify").stdout
    assert json.loads(run("verify", "--tenant", "main", "--json").stdout)["clean"] is True
    unknown = run("verify", "--tenant", "nobody")
    assert (unknown.exit_code, "nobody" in unknown.stderr) == (2, True)


def test_the_description_is_printed_or_written(tmp_path: Path) -> None:
    printed = CliRunner().invoke(program.program, ["openapi"])
    CliRunner().invoke(program.program, ["openapi", "--out", str(tmp_path / "openapi.json")])

    assert json.loads(printed.stdout)["openapi"].startswith("3.1")
    assert (tmp_path / "openapi.json").read_text() == printed.stdout


def test_the_schema_goes_down_only_when_confirmed_and_up_again() -> None:
    with folder_of_servers() as folder:
        settings = load_settings(data_dir=begin_bank(folder / "data"))
        with start_embedded(settings):
            words = ["--data-dir", str(settings.data_dir)]
            refused = CliRunner().invoke(program.program, ["db", "downgrade", "base", *words], input="n\n")
            before = CliRunner().invoke(program.program, ["db", "current", *words])
            down = CliRunner().invoke(program.program, ["db", "downgrade", "base", "--yes", *words])
            up = CliRunner().invoke(program.program, ["db", "upgrade", *words])

    assert refused.exit_code == 1
    assert "newest" in before.stdout
    assert "base" in down.stdout
    assert up.stdout.split()[-1] == before.stdout.split()[0]


def test_readiness_names_the_server_that_does_not_answer(installation: Installation) -> None:
    settings = load_settings(data_dir=installation.data_dir)
    astray = replace(
        installation, servers=None, addresses=replace(installation.addresses, redis="unix:///nowhere.sock")
    )

    with Bank(replace(installation, servers=None), settings) as bank:
        assert readiness_of(bank)() == {"database": None, "log": None, "redis": None}
    with Bank(astray, settings) as bank:
        assert readiness_of(bank)() == {"database": None, "log": None, "redis": "it does not answer"}


def test_a_bank_that_may_not_post_any_more_is_not_ready_until_it_may(installation: Installation) -> None:
    settings = load_settings(data_dir=installation.data_dir)
    assert installation.superuser_url is not None
    with (
        Bank(replace(installation, servers=None), settings) as bank,
        psycopg.connect(installation.superuser_url, autocommit=True) as administrator,
    ):
        ready = readiness_of(bank)
        administrator.execute("REVOKE INSERT ON bankcore.entries FROM bankcore_app")
        try:
            fault = ready()["database"]
        finally:
            administrator.execute("GRANT INSERT ON bankcore.entries TO bankcore_app")

        assert fault is not None
        assert "may not INSERT entries" in fault
        assert ready()["database"] is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SettingsError("BANKCORE_PORT", "is wrong"), "bankcore: BANKCORE_PORT: is wrong"),
        (EmbeddedServersError("no server"), "bankcore: no server"),
        (KeyboardInterrupt(), "bankcore: interrupted"),
    ],
)
def test_an_expected_failure_is_one_line(error: BaseException, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_options: object) -> None:
        raise error

    monkeypatch.setattr(program.program, "main", fail)

    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == said


def test_a_wrong_word_on_the_command_line_is_explained(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["bankcore", "uq"])

    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "No such command" in capsys.readouterr().err
