"""The settings of a tenant in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from bankcore.tenancy.change_setting import ChangeTenantSetting
from bankcore.tenancy.settings import TenantSetting, TenantSettings, TenantSettingsUnit
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.sections import Section
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits

T = TypeVar("T")


@dataclass(slots=True)
class StoredTenantSettings(Section):
    """What is set, by name."""

    texts: dict[str, str] = field(default_factory=dict)


class InMemoryTenantSettingsUnit(InMemoryUnit, TenantSettingsUnit):
    """The settings on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, stored: StoredTenantSettings) -> None:
        super().__init__(ledger_unit, bank)
        self._draft = ledger_unit.draft.section(stored)

    def swap_setting(self, name: str, text: str | None) -> str | None:
        before = self._draft.texts.pop(name, None)
        if text is not None:
            self._draft.texts[name] = text
        return before


class InMemoryTenantSettings(TenantSettings):
    """The committed settings, and what changes them."""

    def __init__(self, bank: InMemoryBank) -> None:
        self._stored = StoredTenantSettings()
        bank.books.add_section(self._stored)
        self.change = ChangeTenantSetting(
            InMemoryUnits(bank, lambda unit: InMemoryTenantSettingsUnit(unit, bank, self._stored))
        )

    def get_setting(self, setting: TenantSetting[T]) -> T:
        return setting.read(self._stored.texts.get(setting.name))

    def list_set(self) -> Mapping[str, str]:
        return dict(self._stored.texts)
