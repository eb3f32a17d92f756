"""bankcore on real servers: `open_bank` gives a bank to work with."""

from importlib import import_module

from bankcore_infra.extras import naming_the_extra

__all__ = ["Bank", "SettingsError", "TenantBank", "open_bank"]


def __getattr__(name: str) -> object:
    """What the bank consists of is loaded when it is asked for: the command line needs little of it, and soon."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with naming_the_extra():
        return getattr(import_module("bankcore_infra.wiring"), name)
