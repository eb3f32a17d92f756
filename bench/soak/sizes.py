"""What is on disk: bytes of each table with its indexes, and of everything that was ever written ahead."""

from typing import Final

import psycopg

LOG: Final = "write-ahead log"
_SIZES: Final = """
    SELECT c.relname, pg_total_relation_size(c.oid)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname = 'bankcore'
    UNION ALL SELECT %s, (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint
"""


def sizes_on(connection: psycopg.Connection) -> dict[str, int]:
    """Bytes by table, and of the log."""
    return dict(connection.execute(_SIZES, (LOG,)).fetchall())
