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

_SIZE: Final = """
    SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint,
           (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname IN ('public', 'bankcore')
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
    found = []
    for name, make in _SUBJECTS.items():
        url = _address(places, name)
        with make(places) as subject:
            tables_before, log_before = _sizes(url)
            transfers = subject.run(seconds).operations
            tables, log = _sizes(url)
        found.append(
            Storage(
                subject=name,
                table_bytes=(tables - tables_before) // transfers,
                log_bytes=(log - log_before) // transfers,
                transfers=transfers,
            )
        )
    return found


def _address(places: Places, name: str) -> str:
    if name.startswith("bare"):
        return places.bare_url
    return places.baseline.url if name.startswith("baseline") else places.bank.place.superuser_url


def sizes_on(connection: psycopg.Connection) -> tuple[int, int]:
    """Bytes of all tables with their indexes, and of everything that was ever written ahead."""
    row = connection.execute(_SIZE).fetchone()
    assert row is not None  # noqa: S101 - an aggregate has a row
    return row[0], row[1]


def _sizes(url: str) -> tuple[int, int]:
    with psycopg.connect(url) as connection:
        return sizes_on(connection)
