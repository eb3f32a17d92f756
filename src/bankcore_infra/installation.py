"""An installation: where the servers of one bank are, and the folders beside them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bankcore_infra.addresses import ServerAddresses
from bankcore_infra.running_servers import RunningServers
from bankcore_infra.settings import Settings


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


def names_servers(settings: Settings) -> bool:
    """Whether the settings name any server: then nothing is embedded, so that what is named is never passed over.

    Raises:
        SettingsError: what a setting holds is no address.
    """
    return not ServerAddresses.of(settings).are_all_missing


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
        addresses=addresses, superuser_url=None, data_dir=data_dir, sealing_dir=sealing_dir_of(settings, data_dir)
    )


def sealing_dir_of(settings: Settings, data_dir: Path) -> Path:
    """The folder of the keys that sign, for a bank with that folder."""
    return data_dir / "sealing" if settings.sealing_dir is None else settings.sealing_dir.resolve()
