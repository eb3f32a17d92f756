"""One suite for both adapters of the directory of tenants."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from bankcore.identifiers import TenantId
from bankcore.identity.ports import TenantNames
from bankcore.identity.principals import TenantName
from bankcore.origin import LIBRARY, Origin
from bankcore.tenancy.tenants import Tenant, TenantDirectory, TenantExistsError, TenantKind, TenantStatus, at_work
from bankcore.testing.tenants import InMemoryTenantDirectory
from bankcore_infra.db.engine import Database
from bankcore_infra.db.migrate import open_as_owner
from bankcore_infra.identity.tenant_names import SqlTenantNames
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from bankcore_infra.tenancy.new_tenant import create_default_tenant, create_tenant
from bankcore_infra.tenancy.status import change_tenant_status
from tests.worlds.sql_bank import SUPERUSER, ScratchDatabase, SqlBank, sql_bank

NORTH = Tenant(TenantId(UUID(int=0xA1)), "north", "North", TenantKind.TEST)
SOUTH = Tenant(TenantId(UUID(int=0xA2)), "south", "South", TenantKind.LIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantsAdapter:
    """The directory, the names, and how a tenant is made."""

    directory: TenantDirectory
    names: TenantNames
    create: Callable[[Tenant], None]
    suspend: Callable[[Tenant], object]


@pytest.fixture
def bank(scratch: ScratchDatabase, database: Database) -> SqlBank:
    """A tenant in a database of this test alone, which makes tenants of the same names as others."""
    return sql_bank(scratch, database)


@pytest.fixture(params=["in-memory", "PostgreSQL"])
def adapter(request: pytest.FixtureRequest) -> TenantsAdapter:
    if request.param == "in-memory":
        made = InMemoryTenantDirectory()
        return TenantsAdapter(directory=made, names=made, create=made.add, suspend=made.suspend)
    bank = request.getfixturevalue("bank")
    assert isinstance(bank, SqlBank)

    def create(tenant: Tenant) -> None:
        create_tenant(bank.database, tenant, bank.ids, origin=LIBRARY)

    def suspend(tenant: Tenant) -> bool:
        status = TenantStatus.SUSPENDED
        return change_tenant_status(bank.database, tenant, status, bank.ids, reason="why", origin=LIBRARY)

    return TenantsAdapter(
        directory=SqlTenantDirectory(bank.database), names=SqlTenantNames(bank.database), create=create, suspend=suspend
    )


def test_a_tenant_is_found_by_its_slug_and_listed_by_it(adapter: TenantsAdapter) -> None:
    directory = adapter.directory
    for tenant in (SOUTH, NORTH):
        adapter.create(tenant)

    assert directory.find_tenant("north") == NORTH
    assert directory.find_tenant("west") is None
    assert [tenant for tenant in directory.list_tenants() if tenant.slug != "main"] == [NORTH, SOUTH]


def test_a_slug_is_taken_once(adapter: TenantsAdapter) -> None:
    directory = adapter.directory
    adapter.create(NORTH)

    with pytest.raises(TenantExistsError):
        adapter.create(Tenant(SOUTH.id, "north", "Another", TenantKind.TEST))
    assert directory.find_tenant("north") == NORTH


def test_a_tenant_is_known_by_both_its_names(adapter: TenantsAdapter) -> None:
    names = adapter.names
    adapter.create(NORTH)

    assert names.find_by_slug("north") == names.find_by_id(NORTH.id) == TenantName(NORTH.id, "north")
    assert (names.find_by_slug("west"), names.find_by_id(SOUTH.id)) == (None, None)


def test_the_log_of_a_tenant_begins_with_who_made_it(bank: SqlBank) -> None:
    create_tenant(bank.database, NORTH, bank.ids, origin=Origin(actor_type="operator", actor_id="olga"))
    with pytest.raises(TenantExistsError):
        create_tenant(bank.database, replace(SOUTH, slug="north"), bank.ids, origin=LIBRARY)

    rows = bank.scratch.rows("SELECT tenant_id, action, actor_id, subject_id FROM bankcore.audit_log")
    assert rows == [(NORTH.id, "tenant.created", "olga", NORTH.id)]


def test_the_log_of_the_first_tenant_begins_as_any_other_and_stays_when_it_is_there(scratch: ScratchDatabase) -> None:
    for _start in range(2):
        with open_as_owner(scratch.url(SUPERUSER)) as owner:
            create_default_tenant(owner)

    ((tenant_id, slug),) = scratch.rows("SELECT id, slug FROM bankcore.tenants")
    rows = scratch.rows("SELECT tenant_id, action, actor_type, actor_id, subject_id FROM bankcore.audit_log")
    assert slug == "main"
    assert rows == [(tenant_id, "tenant.created", "system", "installation", tenant_id)]


def test_workers_work_for_tenants_that_are_not_suspended(adapter: TenantsAdapter) -> None:
    for tenant in (NORTH, SOUTH):
        adapter.create(tenant)
    adapter.suspend(NORTH)

    assert SOUTH in at_work(adapter.directory)
    assert replace(NORTH, status=TenantStatus.SUSPENDED) in adapter.directory.list_tenants()
    assert "north" not in [tenant.slug for tenant in at_work(adapter.directory)]
    assert [adapter.names.is_suspended(each.id) for each in (NORTH, SOUTH)] == [True, False]
