"""Payouts as a capability: jobs are started and steered by people, and paid by a loop of every worker."""

from collections.abc import Iterable, Sequence
from typing import Final

from bankcore.ledger.verification import Finding
from bankcore.payouts.ports import PayoutQueries
from bankcore.payouts.start import StartPayouts
from bankcore.payouts.steer import SteerPayouts
from bankcore_infra.capability import BankParts, Capability, TenantParts
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.schedule import Loop


def _start(parts: TenantParts) -> StartPayouts:
    from bankcore_infra.payouts.unit import SqlPayoutUnits

    units = SqlPayoutUnits(parts.transactions, parts.bank.unit)
    return StartPayouts(parts.tenant_id, units, parts.bank.unit.ids)


def _steer(parts: TenantParts) -> SteerPayouts:
    from bankcore_infra.payouts.unit import SqlPayoutUnits

    return SteerPayouts(SqlPayoutUnits(parts.transactions, parts.bank.unit))


def _queries(parts: TenantParts) -> PayoutQueries:
    from bankcore_infra.payouts.unit import SqlPayoutQueries

    return SqlPayoutQueries(parts.transactions)


def _loops(parts: BankParts) -> Sequence[Loop]:
    from bankcore_infra.payouts.wiring import payout_worker

    return (payout_worker(parts.database, parts.unit).run,)


def _verify(connection: TenantConnection) -> Iterable[Finding]:
    from bankcore_infra.payouts.proof import PROOF

    return PROOF.verify(connection)


PAYOUTS: Final = Capability(
    name="payouts",
    services={StartPayouts: _start, SteerPayouts: _steer, PayoutQueries: _queries},
    loops=_loops,
    verify=_verify,
)
