"""The stage of a long run: a bank with customers, and the roles behind it at work."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from bankcore.identifiers import AccountId
from bench.remote import RemoteSubject
from bench.soak.customers import make_customers
from bench.soak.open_loop import offered_transfers
from bench.soak.roles import Background, background
from bench.world import BankPlace, World

THREADS = 32


@dataclass(frozen=True, slots=True)
class Stage:
    """A bank at work; `connection` is a superuser's, and commits by itself."""

    place: BankPlace
    ids: Sequence[AccountId]
    connection: psycopg.Connection
    roles: Background

    def offer(self, rate: float) -> RemoteSubject:
        """Transfers at that rate by the threads of a process of its own."""
        return RemoteSubject.start(offered_transfers, self.place, self.ids, threads=THREADS, rate=rate)


@contextmanager
def set_stage(world: World, *, accounts: int, workers: int, on_step: Callable[[str, int], None]) -> Iterator[Stage]:
    """A new bank with so many customers, a scheduler and so many workers, until the end of the block."""
    on_step(f"making {accounts:,} customers", 0)
    place = world.bank("soak")
    ids = make_customers(place, accounts)
    with (
        psycopg.connect(place.superuser_url, autocommit=True) as connection,
        background(place, workers=workers) as roles,
    ):
        yield Stage(place, ids, connection, roles)
