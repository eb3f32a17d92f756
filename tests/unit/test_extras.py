"""What is not installed is named in one sentence, with what installs it."""

import subprocess
import sys
from typing import Final

import pytest

from bankcore_infra.capability import Made
from bankcore_infra.cli.program import COMMANDS
from bankcore_infra.extras import EXTRAS, MissingExtraError, naming_the_extra, require_extra

RUN_WITHOUT: Final = """
import sys
missing = sys.argv.pop(1)

class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Nothing())
from bankcore_infra.cli import main
main()
"""
WITHOUT_LIBPQ: Final = """
import ctypes.util, sys
sys.modules["psycopg_binary"] = sys.modules["psycopg_c"] = None
ctypes.util.find_library = lambda _name: None
from bankcore_infra import open_bank
"""


def missing(module: str) -> object:
    raise ModuleNotFoundError(name=module)


@pytest.mark.parametrize(
    ("module", "wanted", "told"),
    [
        ("argon2.exceptions", "http", "argon2 is not installed: pip install 'bankcore[http]'"),
        ("redis", "worker", "redis is not installed: pip install 'bankcore[worker]'"),
        ("alembic", "http", "alembic is not installed: pip install 'bankcore[cli]'"),
        ("boto3", "worker", "boto3 is not installed: pip install 'bankcore[s3]'"),
    ],
)
def test_what_is_missing_is_named_with_the_extra_that_was_asked_for(module: str, wanted: str, told: str) -> None:
    with pytest.raises(MissingExtraError) as error, naming_the_extra(wanted):
        missing(module)

    assert str(error.value) == told


def test_a_machine_without_a_libpq_is_told_which_extra_brings_one() -> None:
    run = subprocess.run([sys.executable, "-c", WITHOUT_LIBPQ], capture_output=True, text=True, check=False)

    assert run.stderr.splitlines()[-1].endswith(
        "MissingExtraError: libpq is not installed: pip install 'bankcore[binary]'"
    )


def test_a_module_of_nobodys_extra_is_a_fault_of_ours() -> None:
    with pytest.raises(ModuleNotFoundError) as error, naming_the_extra():
        missing("bankcore_infra.mistyped")

    assert not isinstance(error.value, MissingExtraError)


def test_a_service_that_cannot_be_made_for_want_of_a_package_says_what_installs_it() -> None:
    services = Made({str: lambda _parts: missing("jwt")}, object())

    with pytest.raises(MissingExtraError, match=r"pip install 'bankcore\[http\]'"):
        services.get(str)


def test_an_extra_that_is_installed_is_not_complained_of(monkeypatch: pytest.MonkeyPatch) -> None:
    for extra in set(EXTRAS) - {"aws", "s3"}:
        require_extra(extra)

    monkeypatch.setitem(EXTRAS, "worker", frozenset({"dramatiq", "nowhere_to_be_found"}))
    with pytest.raises(MissingExtraError, match="nowhere_to_be_found"):
        require_extra("worker")


@pytest.mark.parametrize(
    ("module", "words", "extra"),
    [
        ("click", "--help", "cli"),
        ("rich", "tenant list", "cli"),
        ("alembic", "db current", "cli"),
        ("argon2", "up", "http"),
        ("granian", "api", "http"),
        ("loguru", "worker", "worker"),
        ("dramatiq", "scheduler", "worker"),
        ("flask", "openapi", "http"),
    ],
)
def test_a_command_whose_package_is_missing_says_in_one_line_what_installs_it(
    module: str, words: str, extra: str
) -> None:
    run = subprocess.run(
        [sys.executable, "-c", RUN_WITHOUT, module, *words.split()], capture_output=True, text=True, check=False
    )

    assert run.returncode == 1
    assert run.stderr == f"bankcore: {module} is not installed: pip install 'bankcore[{extra}]'\n"


def test_every_command_needs_an_extra_that_there_is() -> None:
    assert {entry.extra for entry in COMMANDS.values()} <= set(EXTRAS)
