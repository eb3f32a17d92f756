"""Where the servers of a bank are: those of the settings, or embedded ones that are started, or shared if they run."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pydantic import SecretStr
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from bankcore.identifiers import TenantId
from bankcore.tenancy.tenants import Tenant, TenantKind
from bankcore_infra.db.engine import Database, driver_url
from bankcore_infra.db.migrate import current_revision, head_revision, upgrade
from bankcore_infra.db.roles import DatabaseRole
from bankcore_infra.embedded import DataDirInUseError, EmbeddedServers
from bankcore_infra.embedded.data_dir import DataDir
from bankcore_infra.embedded.postgres import postgres_dsn
from bankcore_infra.embedded.valkey import valkey_url
from bankcore_infra.ids import RandomIdentifiers
from bankcore_infra.settings import Settings, SettingsError
from bankcore_infra.tenancy.directory import SqlTenantDirectory

DATABASE_NAME: Final = "bankcore"
DEFAULT_TENANT: Final = "main"
SUPERUSER: Final = "postgres"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The addresses of one bank's servers by role; embedded ones also have a superuser, for who tries an attack."""

    app_url: str
    owner_url: str | None
    auditor_url: str | None
    sealer_url: str | None
    superuser_url: str | None
    redis_url: str | None
    data_dir: Path
    sealing_dir: Path
    """The folder of the keys that sign checkpoints; only the sealing role needs to read it."""
    servers: EmbeddedServers | None = None

    @property
    def keys_dir(self) -> Path:
        """The folder of the signing keys."""
        return self.data_dir / "keys"

    def close(self) -> None:
        """Stop the servers, if they were started for this installation."""
        if self.servers is not None:
            self.servers.stop()

    def __enter__(self) -> Self:
        """This installation."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


def open_installation(settings: Settings) -> Installation:
    """The servers of the settings; else the embedded ones, started now unless another process runs them already.

    Raises:
        SettingsError: a setting is wrong.
        EmbeddedServersError: the embedded servers cannot run here.
    """
    if settings.database_url is not None:
        return open_external(settings)
    try:
        return start_embedded(settings)
    except DataDirInUseError:
        return _embedded(settings, servers=None)


def start_embedded(settings: Settings) -> Installation:
    """Start the embedded servers and bring their database up to date.

    Raises:
        DataDirInUseError: another process runs them already.
        EmbeddedServersError: they cannot run here.
    """
    servers = EmbeddedServers.start(settings.data_dir)
    try:
        installation = _embedded(settings, servers)
        _prepare_database(servers.postgres.dsn(SUPERUSER, SUPERUSER), installation)
    except BaseException:
        servers.stop()
        raise
    return installation


def seed_default_tenant(app_url: str) -> None:
    """Make the tenant that people belong to when they name none."""
    with Database(app_url, pool_size=1) as database:
        directory = SqlTenantDirectory(database)
        if directory.find_tenant(DEFAULT_TENANT) is None:
            new_id = TenantId(RandomIdentifiers().new_id())
            directory.add_tenant(Tenant(id=new_id, slug=DEFAULT_TENANT, name="Main", kind=TenantKind.LIVE))


def open_external(settings: Settings) -> Installation:
    """The servers that the settings name.

    Raises:
        SettingsError: they name none.
    """
    if settings.database_url is None:
        raise SettingsError("BANKCORE_DATABASE_URL", "not set")
    data_dir = settings.data_dir.expanduser().resolve()
    return Installation(
        app_url=settings.database_url.get_secret_value(),
        owner_url=_revealed(settings.owner_database_url),
        auditor_url=_revealed(settings.auditor_database_url),
        sealer_url=_revealed(settings.sealer_database_url),
        superuser_url=None,
        redis_url=_revealed(settings.redis_url),
        data_dir=data_dir,
        sealing_dir=_sealing_dir(settings, data_dir),
    )


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _sealing_dir(settings: Settings, data_dir: Path) -> Path:
    return data_dir / "sealing" if settings.sealing_dir is None else settings.sealing_dir.expanduser().resolve()


def _embedded(settings: Settings, servers: EmbeddedServers | None) -> Installation:
    data_dir = DataDir.at(settings.data_dir)
    sockets = data_dir.sockets
    return Installation(
        app_url=postgres_dsn(sockets, DatabaseRole.APP, DATABASE_NAME),
        owner_url=postgres_dsn(sockets, DatabaseRole.MIGRATOR, DATABASE_NAME),
        auditor_url=postgres_dsn(sockets, DatabaseRole.AUDITOR, DATABASE_NAME),
        sealer_url=postgres_dsn(sockets, DatabaseRole.SEALER, DATABASE_NAME),
        superuser_url=postgres_dsn(sockets, SUPERUSER, DATABASE_NAME),
        redis_url=valkey_url(sockets),
        data_dir=data_dir.root,
        sealing_dir=_sealing_dir(settings, data_dir.root),
        servers=servers,
    )


def _prepare_database(maintenance_url: str, installation: Installation) -> None:
    """Make the database on a first start, and migrate it if this version is newer than it is."""
    assert installation.superuser_url is not None  # noqa: S101 - embedded servers have one
    engine = create_engine(driver_url(maintenance_url), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.scalar(
            text("SELECT count(*) FROM pg_database WHERE datname = :name"), {"name": DATABASE_NAME}
        ):
            connection.exec_driver_sql(f"CREATE DATABASE {DATABASE_NAME}")
            connection.exec_driver_sql(f"ALTER DATABASE {DATABASE_NAME} SET search_path = bankcore, public")
    engine.dispose()
    engine = create_engine(driver_url(installation.superuser_url), poolclass=NullPool)
    with engine.connect() as connection:
        is_current = current_revision(connection) == head_revision()
    engine.dispose()
    if not is_current:
        upgrade(installation.superuser_url)
        seed_default_tenant(installation.app_url)
