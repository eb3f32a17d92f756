"""A desk at which work leaves a bank on a real database."""

import pytest

from tests.worlds.sql_bank import SqlBank
from tests.worlds.workers import Desk, RecordingConsumer, prepare_effects


@pytest.fixture
def desk(bank: SqlBank) -> Desk:
    """One consumer that records, a broker that is a list, and nothing posted yet."""
    prepare_effects(bank.scratch)
    return Desk(bank, [RecordingConsumer()])
