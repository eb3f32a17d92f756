"""A bank that is sealed: the sealing role, its folder, and what an auditor keeps outside."""

from dataclasses import dataclass
from pathlib import Path

from bankcore.tenancy.tenants import Tenant, TenantKind
from bankcore_infra.audit.sealing.eras import EraBeginner
from bankcore_infra.audit.sealing.last_notes import LastNotes
from bankcore_infra.audit.sealing.sealer import Sealed, Sealer
from bankcore_infra.audit.verifying.export import ExportRequest, LogExport
from bankcore_infra.db.engine import Database
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.keys.sealing_keys import SealingKeys
from tests.worlds.sql_bank import ScratchDatabase, SqlBank

SEALER = "bankcore_sealer"
OWNER = "bankcore_migrator"
AUDITOR = "bankcore_auditor"


def tenant_of(bank: SqlBank, slug: str = "main") -> Tenant:
    """The tenant of that bank."""
    return Tenant(bank.tenant_id, slug, slug.title(), TenantKind.TEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingRole:
    """Whoever holds the sealing folder."""

    folder: Path
    keys: SealingKeys
    notes: LastNotes

    @classmethod
    def at(cls, folder: Path) -> "SealingRole":
        keys = SealingKeys.open(folder)
        return cls(folder=folder, keys=keys, notes=LastNotes(folder))

    def sealer(self, database: Database, *, batch: int = 2_000) -> Sealer:
        return Sealer(database, self.keys, self.notes, RandomIdentifiers(), batch=batch)

    def seal(self, scratch: ScratchDatabase, bank: SqlBank, *, batch: int = 2_000) -> Sealed:
        """Seal the bank's log once, on a connection for that."""
        database = Database(scratch.url(SEALER), pool_size=1)
        try:
            return self.sealer(database, batch=batch).seal(tenant_of(bank))
        finally:
            database.close()

    def begin_era(self, scratch: ScratchDatabase, bank: SqlBank, reason: str) -> None:
        """Begin an era as the owner."""
        database = Database(scratch.url(OWNER), pool_size=1)
        try:
            EraBeginner(database, self.keys, self.notes, RandomIdentifiers()).begin_era(tenant_of(bank), reason)
        finally:
            database.close()


def export_of(scratch: ScratchDatabase, bank: SqlBank, path: Path, request: ExportRequest | None = None) -> Path:
    """The exported log in that file, read as the auditor."""
    database = Database(scratch.url(AUDITOR), pool_size=1)
    try:
        with database.engine_for(bank.tenant_id).connect() as connection, path.open("wb") as file:
            file.writelines(LogExport(connection, tenant_of(bank), request or ExportRequest()).lines())
    finally:
        database.close()
    return path
