"""One suite for both adapters of API keys: made once, known at each request, ended at once or after an overlap."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest

from bankcore.api_keys.authenticate import ApiKeyDirectory
from bankcore.api_keys.key_text import ApiKeyText
from bankcore.api_keys.keys import ApiKey, ApiKeyId
from bankcore.api_keys.manage import CreateApiKey, MadeApiKey, ManageApiKeys, RotateApiKey
from bankcore.api_keys.ports import ApiKeyQueries, ApiKeyUses
from bankcore.errors import (
    InvalidRequestError,
    InvalidStateError,
    LedgerInvariantError,
    NotFoundError,
    UnauthenticatedError,
)
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identifiers import TenantId
from bankcore.origin import Origin
from bankcore.permissions import Extent, Permission
from bankcore.tenancy.tenants import TenantKind, TenantSuspendedError
from bankcore.testing import in_memory_bank
from bankcore.testing.api_keys import CountedKeySecrets, in_memory_api_keys
from bankcore.testing.unit_of_work import Disturbance
from bankcore_infra.api_keys.store import SqlApiKeyQueries, api_key_units
from bankcore_infra.api_keys.uses import SqlApiKeyUses
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.identity.tenant_names import SqlTenantNames
from tests.worlds.sql_bank import SqlBank

ADMIN: Final = Origin(actor_type="user", actor_id="admin", key_scope="admin")
POSTING: Final = frozenset({Permission.TRANSACTIONS_POST})
UNKNOWN: Final = ApiKeyId(UUID("019c1406-3400-7000-8000-000000000bad"))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWorld:
    """A tenant without keys."""

    manage: ManageApiKeys
    queries: ApiKeyQueries
    uses: ApiKeyUses
    directory: ApiKeyDirectory
    suspend: Callable[[], object]

    def create(
        self,
        *,
        networks: tuple[str, ...] = (),
        expires_at: datetime | None = None,
        name: str = "checkout",
        key: str | None = None,
    ) -> MadeApiKey:
        """A new key that may post."""
        command = CreateApiKey(name=name, scopes=POSTING, networks=networks, expires_at=expires_at, idempotency_key=key)
        return self.manage.create(command, origin=ADMIN).value

    def is_known(self, made: MadeApiKey, client: str | None = "203.0.113.7") -> bool:
        """Whether a request from there with that key is let in."""
        try:
            self.directory.authenticate(made.text or "", client=client)
        except UnauthenticatedError:
            return False
        return True

    def stored(self, made: MadeApiKey) -> ApiKey:
        """The key as it is now."""
        (found,) = [key for key in self.queries.list_keys(limit=100) if key.id == made.key.id]
        return found


def in_memory() -> KeyWorld:
    keys = in_memory_api_keys(in_memory_bank())
    return KeyWorld(
        manage=keys.manage,
        queries=keys.queries,
        uses=keys.queries,
        directory=keys.directory,
        suspend=keys.queries.suspend_tenant,
    )


def on_postgres(bank: SqlBank) -> KeyWorld:
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    secrets, uses = CountedKeySecrets(), SqlApiKeyUses(transactions)
    manage = ManageApiKeys(
        tenant_id=bank.tenant_id,
        kind=TenantKind.LIVE,
        units=api_key_units(transactions, bank.unit),
        secrets=secrets,
        ids=bank.ids,
    )
    directory = ApiKeyDirectory(SqlTenantNames(bank.database), secrets, lambda _tenant_id: uses)
    return KeyWorld(
        manage=manage,
        queries=SqlApiKeyQueries(transactions),
        uses=uses,
        directory=directory,
        suspend=lambda: bank.scratch.execute("UPDATE bankcore.tenants SET status = 'suspended'"),
    )


@pytest.fixture(params=["in memory", "PostgreSQL"])
def world(request: pytest.FixtureRequest) -> KeyWorld:
    return in_memory() if request.param == "in memory" else on_postgres(request.getfixturevalue("bank"))


def test_a_key_stands_for_its_service_and_gives_what_its_scopes_say_and_nothing_else(world: KeyWorld) -> None:
    made = world.create()

    service = world.directory.authenticate(made.text or "", client=None)

    assert (service.key_id, service.service_id, service.tenant_slug) == (made.key.id, made.key.service_id, "main")
    assert service.find_extent(Permission.TRANSACTIONS_POST) is Extent.TENANT
    assert [each for each in Permission if service.find_extent(each) is not None] == [Permission.TRANSACTIONS_POST]


def test_no_service_works_for_a_suspended_tenant_from_the_next_request_on(world: KeyWorld) -> None:
    made = world.create()
    world.suspend()

    service = world.directory.authenticate(made.text or "", client=None)

    assert service.find_extent(Permission.AUDIT_READ) is None
    with pytest.raises(TenantSuspendedError):
        service.find_extent(Permission.TRANSACTIONS_POST)


def test_a_key_that_was_never_made_is_unknown_whatever_tenant_it_names(world: KeyWorld) -> None:
    tenant_id = world.manage.tenant_id
    for tenant in (tenant_id, TenantId(UUID(int=7))):
        forged = ApiKeyText(TenantKind.LIVE, tenant, b"x" * 32).text
        with pytest.raises(UnauthenticatedError):
            world.directory.authenticate(forged, client=None)
        assert world.directory.find_tenant(forged) is None

    assert world.directory.find_tenant("no key") is None


def test_the_same_request_makes_one_key_and_shows_it_once(world: KeyWorld) -> None:
    made = world.create(key="k1")

    again = world.create(key="k1")

    assert made.text is not None
    assert (again.key, again.text) == (made.key, None)
    assert len(world.queries.list_keys(limit=10)) == 1
    with pytest.raises(IdempotencyKeyReusedError):
        world.create(key="k1", name="another")


def test_who_lost_the_answer_of_a_commit_in_one_call_still_gets_the_key() -> None:
    bank = in_memory_bank()
    keys = in_memory_api_keys(bank)
    bank.units.disturb_next(Disturbance.LOST_COMMIT)

    made = keys.manage.create(CreateApiKey(name="a", scopes=POSTING, idempotency_key="k"), origin=ADMIN)

    assert keys.directory.authenticate(made.value.text or "", client=None).key_id == made.value.key.id


def test_a_revoked_key_is_refused_at_once_and_stays_revoked(world: KeyWorld) -> None:
    made, other = world.create(), world.create()

    revoked = world.manage.revoke(made.key.id, origin=ADMIN, idempotency_key="r").value
    again = world.manage.revoke(made.key.id, origin=ADMIN).value
    replayed = world.manage.revoke(made.key.id, origin=ADMIN, idempotency_key="r")

    assert [world.is_known(made), world.is_known(other)] == [False, True]
    assert revoked.revoked_at is not None
    assert again == revoked == replayed.value == world.stored(made)
    assert replayed.replayed
    assert world.directory.find_tenant(made.text or "") == world.manage.tenant_id
    with pytest.raises(NotFoundError):
        world.manage.revoke(UNKNOWN, origin=ADMIN)


def test_a_rotated_key_goes_on_for_the_overlap_beside_its_successor_of_the_same_service(world: KeyWorld) -> None:
    made = world.create(networks=("203.0.113.0/24",))

    successor = world.manage.rotate(RotateApiKey(key_id=made.key.id), origin=ADMIN).value

    assert [world.is_known(made), world.is_known(successor)] == [True, True]
    same = replace(successor.key, id=made.key.id, hint=made.key.hint, created_at=made.key.created_at)
    assert same == made.key
    ends = world.stored(made).expires_at
    assert ends == successor.key.created_at + timedelta(days=1)


def test_without_an_overlap_the_old_key_ends_with_the_rotation(world: KeyWorld) -> None:
    made = world.create()
    command = RotateApiKey(key_id=made.key.id, overlap=timedelta(0), idempotency_key="r")

    first = world.manage.rotate(command, origin=ADMIN).value
    again = world.manage.rotate(command, origin=ADMIN).value

    assert [world.is_known(made), world.is_known(first)] == [False, True]
    assert (again.key, again.text) == (first.key, None)
    with pytest.raises(InvalidStateError, match="expired"):
        world.manage.rotate(RotateApiKey(key_id=made.key.id), origin=ADMIN)
    with pytest.raises(NotFoundError):
        world.manage.rotate(RotateApiKey(key_id=UNKNOWN), origin=ADMIN)


def test_an_overlap_makes_no_key_last_longer(world: KeyWorld) -> None:
    soon = world.create().key.created_at + timedelta(hours=1)
    made = world.create(expires_at=soon)

    world.manage.rotate(RotateApiKey(key_id=made.key.id, expires_at=soon + timedelta(days=9)), origin=ADMIN)

    assert world.stored(made).expires_at == soon


def test_a_key_comes_only_from_the_networks_that_it_may(world: KeyWorld) -> None:
    made = world.create(networks=("203.0.113.0/24", "2001:db8::/32"))

    allowed = ["203.0.113.7", "2001:db8::1", "::ffff:203.0.113.9"]
    others = ["198.51.100.1", "2001:db9::1", None, "no address"]
    assert [world.is_known(made, client) for client in allowed] == [True] * 3
    assert [world.is_known(made, client) for client in others] == [False] * 4


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"networks": ("203.0.113.1/24",)}, "/networks/0"),
        ({"networks": ("10.0.0.0/8",) * 21}, "/networks"),
        ({"expires_at": datetime(2020, 1, 1, tzinfo=UTC)}, "/expiresAt"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_a_key_cannot_be_is_refused_by_name(world: KeyWorld, wrong: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        world.create(**wrong)  # type: ignore[arg-type] # by the names of its parameters

    assert refused.value.pointer == pointer
    assert world.queries.list_keys(limit=10) == []


@pytest.mark.parametrize("scopes", [set(), {Permission.API_KEYS_MANAGE}, {Permission.PROFILE_READ, *POSTING}])
def test_a_service_gets_no_permission_that_is_for_people(scopes: set[Permission]) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        CreateApiKey(name="a", scopes=frozenset(scopes))

    assert refused.value.pointer.startswith("/scopes")


def test_an_overlap_is_bounded() -> None:
    with pytest.raises(InvalidRequestError):
        RotateApiKey(key_id=UNKNOWN, overlap=timedelta(days=8))


def test_the_first_use_is_noted_and_the_next_one_within_a_minute_is_not(world: KeyWorld) -> None:
    made = world.create()
    before = world.stored(made).last_used_at

    assert world.is_known(made)
    first = world.stored(made).last_used_at
    assert world.is_known(made)

    assert before is None
    assert first is not None
    assert world.stored(made).last_used_at == first


def test_keys_are_listed_latest_first_page_by_page(world: KeyWorld) -> None:
    made = [world.create(name=f"service {number}").key for number in range(3)]

    first = world.queries.list_keys(limit=2)
    rest = world.queries.list_keys(before=first[-1].id, limit=2)

    assert [*first, *rest] == list(reversed(made))


def test_a_use_that_cannot_be_noted_now_holds_up_no_request(bank: SqlBank) -> None:
    world = on_postgres(bank)
    made = world.create()

    with bank.scratch.connection() as held, held.transaction():
        held.execute("SELECT 1 FROM bankcore.api_keys FOR UPDATE")
        assert world.is_known(made)

    assert world.stored(made).last_used_at is None


def test_a_key_that_vanished_though_its_making_is_remembered_contradicts_the_books() -> None:
    keys = in_memory_api_keys(in_memory_bank())
    command = CreateApiKey(name="a", scopes=POSTING, idempotency_key="k")
    keys.manage.create(command, origin=ADMIN)
    keys.queries._stored.all.clear()  # noqa: SLF001 - nothing deletes keys

    with pytest.raises(LedgerInvariantError):
        keys.manage.create(command, origin=ADMIN)
