"""What a user of the library finds by looking: versions, names, descriptions, and no secrets."""

import inspect
import tomllib

import pytest

import bankcore
import bankcore_infra
from bankcore.errors import SetupError
from bankcore_infra.db.engine import Database
from bankcore_infra.embedded import EmbeddedServersError
from tests.architecture.source_tree import ROOT


def test_the_version_is_that_of_the_distribution() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert bankcore.__version__ == project["version"]


@pytest.mark.parametrize("error_type", [bankcore_infra.SettingsError, EmbeddedServersError])
def test_what_keeps_a_bank_from_opening_is_one_family(error_type: type[Exception]) -> None:
    assert issubclass(error_type, SetupError)
    assert bankcore.SetupError is SetupError


@pytest.mark.parametrize("kind", [bankcore_infra.Bank, bankcore_infra.TenantBank])
def test_help_describes_whatever_a_bank_offers(kind: type) -> None:
    shown = {name: inspect.getdoc(value) for name, value in inspect.getmembers(kind) if not name.startswith("_")}

    assert {name for name, words in shown.items() if not words} == set()
    offered = {bankcore_infra.Bank: {"database", "tenants"}, bankcore_infra.TenantBank: {"ledger", "accounts"}}
    assert offered[kind] <= shown.keys()


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://app:secret@db.example:5432/books?password=secret", "books at db.example"),
        ("postgresql://app:secret@/books?host=/run/postgresql", "books at /run/postgresql"),
    ],
)
def test_a_database_says_where_it_is_without_its_password(url: str, place: str) -> None:
    with Database(url) as database:
        assert repr(database) == f"<Database {place}>"

    assert repr(database) == f"<Database {place}, closed>"
