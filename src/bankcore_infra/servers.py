"""The servers of a bank: those of the settings, or embedded ones that are started, or shared if they run."""

from typing import Final

from bankcore_infra.addresses import ServerAddresses
from bankcore_infra.db.engine import single_engine
from bankcore_infra.db.revisions import current_revision, head_revision
from bankcore_infra.db.roles import DatabaseRole
from bankcore_infra.extras import naming_the_extra
from bankcore_infra.installation import Installation, names_servers, open_external, sealing_dir_of
from bankcore_infra.running_servers import RunningServers
from bankcore_infra.settings import Settings
from bankcore_infra.tenancy.new_tenant import create_default_tenant

DATABASE_NAME: Final = "bankcore"
SUPERUSER: Final = "postgres"
_DATABASES_NAMED: Final = "SELECT count(*) FROM pg_database WHERE datname = %s"


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
        sealing_dir=sealing_dir_of(settings, data_dir.root),
        servers=servers,
    )


def _prepare_database(maintenance_url: str, installation: Installation) -> None:
    """Make the database on a first start, and migrate it if this version is newer than it is."""
    with naming_the_extra("embedded"):
        from bankcore_infra.db.migrate import open_as_owner, upgrade

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
        with open_as_owner(installation.superuser_url) as owner:
            create_default_tenant(owner)
