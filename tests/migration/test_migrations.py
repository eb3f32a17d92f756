"""The schema's way up and down."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from bankcore.ledger.commands import Transfer
from bankcore_infra.db.engine import Database, driver_url
from bankcore_infra.db.migrate import downgrade, upgrade
from bankcore_infra.db.revisions import current_revision, head_revision
from tests.integration.ledger.books import require_sound
from tests.worlds.sql_bank import APP, SUPERUSER, ScratchCluster, ScratchDatabase, sql_bank
from tests.worlds.values import npr, words

pytestmark = pytest.mark.usefixtures("unmeasured")

# Everything of the schema that somebody could depend on, as text that is the same for the same schema.
_SCHEMA: Final = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity, ordinal_position
        FROM information_schema.columns WHERE table_schema = 'bankcore' ORDER BY 1, 7""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'bankcore'::regnamespace ORDER BY 1, 2""",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'bankcore' ORDER BY 1",
    "functions": """
        SELECT pg_get_functiondef(oid), proacl::text FROM pg_proc WHERE pronamespace = 'bankcore'::regnamespace
        ORDER BY 1""",
    "triggers": """
        SELECT pg_get_triggerdef(t.oid), t.tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = 'bankcore'::regnamespace AND NOT t.tgisinternal ORDER BY 1""",
    "policies": "SELECT * FROM pg_policies WHERE schemaname = 'bankcore' ORDER BY tablename, policyname",
    "privileges": """
        SELECT relname, relacl::text, relrowsecurity, relforcerowsecurity, reloptions::text FROM pg_class
        WHERE relnamespace = 'bankcore'::regnamespace ORDER BY 1""",
    "column privileges": """
        SELECT attrelid::regclass::text, attname, attacl::text, attstattarget FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = 'bankcore'::regnamespace AND attnum > 0 AND NOT attisdropped ORDER BY 1, 2""",
    "schema": "SELECT nspacl::text FROM pg_namespace WHERE nspname = 'bankcore'",
    "currencies": "SELECT code, exponent, name FROM bankcore.currencies ORDER BY 1",
}

# What belongs to no tenant.
_OF_ALL: Final = {"alembic_version", "currencies"}


@pytest.fixture(scope="module")
def older_cluster() -> Iterator[ScratchCluster]:
    """The oldest server that comes in the wheel."""
    with ScratchCluster.running(version=16) as running:
        yield running


@pytest.fixture
def empty(cluster: ScratchCluster) -> Iterator[ScratchDatabase]:
    """A database in which nothing was ever migrated."""
    with cluster.database(template="template1") as made:
        yield made


def schema_of(scratch: ScratchDatabase) -> dict[str, object]:
    return {name: scratch.rows(statement) for name, statement in _SCHEMA.items()}


def objects_of(scratch: ScratchDatabase) -> set[object]:
    """Every relation, function and type of the schema."""
    return {
        name
        for (name,) in scratch.rows("""
            SELECT relname::text FROM pg_class WHERE relnamespace = 'bankcore'::regnamespace
            UNION SELECT proname FROM pg_proc WHERE pronamespace = 'bankcore'::regnamespace
            UNION SELECT typname FROM pg_type WHERE typnamespace = 'bankcore'::regnamespace AND typrelid = 0
                         AND typelem = 0""")
    }


