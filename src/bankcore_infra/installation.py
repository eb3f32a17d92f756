"""Where the servers of a bank are: those of the settings, or embedded ones that are started, or shared if they run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from bankcore.identifiers import TenantId
from bankcore.tenancy.tenants import Tenant, TenantKind
from bankcore_infra.addresses import ServerAddresses
from bankcore_infra.db.engine import single_engine
from bankcore_infra.db.revisions import current_revision, head_revision
from bankcore_infra.db.roles import DatabaseRole
from bankcore_infra.extras import naming_the_extra
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.running_servers import RunningServers
from bankcore_infra.settings import Settings
from bankcore_infra.tenancy.directory import insert_tenant

DATABASE_NAME: Final = "bankcore"
DEFAULT_TENANT: Final = "main"
SUPERUSER: Final = "postgres"
_DATABASES_NAMED: Final = "SELECT count(*) FROM pg_database WHERE datname = %s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The addresses of one bank's servers by role; embedded ones also have a superuser, for who tries an attack."""

    addresses: ServerAddresses
    superuser_url: str | None
    data_dir: Path
    sealing_dir: Path
    """The folder of the keys that sign checkpoints; only the sealing role needs to read it."""
    servers: RunningServers | None = None

    @property
    def app_url(self) -> str:
        """The database as the application's role. Raises: SettingsError: it is not set, and others are."""
        return self.addresses.require_app()

    @property
    def owner_url(self) -> str | None:
        """The database as a role that may migrate."""
        return self.addresses.owner

    @property
    def auditor_url(self) -> str | None:
        """The database as the auditor's role."""
        return self.addresses.auditor

    @property
    def sealer_url(self) -> str | None:
        """The database as the sealing role."""
        return self.addresses.sealer

    @property
    def redis_url(self) -> str | None:
        """Redis or Valkey."""
        return self.addresses.redis

    @property
    def keys_dir(self) -> Path:
        """The folder of the signing keys."""
        return self.data_dir / "keys"

    def close(self) -> None:
        """Stop the servers, if they were started for this installation."""
        if self.servers is not None:
            self.servers.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


def open_installation(settings: Settings) -> Installation:
    """The servers of the settings, if they name one; else the embedded ones, unless another process runs them already.

    Raises:
        SettingsError: a setting is wrong.
        EmbeddedServersError: the embedded servers cannot run here.
    """
    if names_servers(settings):
        return open_external(settings)
    from bankcore_infra.embedded import DataDirInUseError

    try:
        return start_embedded(settings)
    except DataDirInUseError:
        return _embedded(settings, servers=None)


def names_servers(settings: Settings) -> bool:
    """Whether the settings name any server: then nothing is embedded, so that what is named is never passed over.

    Raises:
        SettingsError: what a setting holds is no address.
    """
    return not ServerAddresses.of(settings).are_all_missing


def start_embedded(settings: Settings) -> Installation:
    """Start the embedded servers and bring their database up to date.

    Raises:
        DataDirInUseError: another process runs them already.
        EmbeddedServersError: they cannot run here.
        MissingExtraError: what makes their database is not installed.
    """
    from bankcore_infra.embedded import EmbeddedServers

    servers = EmbeddedServers.start(settings.data_dir)
    try:
        installation = _embedded(settings, servers)
        _prepare_database(servers.postgres.dsn(SUPERUSER, SUPERUSER), installation)
    except BaseException:
        servers.stop()
        raise
    return installation


def seed_default_tenant(owner_url: str) -> None:
    """Make the tenant that people belong to when they name none, as the owner, whose login is the first to be there."""
    from bankcore_infra.db.migrate import open_as_owner

    new_id = TenantId(RandomIdentifiers().new_id())
    with open_as_owner(owner_url) as connection, connection.begin():
        insert_tenant(connection, Tenant(id=new_id, slug=DEFAULT_TENANT, name="Main", kind=TenantKind.LIVE))


def open_external(settings: Settings) -> Installation:
    """The servers that the settings name; the address of a role that is not named is missed when it is needed.

    Raises:
        SettingsError: they name none, or what they name is no address.
    """
    addresses = ServerAddresses.of(settings)
    if addresses.are_all_missing:
        addresses.require_app()
    data_dir = settings.data_dir.resolve()
    return Installation(
        addresses=addresses, superuser_url=None, data_dir=data_dir, sealing_dir=_sealing_dir(settings, data_dir)
    )


def _sealing_dir(settings: Settings, data_dir: Path) -> Path:
    return data_dir / "sealing" if settings.sealing_dir is None else settings.sealing_dir.resolve()


def _embedded(settings: Settings, servers: RunningServers | None) -> Installation:
    from bankcore_infra.embedded.data_dir import DataDir
    from bankcore_infra.embedded.postgres import postgres_dsn
    from bankcore_infra.embedded.valkey import valkey_url

    data_dir = DataDir.at(settings.data_dir)
    sockets = data_dir.sockets
    return Installation(
        addresses=ServerAddresses(
            app=postgres_dsn(sockets, DatabaseRole.APP, DATABASE_NAME),
            owner=postgres_dsn(sockets, DatabaseRole.MIGRATOR, DATABASE_NAME),
            auditor=postgres_dsn(sockets, DatabaseRole.AUDITOR, DATABASE_NAME),
            sealer=postgres_dsn(sockets, DatabaseRole.SEALER, DATABASE_NAME),
            redis=valkey_url(sockets),
        ),
        superuser_url=postgres_dsn(sockets, SUPERUSER, DATABASE_NAME),
        data_dir=data_dir.root,
        sealing_dir=_sealing_dir(settings, data_dir.root),
        servers=servers,
    )


def _prepare_database(maintenance_url: str, installation: Installation) -> None:
    """Make the database on a first start, and migrate it if this version is newer than it is."""
    with naming_the_extra("embedded"):
        from bankcore_infra.db.migrate import upgrade

    assert installation.superuser_url is not None  # noqa: S101 - embedded servers have one
    engine = single_engine(maintenance_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.exec_driver_sql(_DATABASES_NAMED, (DATABASE_NAME,)).scalar():
            connection.exec_driver_sql(f"CREATE DATABASE {DATABASE_NAME}")
        # Until 0.1 it was ours, which stood in the way of whoever has tables of his own there.
        connection.exec_driver_sql(f"ALTER DATABASE {DATABASE_NAME} RESET search_path")
    engine.dispose()
    engine = single_engine(installation.superuser_url)
    with engine.connect() as connection:
        is_current = current_revision(connection) == head_revision()
    engine.dispose()
    if not is_current:
        upgrade(installation.superuser_url)
        seed_default_tenant(installation.superuser_url)
