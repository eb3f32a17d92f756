"""What comes from others is locked, listed and asked about; and no rule about security is passed over in silence."""

import json
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source_tree import ROOT

pytestmark = pytest.mark.security

LOCK: Final = "leaky==1.0 \\\n    --hash=sha256:" + "a" * 64 + "\nsound==2.0 \\\n    --hash=sha256:" + "b" * 64 + "\n"
KNOWN: Final = {
    "id": "PYSEC-2026-1",
    "details": "It leaks.",
    "affected": [
        {
            "package": {"name": "leaky", "ecosystem": "PyPI"},
            "versions": ["1.0"],
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}],
        }
    ],
}
PASSED_OVER: Final = re.compile(r"# noqa: [A-Z0-9, ]*\bS\d{3}\b(?P<why>.*)")


class VulnerabilityDatabase(BaseHTTPRequestHandler):
    """Knows one thing about one package."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = {"vulns": [KNOWN]} if asked["package"]["name"] == "leaky" else {}
        content = json.dumps(known).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is Python's
        pass


@pytest.fixture
def vulnerabilities() -> Iterator[str]:
    """The address of a database of vulnerabilities."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), VulnerabilityDatabase)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


def audit(lock: Path, text: str, address: str) -> tuple[int, list[str]]:
    """The exit code and the lines of an audit of that lock file, where that database is asked."""
    lock.write_text(text, encoding="utf-8")
    command = [sys.executable, ".ci/audit.py", str(lock), "--osv-url", address]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return told.returncode, [*told.stdout.splitlines(), *told.stderr.splitlines()]


def test_a_package_with_a_known_vulnerability_stops_the_build(tmp_path: Path, vulnerabilities: str) -> None:
    found = ["leaky 1.0: PYSEC-2026-1, mended in 1.1", "audit: 2 packages, 1 known vulnerabilities."]

    assert audit(tmp_path / "lock.txt", LOCK, vulnerabilities) == (1, found)


def test_without_a_network_one_line_says_that_nobody_looked(tmp_path: Path) -> None:
    status, lines = audit(tmp_path / "lock.txt", LOCK, "http://127.0.0.1:1/v1/query")

    assert (status, len(lines)) == (0, 1)
    assert "cannot be reached" in lines[0]
    assert "127.0.0.1" not in lines[0]


def test_an_audit_that_cannot_read_the_lock_file_is_no_success(tmp_path: Path, vulnerabilities: str) -> None:
    status, lines = audit(tmp_path / "lock.txt", "leaky>=1.0\n", vulnerabilities)

    assert (status, len(lines)) == (2, 1)


def test_the_bill_of_materials_lists_every_package_of_the_lock_file_with_its_hashes(tmp_path: Path) -> None:
    target = tmp_path / "new" / "bill.json"

    subprocess.run([sys.executable, ".ci/sbom.py", "requirements.txt", str(target)], cwd=ROOT, check=True)

    bill = json.loads(target.read_text(encoding="utf-8"))
    locked = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    listed = [(component["name"], component["version"]) for component in bill["components"]]
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "bankcore")
    assert sorted(listed) == sorted(locked)
    assert all(component["hashes"] for component in bill["components"])
    assert "://" not in json.dumps(bill["components"])


def test_the_rules_about_security_hold_in_all_that_runs() -> None:
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]

    exempt = {
        (place, code)
        for place, codes in lint["per-file-ignores"].items()
        for code in codes
        if re.fullmatch(r"S\d*", code)
    }
    assert lint["select"] == ["ALL"]
    assert [code for code in lint["ignore"] if re.fullmatch(r"S\d*", code)] == ["S603"]
    assert exempt == {("tests/**", "S"), ("bench/**", "S311"), ("examples/**", "S101")}


def test_whoever_passes_over_a_rule_about_security_says_why() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("src", "migrations", "bench", "examples", ".ci")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if (passed := PASSED_OVER.search(line)) and not passed["why"].startswith(" - ")
    ]

    assert silent == []
