"""Who can do what to the books with a database connection and no scruples."""

from collections.abc import Iterator
from typing import Final

import psycopg
import pytest

from bankcore.testing import SequentialIdentifiers
from bankcore_infra.db.engine import Database
from tests.integration.ledger.attacks import ATTACKS, DONE, Attack
from tests.worlds.sql_bank import APP, SUPERUSER, ScratchCluster, ScratchDatabase, sql_bank
from tests.worlds.values import npr

ROLES: Final = {"app": APP, "owner": "bankcore_migrator", "auditor": "bankcore_auditor", "superuser": SUPERUSER}
# An auditor may take the brake off, so that what stops him is what he was granted.
PREPARATION: Final = (
    "SET TRANSACTION READ WRITE",
    "SELECT set_config('bankcore.tenant_id', '{tenant}', true)",
)


@pytest.fixture(scope="module")
def victim(cluster: ScratchCluster) -> Iterator[tuple[ScratchDatabase, dict[str, str]]]:
    """A bank with one deposit, and the names that attacks need; every attack is rolled back."""
    with cluster.database() as scratch:
        database = Database(scratch.url())
        bank, other = sql_bank(scratch, database), sql_bank(scratch, database, "other")
        carol, bob = bank.open_account("carol", floor=None), bank.open_account("bob")
        alice = bank.open_account("alice")
        old = bank.ledger.deposit(alice.id, npr("100.00"), idempotency_key="salary")
        other.open_account("dave", balance="1.00")
        database.close()
        ids = SequentialIdentifiers()
        yield (
            scratch,
            {
                "tenant": str(bank.tenant_id),
                "other_tenant": str(other.tenant_id),
                "alice": str(alice.id),
                "bob": str(bob.id),
                "carol": str(carol.id),
                "old": str(old.id),
                "old_instant": old.posted_at.isoformat(),
                "new": str(ids.new_id()),
                "newer": str(ids.new_id()),
            },
        )


def end_of(attack: Attack, scratch: ScratchDatabase, names: dict[str, str], role: str) -> str:
    """How the attack ends for that role: `done` or an SQLSTATE."""
    statements = [*PREPARATION, attack.statement]
    try:
        with psycopg.connect(scratch.url(role)) as connection:
            for statement in statements:
                connection.execute(statement.format(**names).encode())
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            connection.rollback()
    except psycopg.Error as error:
        return str(error.sqlstate)
    return DONE


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_ends_as_the_table_says(attack: Attack, victim: tuple[ScratchDatabase, dict[str, str]]) -> None:
    scratch, names = victim

    ends = {name: end_of(attack, scratch, names, role) for name, role in ROLES.items()}

    assert ends == dict(zip(ROLES, attack.ends, strict=True))


def test_no_two_attacks_have_one_name() -> None:
    assert len({attack.statement for attack in ATTACKS}) == len(ATTACKS)


def test_privileges_alone_keep_history_from_change_without_any_trigger(
    victim: tuple[ScratchDatabase, dict[str, str]],
) -> None:
    scratch, _names = victim

    too_much = scratch.rows("""
        SELECT r.name, t.name, p.name
        FROM unnest(ARRAY['bankcore_app', 'bankcore_auditor']) AS r (name)
        CROSS JOIN unnest(ARRAY['transactions', 'entries', 'audit_log']) AS t (name)
        CROSS JOIN unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p (name)
        WHERE CASE WHEN p.name IN ('UPDATE', 'REFERENCES')
                   THEN has_any_column_privilege(r.name, 'bankcore.' || t.name, p.name)
                   ELSE has_table_privilege(r.name, 'bankcore.' || t.name, p.name) END""")

    assert too_much == []


@pytest.mark.parametrize("table", ["transactions", "entries", "audit_log", "accounts"])
def test_rows_copied_in_by_a_superuser_still_meet_the_rules(
    table: str, victim: tuple[ScratchDatabase, dict[str, str]]
) -> None:
    scratch, _names = victim
    expected = {
        "transactions": {"app": "0A000", "superuser": "23505"},
        "entries": {"app": "0A000", "superuser": "23505"},
        "audit_log": {"app": "42501", "superuser": "23505"},
        "accounts": {"app": "42501", "superuser": "23505"},
    }[table]

    with scratch.connection() as connection, connection.cursor().copy(f"COPY bankcore.{table} TO STDOUT") as out:
        rows = b"".join(bytes(block) for block in out)

    assert {name: end_of_copy(scratch, ROLES[name], table, rows) for name in expected} == expected


def end_of_copy(scratch: ScratchDatabase, role: str, table: str, rows: bytes) -> str:
    """How copying the rows into their own table ends for that role."""
    try:
        with psycopg.connect(scratch.url(role)) as connection:
            with connection.cursor().copy(f"COPY bankcore.{table} FROM STDIN") as into:
                into.write(rows)
            connection.rollback()
    except psycopg.Error as error:
        return str(error.sqlstate)
    return DONE
