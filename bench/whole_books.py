"""What looks at all the books at once: verification, and the auditor's export."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine
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
class Pass(Subject):
    """Looks at all the books of a tenant, as the auditor role; a round is one pass however long it takes."""

    engine: Engine
    tenant: Tenant
    look: Callable[[Connection, Tenant], int]

    @override
    def run(self, seconds: float) -> Round:
        began = time.perf_counter()
        with self.engine.connect() as connection:
            operations = self.look(connection, self.tenant)
        return Round(max(operations, 1), time.perf_counter() - began)


def verification(place: BankPlace, *, slug: str = TENANT) -> AbstractContextManager[Subject]:
    """Recomputes all books of that tenant; an operation is an entry."""
    return _passing(place, slug, _verify)


@contextmanager
def export(place: BankPlace) -> Iterator[Subject]:
    """Exports the log, which is sealed first; an operation is a line."""
    with _passing(place, TENANT, _export) as subject:
        seal(place, subject.tenant)
        yield subject


@contextmanager
def _passing(place: BankPlace, slug: str, look: Callable[[Connection, Tenant], int]) -> Iterator[Pass]:
    with Database(place.auditor_url, pool_size=1, application_name="bankcore bench") as database:
        tenant = SqlTenantDirectory(database).find_tenant(slug)
        if tenant is None:
            raise ValueError(f"no tenant {slug}")
        yield Pass(database.engine_for(tenant.id), tenant, look)


def _verify(connection: Connection, tenant: Tenant) -> int:
    report = verify_books(connection, tenant.id)
    if not report.is_clean:
        raise BooksContradictThemselvesError(str(report.findings[0]))
    return report.entries


def _export(connection: Connection, tenant: Tenant) -> int:
    return sum(1 for _line in LogExport(connection, tenant, ExportRequest()).lines())


def seal(place: BankPlace, tenant: Tenant) -> None:
    """Seal all that was recorded."""
    service = SealingService.open(place.installation(), place.settings(), SqlTenantDirectory)
    try:
        while not service.seal_now(tenant)[0].is_done:
            pass
    finally:
        service.close()
