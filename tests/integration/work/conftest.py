"""The workers of a bank on a real database."""

import pytest

from tests.worlds.sql_bank import SqlBank
from tests.worlds.workers import RecordingConsumer, Workers, prepare_effects


@pytest.fixture
def workers(bank: SqlBank) -> Workers:
    """One consumer that records, a broker that is a list, and nothing posted yet."""
    prepare_effects(bank.scratch)
    return Workers(bank, [RecordingConsumer()])
