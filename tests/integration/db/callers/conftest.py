"""A bank beside a shop."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from bankcore_infra.db.engine import driver_url
from tests.worlds.shop import HOST
from tests.worlds.sql_bank import SqlBank


@pytest.fixture
def bank(bank: SqlBank) -> SqlBank:
    """A bank beside a shop with a role and a table of its own, whose rows belong to tenants of the shop's."""
    bank.scratch.execute(f"""
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{HOST}') THEN CREATE ROLE {HOST} LOGIN; END IF;
        END $$
    """)
    bank.scratch.execute(f"GRANT bankcore_app TO {HOST}")
    bank.scratch.execute("CREATE TABLE public.orders (id int PRIMARY KEY, tenant text NOT NULL DEFAULT 'acme')")
    bank.scratch.execute(f"GRANT ALL ON public.orders TO {HOST}")
    return bank


@pytest.fixture
def engine(bank: SqlBank) -> Iterator[Engine]:
    """The shop's engine."""
    engine = create_engine(driver_url(bank.scratch.url(HOST)), poolclass=NullPool)
    yield engine
    engine.dispose()
