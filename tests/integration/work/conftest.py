"""A desk at which work leaves a bank on a real database."""

import pytest

from tests.integration.work.desk import Desk, RecordingConsumer, prepare_effects
from tests.sql_bank import SqlBank


@pytest.fixture
def desk(bank: SqlBank) -> Desk:
    """One consumer that records, a broker that is a list, and nothing posted yet."""
    prepare_effects(bank.scratch)
    return Desk(bank, [RecordingConsumer()])
