"""The pages of the documentation: every block runs as it is written, and the built site needs no other host."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

import bankcore
import bankcore.testing
import bankcore_infra
from tests.worlds.begun_bank import begin_bank, folder_of_servers
from tests.worlds.pages import ROOT, blocks_of, fences_of, run_page
from tests.worlds.program import EVERY_ROLE

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.enable_socket,
    pytest.mark.slow,
    pytest.mark.usefixtures("unmeasured"),
]

DOCS: Final = ROOT / "docs"
PAGES: Final = sorted(page for page in DOCS.rglob("*.md") if "adr" not in page.relative_to(DOCS).parts)
# Its blocks are one way through two servers; a test of its own goes it.
OPERATING: Final = DOCS / "operating.md"
RUNNING: Final = [page for page in PAGES if page != OPERATING and any(block.runs for block in blocks_of(page))]
# What these show is done by workers.
FOLLOWED: Final = {"first-payment"}
# How many blocks of a page are left out, each with its reason beside it.
NOT_RUN: Final = {"tutorial": 1, "fastapi": 1, "forks": 1}
# What a browser fetches by itself; a link is only followed when somebody clicks on it.
FETCHED: Final = re.compile(
    r"<(?:script|img|iframe|source|audio|video)\b[^>]*\ssrc=[\"']?(?:https?:)?//[^\s>]+"
    r"|<link\b[^>]*\shref=[\"']?(?:https?:)?//[^\s>]+"
    r"|(?:@import|url\()\s*[\"']?(?:https?:)?//[^\s)]+"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the embedded servers can reach, where they were started before."""
    with folder_of_servers() as made:
        begin_bank(made / ".bankcore")
        yield made


@pytest.mark.parametrize("page", RUNNING, ids=lambda page: page.stem)
def test_every_block_of_a_page_runs_as_it_is_written(page: Path, folder: Path, warm: Path) -> None:
    run_page(blocks_of(page), folder, warm=warm, **(EVERY_ROLE if page.stem in FOLLOWED else {}))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_block_hides_from_the_suite(page: Path) -> None:
    assert len(blocks_of(page)) == fences_of(page)


def test_a_block_that_is_not_run_says_why_and_is_counted() -> None:
    left_out = {page.stem: sum(block.reason is not None for block in blocks_of(page)) for page in PAGES}

    assert {name: count for name, count in left_out.items() if count} == NOT_RUN


@pytest.fixture(scope="module")
def site() -> Iterator[Path]:
    """The built site; the build fails at a link that leads nowhere."""
    with tempfile.TemporaryDirectory(prefix="bankcore-site-") as name:
        for part in ("docs", "src", "examples"):
            shutil.copytree(ROOT / part, Path(name, part), ignore=shutil.ignore_patterns("__pycache__"))
        for part in ("CHANGELOG.md", "mkdocs.yml"):
            shutil.copy(ROOT / part, name)
        built = subprocess.run(
            [sys.executable, "-m", "zensical", "build", "--clean", "--strict"],
            cwd=name,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert built.returncode == 0, built.stdout + built.stderr
        yield Path(name, "site")


def test_the_site_asks_no_other_host_for_anything(site: Path) -> None:
    files = [path for path in site.rglob("*") if path.suffix in {".html", ".css"}]

    assert len(files) > len(PAGES)
    assert [found for path in files for found in FETCHED.findall(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("package", [bankcore, bankcore_infra, bankcore.testing], ids=lambda module: module.__name__)
def test_the_reference_has_every_public_name(site: Path, package: ModuleType) -> None:
    page = (site / "api" / package.__name__.replace(".", "-").replace("_", "-") / "index.html").read_text(
        encoding="utf-8"
    )

    names = set(package.__all__)
    assert {name for name in names if not re.search(rf"\b{name}\b", page)} == set()


def test_every_page_has_its_place_in_the_list() -> None:
    listed = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")

    assert [name for page in PAGES if (name := page.relative_to(DOCS).as_posix()) not in listed] == []
