"""The fixture that every test of the auditors' routes stands on."""

import pytest

from tests.worlds.http_audit import AuditClient, open_audit_client


@pytest.fixture
def client() -> AuditClient:
    """A new client, with nothing recorded."""
    return open_audit_client()
