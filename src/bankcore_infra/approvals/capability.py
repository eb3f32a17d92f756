"""Approvals as a capability: one person wants a movement, another one approves it."""

from typing import Final

from bankcore_infra.capability import Capability, Makers


def _services() -> Makers:
    from bankcore_infra.approvals.services import SERVICES

    return SERVICES


APPROVALS: Final = Capability(name="approvals", late_services=_services)
