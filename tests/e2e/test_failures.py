"""Commands that cannot do what they are told: one line says why, and no traceback."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bankcore_infra.cli import main
from bankcore_infra.installation import Installation
from tests.worlds.program import environment

pytestmark = pytest.mark.timeout(120)
# Nobody listens there.
DEAD = "postgresql://bankcore_app:secret@127.0.0.1:1/bank"
DATABASE, OWNER, AUDITOR, SEALER = (f"BANKCORE_{role}DATABASE_URL" for role in ("", "OWNER_", "AUDITOR_", "SEALER_"))


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings, in a folder of the test's own; streams and logging are pytest's again afterwards."""
    for name in [name for name in os.environ if name.startswith("BANKCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return iter([None])


def ended(monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """What the program says at its end, in this process."""
    monkeypatch.setattr("sys.argv", ["bankcore", *words])
    with pytest.raises(SystemExit) as end:
        main()
    said = str(end.value.code)
    assert said.startswith("bankcore: ")
    assert "\n" not in said
    assert "secret" not in said
    return said.removeprefix("bankcore: ")


@pytest.mark.parametrize(
    ("settings", "words", "said"),
    [
        ({OWNER: DEAD}, "db upgrade", "the database: connection failed: "),
        ({OWNER: DEAD}, "db current", "the database: connection failed: "),
        ({OWNER: DEAD}, "db downgrade -1 --yes", "the database: connection failed: "),
        ({DATABASE: DEAD}, "api --port 0", "BANKCORE_DATABASE_URL: cannot connect: "),
        ({DATABASE: DEAD}, "tenant list", "BANKCORE_DATABASE_URL: cannot connect: "),
        ({SEALER: DEAD}, "audit seal", "the database: connection failed: "),
        ({DATABASE: DEAD}, "db upgrade", "BANKCORE_OWNER_DATABASE_URL: not set"),
        ({OWNER: DEAD}, "tenant list", "BANKCORE_DATABASE_URL: not set, but BANKCORE_OWNER_DATABASE_URL is"),
        ({"BANKCORE_REDIS_URL": "redis://127.0.0.1:1"}, "up", "BANKCORE_DATABASE_URL: not set, but BANKCORE_REDIS_URL"),
        ({DATABASE: DEAD, "BANKCORE_REDIS_URL": "http://127.0.0.1"}, "worker", "BANKCORE_REDIS_URL: not an address"),
        ({DATABASE: "postgresql://u@a:1,b:2/x"}, "tenant list", "BANKCORE_DATABASE_URL: not an address"),
        ({"BANKCORE_SMTP_URL": "smtp://127.0.0.1"}, "up --port 0", "BANKCORE_MAIL_FROM: not set"),
        ({"BANKCORE_SEALING_DIR": "/proc/none"}, "up --port 0", "BANKCORE_SEALING_DIR: /proc/none: "),
        ({"BANKCORE_SEALING_DIR": "/dev/null"}, "up --port 0", "BANKCORE_SEALING_DIR: /dev/null: "),
        ({"BANKCORE_CHECKPOINT_COMMAND": "'"}, "up --port 0", "BANKCORE_CHECKPOINT_COMMAND: "),
        ({"BANKCORE_ARGON2_PARALLELISM": "9" * 12}, "up --port 0", "BANKCORE_ARGON2_PARALLELISM: "),
        ({"BANKCORE_ARGON2_MEMORY_KIB": "8"}, "up --port 0", "BANKCORE_ARGON2_MEMORY_KIB and _TIME_COST: "),
        ({}, "up --port 0 --host nowhere.invalid --data-dir /dev/null/x", "the embedded servers cannot use"),
        ({}, "openapi --out missing/openapi.json", "missing/openapi.json: No such file or directory"),
        ({}, "openapi --out /dev/full", "/dev/full: No space left on device"),
    ],
)
def test_an_expected_failure_is_one_line(
    settings: dict[str, str], words: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    assert ended(monkeypatch, *words.split()).startswith(said)
    assert not Path(".bankcore/postgres").exists()


@pytest.mark.parametrize("words", [["verify"], ["audit", "export", "--out", "log.ndjson"]])
def test_an_auditor_needs_no_other_address(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(AUDITOR, DEAD)
    monkeypatch.setattr("sys.argv", ["bankcore", *words])

    with pytest.raises(SystemExit) as end:
        main()

    # A command that verifies has a code of its own for this, and then has said it already.
    (line,) = (capsys.readouterr().err or str(end.value.code)).splitlines()
    assert "the database: connection failed: " in line


def test_a_file_of_settings_in_another_encoding_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_bytes(b"# caf\xe9\n")

    assert ended(monkeypatch, "tenant", "list").startswith(".env: not text in UTF-8")


def test_a_revision_that_is_not_there_is_one_line(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["--data-dir", str(installation.data_dir)]

    assert "'nonsense'" in ended(monkeypatch, "db", "upgrade", "nonsense", *words)
    assert "'nonsense'" in ended(monkeypatch, "db", "downgrade", "nonsense", "--yes", *words)


@pytest.mark.parametrize("words", [["tenant", "list", "--data-dir", ""], ["openapi", "--out", " "]])
def test_a_path_that_holds_nothing_is_refused(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["bankcore", *words])

    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    assert list(Path.cwd().iterdir()) == []


def shell(script: str, folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-c", f'bankcore() {{ {sys.executable} -P -m bankcore_infra "$@"; }}; {script}'],
        env=environment() | settings,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_fault_of_ours_keeps_its_traceback(tmp_path: Path) -> None:
    broken = tmp_path / "bankcore_http"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise LookupError('ours')\n")

    run = shell("bankcore openapi", tmp_path, PYTHONPATH=str(tmp_path))

    assert run.returncode == 1
    assert "Traceback" in run.stderr


def test_a_full_disk_behind_standard_output_is_one_line(tmp_path: Path) -> None:
    run = shell("bankcore settings > /dev/full", tmp_path)

    assert (run.returncode, run.stderr) == (1, "bankcore: No space left on device\n")


def test_closed_streams_are_no_fault(tmp_path: Path) -> None:
    silent = shell("bankcore settings >&- && bankcore audit verifier --out out.py 2>&- <&-", tmp_path)
    refused = shell("bankcore tenant list 2>&-", tmp_path, BANKCORE_PORT="word")

    assert (silent.returncode, silent.stderr) == (0, "")
    # The second command says this, and the first one is not heard.
    assert silent.stdout.startswith("written to out.py: ")
    assert (refused.returncode, refused.stderr) == (1, "")
    assert (tmp_path / "out.py").read_text().startswith('"""')


def test_a_working_folder_that_is_gone_is_one_line(tmp_path: Path) -> None:
    run = shell('mkdir gone && cd gone && rmdir "$PWD" && bankcore tenant list', tmp_path)

    assert run.returncode == 1
    assert run.stderr == "bankcore: the working folder is not there any more; go to another one\n"


def test_a_terminal_of_few_letters_shows_what_it_can(installation: Installation, tmp_path: Path) -> None:
    script = "bankcore tenant create nepal --name नेपाल && bankcore tenant list"
    settings = {"BANKCORE_DATA_DIR": str(installation.data_dir), "PYTHONIOENCODING": "ascii", "COLUMNS": "40"}

    run = shell(script, tmp_path, **settings)

    assert (run.returncode, run.stderr) == (0, "")
    assert "main" in run.stdout
