"""One suite for both adapters of the directory of tenants."""

from uuid import UUID

import pytest

from bankcore.identifiers import TenantId
from bankcore.identity.ports import TenantNames
from bankcore.identity.principals import TenantName
from bankcore.tenancy.tenants import Tenant, TenantDirectory, TenantExistsError, TenantKind
from bankcore.testing.tenants import InMemoryTenantDirectory
from bankcore_infra.identity.tenant_names import SqlTenantNames
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from tests.worlds.sql_bank import SqlBank

NORTH = Tenant(TenantId(UUID(int=0xA1)), "north", "North", TenantKind.TEST)
SOUTH = Tenant(TenantId(UUID(int=0xA2)), "south", "South", TenantKind.LIVE)
Adapter = tuple[TenantDirectory, TenantNames]


@pytest.fixture(params=["in-memory", "PostgreSQL"])
def adapter(request: pytest.FixtureRequest) -> Adapter:
    if request.param == "in-memory":
        made = InMemoryTenantDirectory()
        return made, made
    bank = request.getfixturevalue("bank")
    assert isinstance(bank, SqlBank)
    return SqlTenantDirectory(bank.database), SqlTenantNames(bank.database)


def test_a_tenant_is_found_by_its_slug_and_listed_by_it(adapter: Adapter) -> None:
    directory, _names = adapter
    for tenant in (SOUTH, NORTH):
        directory.add_tenant(tenant)

    assert directory.find_tenant("north") == NORTH
    assert directory.find_tenant("west") is None
    assert [tenant for tenant in directory.list_tenants() if tenant.slug != "main"] == [NORTH, SOUTH]


def test_a_slug_is_taken_once(adapter: Adapter) -> None:
    directory, _names = adapter
    directory.add_tenant(NORTH)

    with pytest.raises(TenantExistsError):
        directory.add_tenant(Tenant(SOUTH.id, "north", "Another", TenantKind.TEST))
    assert directory.find_tenant("north") == NORTH


def test_a_tenant_is_known_by_both_its_names(adapter: Adapter) -> None:
    directory, names = adapter
    directory.add_tenant(NORTH)

    assert names.find_by_slug("north") == names.find_by_id(NORTH.id) == TenantName(NORTH.id, "north")
    assert (names.find_by_slug("west"), names.find_by_id(SOUTH.id)) == (None, None)
