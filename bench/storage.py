"""What a transfer costs on disk: bytes of tables and indexes, and bytes of write-ahead log."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import psycopg

from bench.bare import bare_transfers
from bench.orm import orm_transfers
from bench.ours import our_batches, our_transfers
from bench.places import Places
from bench.plan import MakeSubject

LOG: Final = "write-ahead log"
_SIZES: Final = """
    SELECT c.relname, pg_total_relation_size(c.oid)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname IN ('public', 'bankcore')
    UNION ALL SELECT %s, (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """What one transfer of a subject leaves behind."""

    subject: str
    table_bytes: int
    log_bytes: int
    transfers: int


_SUBJECTS: Final[Mapping[str, MakeSubject]] = {
    "bare, 8": lambda places: bare_transfers(places.bare_url, threads=8),
    "baseline, 8": lambda places: orm_transfers(*places.baseline, threads=8),
    "ours, 32": lambda places: our_transfers(*places.bank, threads=32),
    "ours, batches of 1000": lambda places: our_batches(*places.bank, size=1_000),
}


def measure_storage(places: Places, seconds: float) -> list[Storage]:
    """Let each subject work alone for that long, and see what has grown; the more transfers, the more exact it is."""
    return [_measure(places, name, make, seconds) for name, make in _SUBJECTS.items()]


def sizes_on(connection: psycopg.Connection) -> dict[str, int]:
    """Bytes of each table with its indexes, and of everything that was ever written ahead."""
    return dict(connection.execute(_SIZES, (LOG,)).fetchall())


def _measure(places: Places, name: str, make: MakeSubject, seconds: float) -> Storage:
    with psycopg.connect(_address(places, name), autocommit=True) as connection, make(places) as subject:
        before = sizes_on(connection)
        transfers = subject.run(seconds).operations
        grown = {table: size - before.get(table, 0) for table, size in sizes_on(connection).items()}
    log_bytes = grown.pop(LOG)
    return Storage(
        subject=name,
        table_bytes=sum(grown.values()) // transfers,
        log_bytes=log_bytes // transfers,
        transfers=transfers,
    )


def _address(places: Places, name: str) -> str:
    if name.startswith("bare"):
        return places.bare_url
    return places.baseline.url if name.startswith("baseline") else places.bank.place.superuser_url
