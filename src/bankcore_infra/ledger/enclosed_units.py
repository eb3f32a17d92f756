"""The ledger inside a unit of work that another capability begins and commits."""

from collections.abc import Callable
from typing import TypeVar

from typing_extensions import override

from bankcore.errors import LedgerInvariantError
from bankcore.ledger.events import LedgerEvent
from bankcore.ledger.ports import LedgerUnit, UnitsOfWork
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.ledger.unit import SqlLedgerUnit
from bankcore_infra.signals import LedgerSignals

T = TypeVar("T")


class EnclosedLedgerUnits(UnitsOfWork):
    """The ledger inside a unit of work that is not its own: begun, committed and repeated by whoever owns it."""

    def __init__(self, connection: TenantConnection, signals: LedgerSignals) -> None:
        """In that transaction; what the ledger published is in `published`, to be told after the commit."""
        self._connection = connection
        self._signals = signals
        self.published: list[LedgerEvent] = []

    @override
    def run(self, work: Callable[[LedgerUnit], T], *, resubmittable: bool) -> T:
        unit = SqlLedgerUnit(self._connection, self._signals)
        result = work(unit)
        self.published.extend(unit.published)
        return result

    @override
    def rehearse(self, work: Callable[[LedgerUnit], T]) -> T:
        raise LedgerInvariantError("what is enclosed cannot be undone by itself")
