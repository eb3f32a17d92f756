"""The stage of a long run: a bank with customers, and the scheduler and workers that `bankcore up` starts behind it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg

from bankcore.identifiers import AccountId
from bankcore_infra.cli.role_process import RoleProcess, role_environment
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.processes import STARTER_VARIABLE
from bankcore_infra.settings import ProcessRole
from bench.ours import TENANT, open_account_of_each
from bench.remote import RemoteSubject
from bench.soak.load import offered_transfers
from bench.world import BankPlace, World

THREADS: Final = 32
# Hashing a password takes a tenth of a second; nobody logs in here.
_USERS: Final = """
    INSERT INTO bankcore.users (tenant_id, id, created_at, email, password_hash, roles)
    SELECT tenant.id, new.id, now(), new.id || '@example.com', '$argon2id$nobody', ARRAY['holder']
    FROM bankcore.tenants AS tenant CROSS JOIN unnest(%s::uuid[]) AS new (id) WHERE tenant.slug = %s
"""

_JOBS: Final = """
    SELECT CASE count(*) WHEN 0 THEN 1 ELSE count(*) FILTER (WHERE finished_at IS NULL) END::int FROM bankcore.job_runs
"""


class RoleEndedError(Exception):
    """A role that is to work all the time ended by itself; the message is its last words."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A bank at work; `connection` is a superuser's, and commits by itself."""

    place: BankPlace
    ids: Sequence[AccountId]
    connection: psycopg.Connection
    roles: Sequence[RoleProcess]

    def offer(self, rate: float) -> RemoteSubject:
        """Transfers at that rate by the threads of a process of its own."""
        return RemoteSubject.start(offered_transfers, self.place, self.ids, threads=THREADS, rate=rate)

    def count_jobs(self) -> int:
        """Jobs that are not done; one, if no scheduler has looked for any."""
        row = self.connection.execute(_JOBS).fetchone()
        return int(row[0]) if row else 0

    def require_alive(self) -> None:
        """Nothing, if all roles run; a role that ended is not started again. Raises: RoleEndedError."""
        for role in self.roles:
            if role.has_died:
                raise RoleEndedError(f"the {role.role} ended: {role.last_words}")


@contextmanager
def set_stage(world: World, *, accounts: int, workers: int) -> Iterator[Stage]:
    """A new bank with so many customers, a scheduler and so many workers, until the end of the block."""
    place = world.bank("soak")
    ids = _make_customers(place, accounts)
    with ExitStack() as stack:
        connection = stack.enter_context(psycopg.connect(place.superuser_url, autocommit=True))
        # The stack unwinds from its end, and the scheduler is to stop before the workers.
        roles = [
            stack.enter_context(_running(place, role))
            for role in [*[ProcessRole.WORKER] * workers, ProcessRole.SCHEDULER]
        ]
        yield Stage(place, ids, connection, roles)


def _make_customers(place: BankPlace, number: int) -> list[AccountId]:
    """So many users with a funded account each, so that what follows a transfer finds somebody to tell."""
    new_id = RandomIdentifiers().new_id
    users = [new_id() for _ in range(number)]
    with psycopg.connect(place.superuser_url) as connection:
        connection.execute(_USERS, (users, TENANT))
    with place.open() as bank:
        return open_account_of_each(bank, [str(user_id) for user_id in users])


@contextmanager
def _running(place: BankPlace, role: ProcessRole) -> Iterator[RoleProcess]:
    changes = {
        "BANKCORE_DATABASE_URL": place.app_url,
        # As in `bankcore up`, no role may seal but the scheduler.
        "BANKCORE_SEALER_DATABASE_URL": place.sealer_url if role is ProcessRole.SCHEDULER else "",
        "BANKCORE_DATA_DIR": str(place.data_dir),
        STARTER_VARIABLE: str(os.getpid()),
    }
    process = RoleProcess(role, dict(role_environment(changes)), place.data_dir / "log" / f"{role}.log")
    process.start()
    try:
        yield process
    finally:
        process.begin_stop()
        process.finish_stop()
