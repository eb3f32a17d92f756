"""Whoever could not look says so with exit code 2: 1 is for what was found, and nothing is made on the way."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bankcore_infra.cli import program, verify
from bankcore_infra.installation import Installation
from bankcore_infra.keys.sealing_keys import PUBLIC_KEY_FILE
from tests.worlds.program import Run

pytestmark = pytest.mark.usefixtures("unmeasured")

COMMANDS = ("verify", "reconcile")


def invoke(*words: str) -> Result:
    return CliRunner().invoke(program.program, words)


def nothing_in(folder: Path) -> str:
    """What is said of a folder without a bank, whole, so that whoever is elsewhere sees it."""
    others = "--data-dir or BANKCORE_DATA_DIR names another folder, `bankcore up` makes one"
    return f"there is no bank in {folder}; {others}"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_mistyped_folder_is_no_bank_and_becomes_none(command: str, tmp_path: Path) -> None:
    said = invoke(command, "--data-dir", str(tmp_path / "mistyped"))

    assert (said.exit_code, said.stdout) == (2, "")
    assert said.stderr == f"bankcore: cannot verify: {nothing_in(tmp_path / 'mistyped')}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("audit", "seal"),
        ("audit", "era", "--reason", "restored"),
        ("audit", "checkpoints", "--out", "notes"),
        ("audit", "export", "--out", "log.jsonl"),
        ("db", "current"),
        ("db", "downgrade", "base", "--yes"),
        ("deadletters", "list"),
        ("fraud", "policy", "show"),
        ("notifications", "list"),
        ("notifications", "send"),
        ("tenant", "list"),
    ],
)
def test_what_needs_a_bank_makes_none(words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    said = invoke(*words, "--data-dir", "mistyped")

    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr == f"Error: {nothing_in(tmp_path / 'mistyped')}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("db", "upgrade"),
        ("db", "url"),
        ("tenant", "create", "shop"),
        ("user", "create", "--email", "a@example.com", "--role", "admin"),
    ],
)
def test_what_may_begin_a_bank_begins_none_in_a_folder_that_nobody_named(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BANKCORE_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)

    said = invoke(*words)

    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr == f"Error: {nothing_in(tmp_path / '.bankcore')}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bankcore_app@127.0.0.1:1/bank",
        "postgresql://bankcore_app@127.0.0.1:1/bank?client_encoding=utf8",
        "mysql://bankcore_app@127.0.0.1/bank",
        "nonsense",
    ],
)
def test_a_database_that_cannot_be_reached_is_no_finding(
    command: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANKCORE_DATABASE_URL", url)

    said = invoke(command, "--data-dir", str(tmp_path))

    assert (said.exit_code, said.stdout) == (2, ""), said.output
    assert said.stderr.splitlines()[-1].startswith("bankcore: cannot verify: ")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_without_a_bank_is_no_finding(
    command: str, installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert installation.superuser_url is not None
    monkeypatch.setenv("BANKCORE_DATABASE_URL", installation.superuser_url.replace("/bankcore?", "/postgres?"))

    said = invoke(command, "--data-dir", str(tmp_path))

    assert (said.exit_code, said.stdout) == (2, ""), said.output


@pytest.mark.parametrize("command", COMMANDS)
def test_a_tenant_that_is_not_there_is_no_finding(command: str, run: Run) -> None:
    said = run(command, "--tenant", "nobody")

    assert (said.exit_code, "nobody" in said.stderr) == (2, True)


def test_a_key_file_that_is_none_is_no_finding(installation: Installation, run: Run) -> None:
    key = installation.sealing_dir / PUBLIC_KEY_FILE
    key.parent.mkdir(exist_ok=True)
    before = key.read_bytes() if key.exists() else None
    key.write_bytes(b"nonsense")

    said = run("verify")
    key.unlink() if before is None else key.write_bytes(before)

    assert (said.exit_code, "PEM" in said.stderr) == (2, True), said.output


def test_whoever_interrupts_gets_no_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verify, "verify_installation", interrupt)

    said = run("verify")

    assert (said.exit_code, said.stderr) == (130, "bankcore: interrupted\n")
