"""Addresses that were recorded before they could be erased are moved to where they can, and back."""

from typing import Final
from uuid import UUID

import pytest

from bankcore_infra.db.migrate import downgrade, upgrade
from tests.worlds.sql_bank import SUPERUSER, ScratchCluster

_TENANT: Final = UUID(int=1)
_ADD: Final = """
    INSERT INTO bankcore.audit_log (tenant_id, id, at, action, outcome, actor_type, actor_id, account_ids, ip_address,
                                    user_agent, body)
    VALUES (%s, %s, now(), 'user.logged_in', 'success', 'user', 'sita', '{}', %s, %s, '{}')
"""
_CONTEXTS: Final = """
    SELECT l.id, c.ip_address, c.user_agent FROM bankcore.audit_log AS l
    LEFT JOIN bankcore.audit_context AS c ON c.tenant_id = l.tenant_id AND c.id = l.context_id ORDER BY l.id
"""


@pytest.mark.parametrize("role", [SUPERUSER, "bankcore_migrator"])
def test_addresses_move_out_of_the_log_and_back(cluster: ScratchCluster, role: str) -> None:
    with cluster.database() as scratch:
        downgrade(scratch.url(SUPERUSER), "0002")
        scratch.execute("INSERT INTO bankcore.tenants (id, slug, name, kind) VALUES (%s, 'm', 'M', 'test')", _TENANT)
        old = [(UUID(int=2), "203.0.113.7", "phone"), (UUID(int=3), None, None), (UUID(int=4), "203.0.113.8", None)]
        for row in old:
            scratch.execute(_ADD, _TENANT, *row)
        xids = scratch.rows("SELECT id, xid::text FROM bankcore.audit_log ORDER BY id")

        upgrade(scratch.url(role))
        moved = scratch.rows(_CONTEXTS)
        downgrade(scratch.url(role), "0002")
        returned = scratch.rows("SELECT id, ip_address, user_agent FROM bankcore.audit_log ORDER BY id")

        assert moved == returned == old
        assert scratch.rows("SELECT id, xid::text FROM bankcore.audit_log ORDER BY id") == xids
