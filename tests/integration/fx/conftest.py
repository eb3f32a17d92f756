"""FX on PostgreSQL: a holder with a thousand dollars, and a source of rates that the test controls."""

import pytest

from bankcore.fx.quotes import QuotePolicy
from tests.contract.fx_adapters import FxAdapter, postgresql_fx_adapter
from tests.worlds.sql_bank import SqlBank


@pytest.fixture
def fx(bank: SqlBank) -> FxAdapter:
    return postgresql_fx_adapter(bank, QuotePolicy())
