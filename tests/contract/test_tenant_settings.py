"""One suite for both adapters of tenants' settings: typed, kept for one tenant, recorded with what was before."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bankcore.errors import InvalidRequestError
from bankcore.origin import LIBRARY
from bankcore.tenancy.change_setting import ChangeTenantSetting
from bankcore.tenancy.settings import REGISTRATION, TenantSettings
from bankcore.testing import in_memory_bank
from bankcore.testing.tenant_settings import InMemoryTenantSettings
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.tenancy.store import SqlTenantSettings, tenant_settings_units
from tests.worlds.sql_bank import SqlBank


@dataclass(frozen=True, slots=True)
class SettingsWorld:
    """A tenant for which nothing is set."""

    change: ChangeTenantSetting
    settings: TenantSettings
    recorded: Callable[[], list[tuple[str | None, str | None]]]


def in_memory() -> SettingsWorld:
    bank = in_memory_bank()
    settings = InMemoryTenantSettings(bank)

    def recorded() -> list[tuple[str | None, str | None]]:
        return [(event.before, event.after) for event in bank.books.events]  # type: ignore[attr-defined] # one kind

    return SettingsWorld(settings.change, settings, recorded)


def on_postgresql(bank: SqlBank) -> SettingsWorld:
    transactions = OwnTransactions(bank.database, bank.tenant_id)

    def recorded() -> list[tuple[str | None, str | None]]:
        rows = bank.scratch.rows(
            "SELECT convert_from(body, 'UTF8')::jsonb #>> '{setting,before}',"
            " convert_from(body, 'UTF8')::jsonb #>> '{setting,after}'"
            " FROM bankcore.audit_log WHERE tenant_id = %s AND action = 'tenant.setting_changed' ORDER BY id",
            bank.tenant_id,
        )
        return [(before, after) for before, after in rows]  # type: ignore[misc] # texts of the document

    change = ChangeTenantSetting(tenant_settings_units(transactions, bank.unit))
    return SettingsWorld(change, SqlTenantSettings(transactions), recorded)


@pytest.fixture(params=["in memory", "PostgreSQL"])
def world(request: pytest.FixtureRequest) -> SettingsWorld:
    return in_memory() if request.param == "in memory" else on_postgresql(request.getfixturevalue("bank"))


def test_a_setting_has_its_default_until_it_is_set_and_again_when_it_is_not(world: SettingsWorld) -> None:
    values = [world.settings.get_setting(REGISTRATION)]

    changed = []
    for text in ("closed", "closed", None, None):
        changed.append(world.change("registration", text, origin=LIBRARY))
        values.append(world.settings.get_setting(REGISTRATION))

    assert values == ["open", "closed", "closed", "open", "open"]
    assert changed == [True, False, True, False]
    assert world.recorded() == [(None, "closed"), ("closed", None)]
    assert world.settings.list_set() == {}


@pytest.mark.parametrize(
    ("name", "text", "detail"),
    [("colour", "red", "there are these: .*registration"), ("registration", "ajar", "registration is open or closed")],
)
def test_what_is_no_setting_or_no_value_of_it_is_met_with_what_there_is(
    world: SettingsWorld, name: str, text: str, detail: str
) -> None:
    with pytest.raises(InvalidRequestError, match=detail):
        world.change(name, text, origin=LIBRARY)

    assert world.recorded() == []


def test_of_many_that_set_the_same_at_once_one_changes_it(bank: SqlBank) -> None:
    world, changed = on_postgresql(bank), []
    threads = [
        threading.Thread(target=lambda: changed.append(world.change("registration", "closed", origin=LIBRARY)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(changed) == [False] * 7 + [True]
    assert world.recorded() == [(None, "closed")]
