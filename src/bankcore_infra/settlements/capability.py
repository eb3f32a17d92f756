"""Settlements as a capability: it reads, and stores nothing of its own."""

from typing import Final

from bankcore_infra.capability import Capability, Makers


def _services() -> Makers:
    from bankcore_infra.settlements.services import SERVICES

    return SERVICES


SETTLEMENTS: Final = Capability(name="settlements", late_services=_services)
