"""The addresses that the settings name; what is none is refused before it is opened (docs/adr/0023)."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Self

from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from bankcore_infra.db.engine import driver_url
from bankcore_infra.db.roles import DatabaseRole
from bankcore_infra.extras import naming_the_extra
from bankcore_infra.settings import Settings, SettingsError

_SETTINGS: Final = {
    "app": "BANKCORE_DATABASE_URL",
    "owner": "BANKCORE_OWNER_DATABASE_URL",
    "auditor": "BANKCORE_AUDITOR_DATABASE_URL",
    "sealer": "BANKCORE_SEALER_DATABASE_URL",
    "redis": "BANKCORE_REDIS_URL",
}
_LOGINS: Final = {"app": DatabaseRole.APP, "auditor": DatabaseRole.AUDITOR, "sealer": DatabaseRole.SEALER}
# With any of these the server knows who comes, or is one of this machine.
_PROOFS: Final = ("password", "ssl_certfile", "path")
_DATABASES: Final = ("app", "owner", "auditor", "sealer")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ServerAddresses:
    """Where the database is for each role, and Redis or Valkey; None where nothing is set. They may hold passwords."""

    app: str | None
    owner: str | None
    auditor: str | None
    sealer: str | None
    redis: str | None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of the settings.

        Raises:
            SettingsError: one is no address of such a server.
            MissingExtraError: a Redis is named, and its client is not installed.
        """
        addresses = cls(
            app=_revealed(settings.database_url),
            owner=_revealed(settings.owner_database_url),
            auditor=_revealed(settings.auditor_database_url),
            sealer=_revealed(settings.sealer_database_url),
            redis=_revealed(settings.redis_url),
        )
        for role in _DATABASES:
            _require_postgres(_SETTINGS[role], getattr(addresses, role))
        _require_redis(addresses.redis)
        return addresses

    @property
    def are_all_missing(self) -> bool:
        """Whether no server is named."""
        return not self._named

    def require_app(self) -> str:
        """The database as the application's role. Raises: SettingsError."""
        if self.app is None:
            named = self._named
            others = f", but {named[0]} is: set both, or none for embedded servers" if named else ""
            raise SettingsError(_SETTINGS["app"], f"not set{others}")
        return self.app

    def require_passwords(self) -> Mapping[DatabaseRole, str]:
        """The passwords in the addresses of the roles that log in, of those that are named.

        Raises:
            SettingsError: none is named, or one names another role or holds no password.
        """
        passwords = {}
        for name, role in _LOGINS.items():
            url: str | None = getattr(self, name)
            if url is not None:
                parsed = driver_url(url, setting=_SETTINGS[name])
                if parsed.username != role:
                    raise SettingsError(_SETTINGS[name], f"names the role {parsed.username}, and not {role}")
                if not parsed.password:
                    raise SettingsError(_SETTINGS[name], f"holds no password for {role}")
                passwords[role] = str(parsed.password)
        if not passwords:
            self.require_app()
        return passwords

    @property
    def _named(self) -> list[str]:
        return [setting for role, setting in _SETTINGS.items() if getattr(self, role) is not None]


def _revealed(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _require_postgres(setting: str, url: str | None) -> None:
    if url is None:
        return
    parsed = driver_url(url, setting=setting)
    _words, options = PGDialect_psycopg().create_connect_args(parsed)  # type: ignore[no-untyped-call]
    try:
        make_conninfo(**options)
    except ProgrammingError as error:
        raise SettingsError(setting, " ".join(str(error).split())) from None


def _require_redis(url: str | None) -> None:
    """Require that the client can be made; options that it does not know show themselves only then."""
    if url is None:
        return
    with naming_the_extra("worker"):
        from redis import ConnectionPool
    try:
        pool = ConnectionPool.from_url(url)
        pool.make_connection()
    except (ValueError, TypeError):
        raise SettingsError(_SETTINGS["redis"], "not an address such as redis://127.0.0.1:6379/0") from None
    told: Mapping[str, object] = pool.connection_kwargs
    if not any(told.get(name) for name in _PROOFS) and not _is_on_this_machine(str(told.get("host", "localhost"))):
        raise SettingsError(
            _SETTINGS["redis"],
            "a server on another machine, without a password; set requirepass there, and write "
            "redis://:password@host:6379/0",
        )


def _is_on_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