@contextmanager
def connected(scratch: ScratchDatabase, role: str = SUPERUSER) -> Iterator[Connection]:
    engine = create_engine(driver_url(scratch.url(role)), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_every_table_of_a_tenant_has_the_tenant_first_in_its_primary_key(scratch: ScratchDatabase) -> None:
    first_columns = scratch.rows("""
        SELECT c.relname::text, a.attname::text FROM pg_class c
        LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'bankcore'::regnamespace""")

    assert {table for table, first in first_columns if first != "tenant_id"} == _OF_ALL | {"tenants"}
    assert all(first is not None for _table, first in first_columns)


def test_every_table_of_tenants_shows_them_their_own_rows_only_even_to_its_owner(scratch: ScratchDatabase) -> None:
    tables = scratch.rows("""
        SELECT relname::text, relrowsecurity AND relforcerowsecurity AND EXISTS (
            SELECT FROM pg_policy WHERE polrelid = c.oid)
        FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'bankcore'::regnamespace""")

    assert {table for table, is_isolated in tables if not is_isolated} == _OF_ALL


def test_down_leaves_nothing_and_up_again_is_the_same(empty: ScratchDatabase) -> None:
    upgrade(empty.url(SUPERUSER))
    first = schema_of(empty)

    downgrade(empty.url(SUPERUSER), "base")
    assert objects_of(empty) <= {"alembic_version", "alembic_version_pkc"}
    left = empty.row("""
        SELECT nspacl::text, (SELECT relacl::text FROM pg_class WHERE oid = 'bankcore.alembic_version'::regclass)
        FROM pg_namespace WHERE nspname = 'bankcore'""")
    assert "bankcore_app" not in str(left)
    assert "bankcore_auditor" not in str(left)

    upgrade(empty.url(SUPERUSER))
    assert schema_of(empty) == first


def test_each_step_down_can_be_taken_back(empty: ScratchDatabase) -> None:
    upgrade(empty.url(SUPERUSER))
    whole = schema_of(empty)
    steps = 0

    while empty.rows("SELECT 1 FROM bankcore.alembic_version"):
        downgrade(empty.url(SUPERUSER), "-1")
        steps += 1
    for _ in range(steps):
        upgrade(empty.url(SUPERUSER), "+1")

    assert steps >= 1
    assert schema_of(empty) == whole


def test_the_migrator_alone_can_migrate_what_was_prepared_once(empty: ScratchDatabase) -> None:
    upgrade(empty.url(SUPERUSER))
    downgrade(empty.url("bankcore_migrator"), "base")

    upgrade(empty.url("bankcore_migrator"))

    owners = empty.rows("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'bankcore'")
    assert owners == [("bankcore_owner",)]


def test_a_second_upgrade_changes_nothing(scratch: ScratchDatabase) -> None:
    before = schema_of(scratch)

    upgrade(scratch.url(SUPERUSER))

    assert schema_of(scratch) == before
    with connected(scratch) as connection:
        assert current_revision(connection) == head_revision()


def test_the_application_can_see_which_revision_it_meets(scratch: ScratchDatabase) -> None:
    with connected(scratch, APP) as connection:
        assert current_revision(connection) == head_revision()


def test_the_oldest_server_in_the_wheel_keeps_the_same_books(older_cluster: ScratchCluster) -> None:
    with older_cluster.database() as scratch:
        assert str(scratch.scalar("SHOW server_version")).startswith("16.")
        database = Database(scratch.url())
        bank = sql_bank(scratch, database)
        alice, bob = bank.open_account(balance="10.00"), bank.open_account("bob")
        asked = [
            Transfer(alice.id, bob.id, npr("4.00"), idempotency_key="k"),
            Transfer(alice.id, bob.id, npr("40.00")),
        ]
        answers = words([*bank.ledger.execute(asked), *bank.ledger.execute(asked[:1])])
        past = bank.queries.balance_at(alice.id, bank.queries.list_entries(alice.id, limit=9)[-1].posted_at)
        database.close()

        assert answers == ["posted", "insufficient_funds", "again:posted"]
        assert past.balance == npr("10.00")
        require_sound(bank)


def test_the_oldest_server_in_the_wheel_has_the_same_way_up_and_down(older_cluster: ScratchCluster) -> None:
    with older_cluster.database(template="template1") as empty:
        upgrade(empty.url(SUPERUSER))
        first = schema_of(empty)
        downgrade(empty.url(SUPERUSER), "base")
        upgrade(empty.url(SUPERUSER))

        assert schema_of(empty) == first
