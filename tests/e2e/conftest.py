"""A data folder that the servers can reach whoever they run as, and servers that several commands share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bankcore_infra.cli import program
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation
from bankcore_infra.servers import start_embedded
from tests.worlds.begun_bank import begin_bank, folder_of_servers
from tests.worlds.program import Run
from tests.worlds.warm_program import warm_programs


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder that is not there yet; not in pytest's own, which another test run closes to others at any time."""
    with folder_of_servers() as folder:
        yield folder / "data"


@pytest.fixture
def begun_dir(data_dir: Path) -> Path:
    """The data folder of a bank that has been started before."""
    return begin_bank(data_dir)


@pytest.fixture(scope="module")
def warm(unmeasured: None) -> Iterator[Path]:
    """A folder for a PATH with a `bankcore` that has been imported already, for pages with many commands."""
    with warm_programs() as folder:
        yield folder


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    """Embedded servers, as another process would run them."""
    with (
        folder_of_servers() as folder,
        start_embedded(load_settings(data_dir=begin_bank(folder / "data"))) as started,
    ):
        yield started


@pytest.fixture
def run(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command on those servers."""
    monkeypatch.setenv("BANKCORE_ARGON2_MEMORY_KIB", "19456")
    monkeypatch.setenv("BANKCORE_ARGON2_TIME_COST", "2")

    def invoke(*arguments: str, given: str = "") -> Result:
        words = [*arguments, "--data-dir", str(installation.data_dir)]
        return CliRunner().invoke(program.program, words, input=given)

    return invoke
