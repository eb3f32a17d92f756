"""A bank beside a shop."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from bankcore_infra.db.engine import driver_url
from tests.worlds.shop import HOST, make_shop
from tests.worlds.sql_bank import SqlBank


@pytest.fixture
def bank(bank: SqlBank) -> SqlBank:
    """A bank beside a shop with a role and a table of its own, whose rows belong to tenants of the shop's."""
    make_shop(bank, "id int PRIMARY KEY, tenant text NOT NULL DEFAULT 'acme'")
    return bank


@pytest.fixture
def engine(bank: SqlBank) -> Iterator[Engine]:
    """The shop's engine."""
    engine = create_engine(driver_url(bank.scratch.url(HOST)), poolclass=NullPool)
    yield engine
    engine.dispose()
