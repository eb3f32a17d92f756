"""Members of a team in a schema that has no word for them: whoever goes back lets none of them in."""

import pytest

from bankcore_infra.db.engine import Database
from bankcore_infra.db.migrate import downgrade, upgrade
from tests.worlds.sql_bank import SUPERUSER, ScratchCluster, sql_bank

MEMBERS = {"a": "{owner}", "b": "{auditor,viewer}", "c": "{}", "d": "{holder}"}
BACK = [
    ("a", "{holder}", "disabled"),
    ("b", "{auditor}", "active"),
    ("c", "{holder}", "disabled"),
    ("d", "{holder}", "active"),
]


@pytest.mark.parametrize("role", [SUPERUSER, "bankcore_migrator"])
def test_whoever_was_nothing_but_a_member_is_kept_out_on_the_way_down(cluster: ScratchCluster, role: str) -> None:
    with cluster.database() as scratch:
        database = Database(scratch.url())
        bank = sql_bank(scratch, database)
        for name, roles in MEMBERS.items():
            scratch.execute(
                "INSERT INTO bankcore.users (tenant_id, id, created_at, email, password_hash, roles, status)"
                " VALUES (%s, gen_random_uuid(), now(), %s, '$argon2id$', %s::text[], 'active')",
                *(bank.tenant_id, f"{name}@example.com", roles),
            )

        downgrade(scratch.url(role), "0034")
        rows = scratch.rows("SELECT left(email, 1), roles::text, status FROM bankcore.users ORDER BY email")
        upgrade(scratch.url(role))

        assert [tuple(row) for row in rows] == BACK
        database.close()
