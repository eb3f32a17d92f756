"""Payouts on PostgreSQL: a payer with a hundred rupees and five payees."""

import pytest

from tests.contract.payout_adapters import PayoutAdapter, postgresql_payout_adapter
from tests.worlds.sql_bank import SqlBank


@pytest.fixture
def payouts(bank: SqlBank) -> PayoutAdapter:
    return postgresql_payout_adapter(bank)
