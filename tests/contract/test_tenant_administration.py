"""One suite for both adapters of the administration of tenants: each of it may be asked twice and happens once."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.origin import Origin
from bankcore.tenancy.administration import NewTenant, TenantAdministration
from bankcore.tenancy.tenants import TenantExistsError, TenantKind, TenantStatus
from bankcore.testing.identifiers import SequentialIdentifiers
from bankcore.testing.tenant_administration import InMemoryTenantAdministration
from bankcore_infra.db.engine import Database
from bankcore_infra.tenancy.administration import SqlTenantAdministration
from tests.worlds.sql_bank import ScratchDatabase, SqlBank, sql_bank

OLGA = Origin(actor_type="operator", actor_id="olga")
NORTH = NewTenant(slug="north", name="North", kind=TenantKind.TEST)


@dataclass(frozen=True, slots=True)
class World:
    """An installation, and how many changes of `north` were recorded."""

    tenants: TenantAdministration
    count_changes: Callable[[], int]


@pytest.fixture
def bank(scratch: ScratchDatabase, database: Database) -> SqlBank:
    """A tenant in a database of this test alone, which makes the tenant `north` as others do."""
    return sql_bank(scratch, database)


@pytest.fixture(params=["in memory", "PostgreSQL"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "in memory":
        made = InMemoryTenantAdministration(SequentialIdentifiers())
        return World(made, lambda: sum(slug == "north" for slug, _origin in made.changes))
    bank = request.getfixturevalue("bank")
    assert isinstance(bank, SqlBank)

    def count_changes() -> int:
        found = bank.scratch.scalar(
            "SELECT count(*) FROM bankcore.audit_log AS a JOIN bankcore.tenants AS t ON t.id = a.tenant_id"
            " WHERE t.slug = 'north' AND a.actor_id = 'olga'"
        )
        assert isinstance(found, int)
        return found

    return World(SqlTenantAdministration(bank.database, bank.unit), count_changes)


def test_a_tenant_is_made_once_whoever_asks_again(world: World) -> None:
    first, second = (world.tenants.ensure_tenant(NORTH, origin=OLGA) for _ in range(2))

    assert (first.is_new, second.is_new) == (True, False)
    assert first.tenant == second.tenant == world.tenants.get_tenant("north")
    assert first.tenant in world.tenants.list_tenants()
    assert world.count_changes() == 1
    with pytest.raises(TenantExistsError):
        world.tenants.ensure_tenant(NewTenant(slug="north", name="North", kind=TenantKind.LIVE), origin=OLGA)


def test_a_status_and_a_setting_are_changed_once(world: World) -> None:
    world.tenants.ensure_tenant(NORTH, origin=OLGA)

    for _ in range(2):
        world.tenants.change_status("north", TenantStatus.SUSPENDED, reason="why", origin=OLGA)
        world.tenants.change_setting("north", "registration", "closed", origin=OLGA)

    assert world.tenants.get_tenant("north").is_suspended
    assert world.tenants.list_settings("north")["registration"] == "closed"
    assert world.count_changes() == 3
    world.tenants.change_setting("north", "registration", None, origin=OLGA)
    assert world.tenants.list_settings("north")["registration"] == "open"


def test_nobody_administers_a_tenant_that_is_not_there(world: World) -> None:
    for ask in (
        lambda: world.tenants.get_tenant("south"),
        lambda: world.tenants.change_status("south", TenantStatus.ACTIVE, reason="why", origin=OLGA),
        lambda: world.tenants.list_settings("south"),
        lambda: world.tenants.change_setting("south", "registration", None, origin=OLGA),
    ):
        with pytest.raises(NotFoundError):
            ask()
    with pytest.raises(InvalidRequestError):
        NewTenant(slug="South!", name="South", kind=TenantKind.TEST)
