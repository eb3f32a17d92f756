"""`bankcore notifications`, as an operator runs it."""

import json
import subprocess
import sys
from pathlib import Path

from tests.e2e.program import bankcore, environment
from tests.mail_server import free_port, mail_server


def run(*arguments: str, data_dir: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Run one command with a mail server on that port."""
    mail = {"BANKCORE_SMTP_URL": f"smtp://127.0.0.1:{port}", "BANKCORE_MAIL_FROM": "no-reply@bank.example"}
    return subprocess.run(
        [sys.executable, "-m", "bankcore_infra", "notifications", *arguments, "--data-dir", str(data_dir)],
        env=environment() | mail,
        cwd=data_dir.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_test_mail_tells_whether_the_settings_will_do(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with mail_server() as mailbox:
        good = run("send-test", "--to", "operator@example.com", data_dir=data_dir, port=mailbox.port)
    down = run("send-test", "--to", "operator@example.com", data_dir=data_dir, port=free_port())
    unset = bankcore("notifications", "send-test", "--to", "operator@example.com", data_dir=data_dir)

    assert (good.returncode, good.stdout) == (0, "the mail server has taken the mail\n")
    assert mailbox.recipients == ["operator@example.com"]
    assert down.returncode == 1
    assert "the mail was not sent: unreachable" in down.stderr
    assert unset.returncode == 1
    assert unset.stderr == "bankcore: BANKCORE_SMTP_URL: not set\n"
    assert not data_dir.exists()


def test_dead_ones_are_listed_and_tried_again_by_name(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"

    listed = bankcore("notifications", "list", "--status", "dead", "--json", data_dir=data_dir)
    unknown = bankcore("notifications", "retry", "019c1406-3400-7000-8000-00000000dead", data_dir=data_dir)

    assert listed.returncode == 0, listed.stderr
    assert json.loads(listed.stdout) == []
    assert unknown.returncode == 1
    assert "Not found" in unknown.stderr
