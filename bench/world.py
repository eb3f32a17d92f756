"""Where it is measured: one PostgreSQL with durability on, and a database on it for each kind of subject."""

import os
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from bankcore_infra.db.migrate import open_as_owner, upgrade
from bankcore_infra.db.roles import DatabaseRole
from bankcore_infra.embedded import EmbeddedServers
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation, open_external
from bankcore_infra.settings import Settings
from bankcore_infra.tenancy.new_tenant import create_default_tenant
from bankcore_infra.wiring import Bank, open_bank

SUPERUSER: Final = "postgres"
# All subjects of a group keep their connections while they take turns.
_SETTINGS: Final = {"max_connections": "250"}


@dataclass(frozen=True, slots=True)
class BankPlace:
    """A bank's database, by role."""

    app_url: str
    auditor_url: str
    sealer_url: str
    superuser_url: str
    data_dir: Path

    def open(self) -> Bank:
        """The bank there, through the public library."""
        return open_bank(self.app_url, data_dir=self.data_dir)

    def settings(self) -> Settings:
        """The settings of that bank, its sealing role included."""
        return load_settings(
            database_url=self.app_url,
            auditor_database_url=self.auditor_url,
            sealer_database_url=self.sealer_url,
            data_dir=self.data_dir,
        )

    def installation(self) -> Installation:
        """The servers of that bank, for verification and sealing."""
        return open_external(self.settings())


@dataclass(slots=True)
class World:
    """A server on which databases are made for the measurement, and removed after it."""

    maintenance_url: str
    data_dir: Path
    redis_url: str | None = None
    _made: list[str] = field(default_factory=list)

    def database(self, name: str) -> str:
        """The superuser's address of a new, empty database."""
        unique = f"bench_{name}_{os.getpid()}_{len(self._made)}"
        self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unique)))
        self._made.append(unique)
        return address_of(self.maintenance_url, database=unique)

    def bank(self, name: str) -> BankPlace:
        """A new bank with the tenant `main`, migrated, in a database of its own."""
        superuser_url = self.database(name)
        upgrade(superuser_url)
        app_url = address_of(superuser_url, role=DatabaseRole.APP)
        with open_as_owner(superuser_url) as owner:
            create_default_tenant(owner)
        folder = self.data_dir / f"bank-{name}-{len(self._made)}"
        folder.mkdir(mode=0o700, parents=True)
        return BankPlace(
            app_url=app_url,
            auditor_url=address_of(superuser_url, role=DatabaseRole.AUDITOR),
            sealer_url=address_of(superuser_url, role=DatabaseRole.SEALER),
            superuser_url=superuser_url,
            data_dir=folder,
        )

    def calm(self) -> None:
        """Write out and clean up what earlier work left, so that it is not done during the next measurement."""
        for name in self._made:
            with psycopg.connect(address_of(self.maintenance_url, database=name), autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
        self._run(sql.SQL("CHECKPOINT"))

    def drop_databases(self) -> None:
        """Remove what was made here."""
        while self._made:
            name = self._made.pop()
            self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.maintenance_url, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def embedded_world() -> Iterator[World]:
    """Embedded servers in a folder that vanishes with them; durability is on, as it always is there."""
    with tempfile.TemporaryDirectory(prefix="bankcore-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # As root, the servers run as another user, who must be able to pass through.
        folder.chmod(0o711)
        with EmbeddedServers.start(folder, postgres_settings=_SETTINGS) as servers:
            url = servers.postgres.dsn(SUPERUSER, SUPERUSER)
            world = World(url, folder / "banks", servers.redis_url)
            with _environment({"BANKCORE_REDIS_URL": servers.redis_url}):
                yield world


@contextmanager
def given_world(maintenance_url: str) -> Iterator[World]:
    """A server that runs already, named by the address of a superuser's database; new databases are removed again.

    The roles of a bank get their passwords, if the server asks for any, from libpq's password file.
    """
    with tempfile.TemporaryDirectory(prefix="bankcore-bench-") as name:
        redis_url = os.environ.get("BANKCORE_REDIS_URL")
        world = World(maintenance_url, Path(name) / "banks", redis_url)
        try:
            with _environment({} if redis_url is None else {"BANKCORE_REDIS_URL": redis_url}):
                yield world
        finally:
            world.drop_databases()


def world_at(maintenance_url: str | None) -> AbstractContextManager[World]:
    """The server of that address, or an embedded one."""
    return embedded_world() if maintenance_url is None else given_world(maintenance_url)


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """End as by Ctrl-C, which stops servers and removes what was made, also when another program says so."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def address_of(url: str, *, role: str | None = None, database: str | None = None) -> str:
    """The same server's address for another role, then without the password, or for another database."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    user = parts.netloc if role is None else f"{role}@{host}"
    path = parts.path if database is None else f"/{database}"
    return urlunsplit((parts.scheme, user, path, parts.query, ""))


def orm_url(url: str) -> str:
    """The address as SQLAlchemy takes it."""
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """Only those settings of a bank, here and in child processes: nobody's own bank shall be measured by accident."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("BANKCORE_"):
            del os.environ[name]
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
