"""A tenant whose users get mail from a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worlds.mail import Mailbox, mail_server
from tests.worlds.sql_bank import SqlBank
from tests.worlds.sql_notifications import NotificationWorld


@pytest.fixture
def world(bank: SqlBank, tmp_path: Path) -> NotificationWorld:
    """A tenant without users."""
    return NotificationWorld.of(bank, tmp_path / "keys")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes everything."""
    with mail_server() as running:
        yield running
