"""Puts sealing together for an installation: the scheduler's part of it, and the command line's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bankcore.errors import OutcomeUnknownError, UnavailableError
from bankcore.tenancy.tenants import Tenant, TenantDirectory
from bankcore_infra.audit.sealing.eras import EraBeginner
from bankcore_infra.audit.sealing.last_notes import LastNotes
from bankcore_infra.audit.sealing.publication import CheckpointPlace, CommandPlace, FolderPlace, Publication
from bankcore_infra.audit.sealing.s3_place import S3Place
from bankcore_infra.audit.sealing.sealer import Sealed, Sealer, SealingRefusedError
from bankcore_infra.audit.settings import AuditSettings
from bankcore_infra.db.engine import Database
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.installation import Installation
from bankcore_infra.keys.key_files import UnusableKeyError
from bankcore_infra.keys.sealing_keys import SealingKeys
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.settings import Settings, SettingsError

_LOG: Final = logger_of("audit")


@dataclass(frozen=True, slots=True)
class SealingService:
    """Seals every tenant and publishes what was signed; close it when done."""

    database: Database
    tenants: TenantDirectory
    sealer: Sealer
    publication: Publication

    @classmethod
    def open(
        cls, installation: Installation, settings: Settings, directory_on: Callable[[Database], TenantDirectory]
    ) -> "SealingService":
        """For that installation, as its sealing role, which reads the tenants in that directory.

        Raises:
            SettingsError: there is no sealing role to connect as, or a key or place will not do.
        """
        if installation.sealer_url is None:
            raise SettingsError("BANKCORE_SEALER_DATABASE_URL", "not set, and there is no embedded server to seal")
        keys = open_sealing_keys(installation.sealing_dir)
        publication = Publication(checkpoint_places(settings.of(AuditSettings)))
        database = Database(installation.sealer_url, pool_size=2, application_name="bankcore sealer")
        sealer = Sealer(database, keys, LastNotes(installation.sealing_dir), RandomIdentifiers())
        return cls(database, directory_on(database), sealer, publication)

    def tick(self) -> bool:
        """Seal what is due in every tenant; called about once a second. Returns whether all was sealed.

        Problems are logged, never raised.
        """
        try:
            tenants = self.tenants.list_tenants()
        except UnavailableError:
            _LOG.warning("sealing postponed: the database cannot be reached")
            return False
        unsealed = [tenant for tenant in tenants if not self._is_sealed(tenant)]
        return not unsealed

    def _is_sealed(self, tenant: Tenant) -> bool:
        try:
            self._seal(tenant, at_once=False)
        except SealingRefusedError as error:
            _LOG.critical(LogMessage(f"sealing stopped: {error}", tenant=tenant.slug))
        except (UnavailableError, OutcomeUnknownError) as error:
            _LOG.warning(LogMessage("sealing postponed", tenant=tenant.slug, error=type(error).__name__))
        except Exception as error:  # noqa: BLE001 - one tenant's trouble is not another's
            # The type only: messages of drivers repeat values.
            _LOG.critical(LogMessage("sealing failed", tenant=tenant.slug, error=type(error).__name__))
        else:
            return True
        return False

    def seal_now(self, tenant: Tenant) -> tuple[Sealed, Sequence[str]]:
        """Seal and publish at once. Returns what was sealed, and the problems of the publication.

        Raises:
            SealingRefusedError: see `Sealer.seal`.
            UnavailableError: the database cannot be reached.
        """
        return self._seal(tenant, at_once=True)

    def close(self) -> None:
        """Close the connections."""
        self.database.close()

    def _seal(self, tenant: Tenant, *, at_once: bool) -> tuple[Sealed, Sequence[str]]:
        sealed = self.sealer.seal(tenant)
        problems: Sequence[str] = ()
        if sealed.note is not None:
            problems = self.publication.publish(tenant, sealed.note, at_once=at_once)
        return sealed, problems


def open_era_beginner(installation: Installation) -> tuple[Database, EraBeginner]:
    """The beginner of eras with its database, which the caller closes. Raises: SettingsError."""
    url = installation.superuser_url or installation.owner_url
    if url is None:
        raise SettingsError("BANKCORE_OWNER_DATABASE_URL", "not set; only the owner of the tables may begin an era")
    database = Database(installation.owner_url or url, pool_size=1, application_name="bankcore era")
    keys = open_sealing_keys(installation.sealing_dir)
    return database, EraBeginner(database, keys, LastNotes(installation.sealing_dir), RandomIdentifiers())


def open_sealing_keys(folder: Path) -> SealingKeys:
    """The keys in the sealing folder; made at the first use. Raises: SettingsError."""
    try:
        return SealingKeys.open(folder)
    except UnusableKeyError as error:
        raise SettingsError("BANKCORE_SEALING_DIR", str(error)) from None
    except OSError as error:
        raise SettingsError("BANKCORE_SEALING_DIR", f"{error.filename or folder}: {error.strerror}") from None


def checkpoint_places(settings: AuditSettings) -> list[CheckpointPlace]:
    """The places of the settings that checkpoints are published to. Raises: SettingsError."""
    places: list[CheckpointPlace] = []
    if settings.checkpoint_dir is not None:
        places.append(FolderPlace(settings.checkpoint_dir.resolve()))
    if settings.checkpoint_command:
        try:
            places.append(CommandPlace(settings.checkpoint_command))
        except ValueError as error:
            raise SettingsError("BANKCORE_CHECKPOINT_COMMAND", str(error)) from None
    if settings.checkpoint_s3_url is not None:
        try:
            places.append(S3Place(settings.checkpoint_s3_url.get_secret_value()))
        except ValueError as error:
            raise SettingsError("BANKCORE_CHECKPOINT_S3_URL", str(error)) from None
    return places
