"""What is in the repository makes sense to a stranger: it names no machine, no package index and no work order."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from tests.architecture.source_tree import ROOT

# Written so that this file does not contain what it looks for.
FORBIDDEN: Final = {
    "a path of one machine": r"(?<![\w./-])/(work|root|home|Users)/\w|file:///\w",
    "a host of a package index": r"pyp[i]\.org|pythonhoste[d]|npmj[s]\.|yarnpk[g]|deb\.debia[n]|proxy\.golan[g]",
    "a number of a work order": r"(?i)\bissues?\s+#?\d|\bpromises?\s+P\d",
    "how the text was made": r"(?i)language[ ]model|co-authored[-]by|\bai[- ](assisted|generated|written)",
}
LOCK_FILES: Final = ("requirements.txt", "requirements-dev.txt")


@cache
def repository_texts() -> tuple[tuple[str, str], ...]:
    """The name and the text of every file that is, or would be, committed."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(texts(ROOT / name for name in sorted(listing.stdout.split("\0")) if name and name != "LICENSE"))


def texts(paths: Iterator[Path]) -> Iterator[tuple[str, str]]:
    """The files that can be read as text; a listed file may have been removed, and a picture has no words."""
    for path in paths:
        if path.is_file():
            content = path.read_bytes()
            if b"\0" not in content:
                yield path.relative_to(ROOT).as_posix(), content.decode("utf-8")


@pytest.mark.parametrize(("reason", "pattern"), FORBIDDEN.items(), ids=FORBIDDEN)
def test_no_file_contains(reason: str, pattern: str) -> None:
    expression = re.compile(pattern)

    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in repository_texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if expression.search(line)
    ]

    assert found == [], f"the repository names {reason}"


@pytest.mark.parametrize("name", LOCK_FILES)
def test_a_lock_file_has_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    requirements = re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==", text, re.MULTILINE)
    hashed = re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==[^\n]*\\\n\s+--hash=sha256:", text, re.MULTILINE)
    assert requirements
    assert len(hashed) == len(requirements)
    assert "://" not in text
    assert re.search(r"^\s*--(index|extra|find|trusted)", text, re.MULTILINE) is None
