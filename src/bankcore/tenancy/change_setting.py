"""ChangeTenantSetting: whoever runs the servers sets something for one tenant, and the tenant's log says so."""

from dataclasses import dataclass

from bankcore.origin import Origin
from bankcore.tenancy.settings import TenantSettingChanged, TenantSettingsUnit, TenantSettingsUnits, find_setting


@dataclass(frozen=True, slots=True)
class ChangeTenantSetting:
    """Sets what one tenant has of its own; it counts from the next time that it is read."""

    units: TenantSettingsUnits

    def __call__(self, name: str, text: str | None, *, origin: Origin) -> bool:
        """Set the value, or with None go back to the default; False if it was this one already.

        Raises:
            InvalidRequestError: there is no such setting, or this is no value of it; the message says what there is.
            UnavailableError: nothing was recorded.
        """
        setting = find_setting(name)
        setting.read(text)

        def work(unit: TenantSettingsUnit) -> bool:
            before = unit.swap_setting(setting.name, text)
            if before == text:
                return False
            unit.publish([TenantSettingChanged(unit.new_stamp(origin), setting.name, before, text)])
            return True

        return self.units.run(work, resubmittable=True)
