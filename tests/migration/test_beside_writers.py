"""Indexes of large tables are built while the bank goes on."""

import threading
from typing import Final

import psycopg
import pytest

from bankcore_infra.db.migrate import downgrade, upgrade
from tests.worlds.sql_bank import SUPERUSER, ScratchCluster

_WAITS: Final = """
    SELECT count(*)::int FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE '%%INDEX%%' AND wait_event_type = 'Lock'
"""


@pytest.mark.parametrize(
    ("before", "table"), [("0014", "audit_log"), ("0015", "notifications"), ("0019", "transactions")]
)
def test_nobody_who_writes_waits_for_an_index(cluster: ScratchCluster, before: str, table: str) -> None:
    with cluster.database() as scratch:
        url = scratch.url(SUPERUSER)
        write = f"LOCK TABLE bankcore.{table} IN ROW EXCLUSIVE MODE"
        downgrade(url, before)
        upgrading = threading.Thread(target=upgrade, args=(url,))
        with psycopg.connect(url) as slow, psycopg.connect(url) as other:
            slow.execute(write)
            upgrading.start()
            while not scratch.scalar(_WAITS):
                assert upgrading.is_alive()
            other.execute("SET lock_timeout = '2s'")
            other.execute(write)
            other.rollback()
            slow.rollback()
            upgrading.join()
