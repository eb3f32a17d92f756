"""The fixtures that every test of the ledger over HTTP stands on."""

import pytest

from tests.worlds.http_client import HttpClient, LedgerApplication


@pytest.fixture(scope="session")
def application() -> LedgerApplication:
    """The application, which each test gets with banks of its own."""
    return LedgerApplication()


@pytest.fixture
def client(application: LedgerApplication) -> HttpClient:
    """A new client, with nobody's account open."""
    return application.open()
