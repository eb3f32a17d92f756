"""What a run has left on disk: by table, column storage and index, and in the write-ahead log by who wrote it."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import psycopg

_PARTS: Final = """
    SELECT t.relname, part.name, part.bytes
    FROM pg_class AS t JOIN pg_namespace AS n ON n.oid = t.relnamespace
    CROSS JOIN LATERAL (
        SELECT 'rows' AS name, pg_table_size(t.oid) - coalesce(pg_total_relation_size(nullif(t.reltoastrelid, 0)), 0)
            AS bytes
        UNION ALL SELECT 'toast', pg_total_relation_size(t.reltoastrelid) WHERE t.reltoastrelid <> 0
        UNION ALL SELECT i.indexrelid::regclass::text, pg_total_relation_size(i.indexrelid)
            FROM pg_index AS i WHERE i.indrelid = t.oid
    ) AS part
    WHERE t.relkind = 'r' AND n.nspname = 'bankcore'
"""
_LOG: Final = """
    SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint, wal_records, wal_fpi FROM pg_stat_wal
"""
_LOG_BY_PROCESS: Final = """
    SELECT pid, CASE WHEN backend_type <> 'client backend' THEN backend_type
                     WHEN usename = 'bankcore_sealer' THEN 'sealer'
                     WHEN usename = 'bankcore_app' THEN 'bank' ELSE 'others' END,
           written.wal_bytes::bigint
    FROM pg_stat_activity CROSS JOIN LATERAL pg_stat_get_backend_wal(pid) AS written
    WHERE written.wal_bytes IS NOT NULL
"""
_PAGE_BYTES: Final = 8_192

Part = tuple[str, str]
"""A table, and what of it: `rows`, `toast`, or the name of an index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How much there was at one moment; images are pages that the log holds as a whole after a checkpoint."""

    parts: Mapping[Part, int]
    log_bytes: int
    log_records: int
    log_images: int
    log_of: Mapping[int, tuple[str, int]]
    """By process: what it is, and the bytes of log it has written."""

    @classmethod
    def on(cls, connection: psycopg.Connection) -> "Written":
        """What there is now."""
        log_bytes, records, images = _row(connection, _LOG)
        return cls(
            parts={(table, part): size for table, part, size in connection.execute(_PARTS)},
            log_bytes=log_bytes,
            log_records=records,
            log_images=images,
            log_of={pid: (name, size) for pid, name, size in connection.execute(_LOG_BY_PROCESS)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Bytes that one transfer has left, with everything that follows it."""

    transfers: int
    parts: Mapping[Part, float]
    log_bytes: float
    log_records: float
    log_images: float
    log_by: Mapping[str, float]

    @property
    def table_bytes(self) -> float:
        """All tables and indexes."""
        return sum(self.parts.values())

    @property
    def images_bytes_max(self) -> float:
        """No more of the log than this is whole pages; their unused middle is left out."""
        return self.log_images * _PAGE_BYTES

    @classmethod
    def between(cls, before: Written, after: Written, *, transfers: int, behind: frozenset[int]) -> "Growth":
        """What so many transfers have added; `behind` are the server processes of the roles behind the caller."""
        each = max(transfers, 1)
        parts = {part: (size - before.parts.get(part, 0)) / each for part, size in after.parts.items()}
        return cls(
            transfers=transfers,
            parts={part: size for part, size in sorted(parts.items(), key=lambda item: -item[1]) if round(size, 1)},
            log_bytes=(after.log_bytes - before.log_bytes) / each,
            log_records=(after.log_records - before.log_records) / each,
            log_images=(after.log_images - before.log_images) / each,
            log_by=_log_by(before, after, each, behind),
        )


def _log_by(before: Written, after: Written, transfers: int, behind: frozenset[int]) -> dict[str, float]:
    """Who wrote the log; the rest is of processes that have ended, such as those of autovacuum."""
    found: dict[str, float] = defaultdict(float)
    for pid, (name, size) in after.log_of.items():
        grown = size - before.log_of.get(pid, (name, 0))[1]
        if grown:
            found[_writer(name, is_behind=pid in behind)] += grown / transfers
    found["the rest"] = (after.log_bytes - before.log_bytes) / transfers - sum(found.values())
    return dict(found)


def _writer(name: str, *, is_behind: bool) -> str:
    if name != "bank":
        return name
    return "relay and workers" if is_behind else "posting"


def _row(connection: psycopg.Connection, statement: str) -> tuple[Any, ...]:
    row = connection.execute(statement).fetchone()
    assert row is not None  # noqa: S101 - such views have one row
    return row
