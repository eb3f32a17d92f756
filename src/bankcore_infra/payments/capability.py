"""Payments as a capability: merchants create them, providers tell of them, a loop of every worker asks for the rest."""

from collections.abc import Sequence
from typing import Final

from bankcore.payments.circuits import Circuits
from bankcore_infra.capability import BankParts, Capability, Makers
from bankcore_infra.payments.settings import PaymentSettings
from bankcore_infra.schedule import Loop


def _services() -> Makers:
    from bankcore_infra.payments.services import SERVICES

    return SERVICES


def _loops(parts: BankParts) -> Sequence[Loop]:
    from bankcore_infra.payments.wiring import payment_worker

    return (payment_worker(parts).run,)


def _circuits(parts: BankParts) -> Circuits:
    from bankcore_infra.payments.circuits import circuits_of

    return circuits_of(parts.redis_url)


PAYMENTS: Final = Capability(
    name="payments",
    settings=PaymentSettings,
    shared={Circuits: _circuits},
    late_services=_services,
    loops=_loops,
)
