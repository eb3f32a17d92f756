"""What looks at all the books at once: verification, and the auditor's export."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from typing_extensions import override

from bankcore.tenancy.tenants import Tenant
from bankcore_infra.audit.sealing.wiring import SealingService
from bankcore_infra.audit.verifying.export import ExportRequest, LogExport
from bankcore_infra.db.engine import Database
from bankcore_infra.ledger.verification import verify_books
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from bench.figures import Round, Subject
from bench.ours import TENANT
from bench.world import BankPlace


class BooksContradictThemselvesError(Exception):
    """A measurement has found books that are wrong; the message says where."""


@dataclass(frozen=True, slots=True)
class Verification(Subject):
    """Recomputes all books of a tenant; a round is one pass however long it takes, an operation is an entry."""

    database: Database
    tenant: Tenant

    @override
    def run(self, seconds: float) -> Round:
        began = time.perf_counter()
        with self.database.engine_for(self.tenant.id).connect() as connection:
            report = verify_books(connection, self.tenant.id)
        if not report.is_clean:
            raise BooksContradictThemselvesError(str(report.findings[0]))
        return Round(max(report.entries, 1), time.perf_counter() - began)


@dataclass(frozen=True, slots=True)
class Export(Subject):
    """Writes the sealed log of a tenant; a round is one pass, an operation is a line."""

    database: Database
    tenant: Tenant

    @override
    def run(self, seconds: float) -> Round:
        began = time.perf_counter()
        with self.database.engine_for(self.tenant.id).connect() as connection:
            lines = sum(1 for _line in LogExport(connection, self.tenant, ExportRequest()).lines())
        return Round(lines, time.perf_counter() - began)


@contextmanager
def verification(place: BankPlace, *, slug: str = TENANT) -> Iterator[Subject]:
    """Verification of that tenant's books, as the auditor role."""
    with _as_auditor(place, slug) as (database, tenant):
        yield Verification(database, tenant)


@contextmanager
def export(place: BankPlace, *, slug: str = TENANT) -> Iterator[Subject]:
    """Export of that tenant's log, which is sealed first."""
    with _as_auditor(place, slug) as (database, tenant):
        seal(place, tenant)
        yield Export(database, tenant)


def seal(place: BankPlace, tenant: Tenant) -> None:
    """Seal all that was recorded."""
    service = SealingService.open(place.installation(), place.settings())
    try:
        while not service.seal_now(tenant)[0].is_done:
            pass
    finally:
        service.close()


@contextmanager
def _as_auditor(place: BankPlace, slug: str) -> Iterator[tuple[Database, Tenant]]:
    with Database(place.auditor_url, pool_size=1, application_name="bankcore bench") as database:
        tenant = SqlTenantDirectory(database).find_tenant(slug)
        if tenant is None:
            raise ValueError(f"no tenant {slug}")
        yield database, tenant
