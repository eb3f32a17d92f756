"""Runs work in units of work on PostgreSQL, and tells after the commit what happened in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from typing_extensions import override

from bankcore.idempotency.ports import Units
from bankcore.identifiers import IdentifierSource
from bankcore.ledger.events import LedgerEvent
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import Transactions
from bankcore_infra.signals import LedgerSignals

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitParts:
    """What every unit of work needs besides its transaction; the signals tell of what the ledger does in it."""

    signals: LedgerSignals
    ids: IdentifierSource
    key_lifetime: timedelta


class Publishing(Protocol):
    """A unit of work with the ledger in it."""

    @property
    def published(self) -> Sequence[LedgerEvent]:
        """What the ledger published so far, in order."""


U = TypeVar("U", bound=Publishing)


class SqlUnits(Units[U], Generic[U]):
    """Units of work of one tenant in one kind of transaction: our own, or the caller's."""

    def __init__(
        self, transactions: Transactions, signals: LedgerSignals, begin: Callable[[TenantConnection], U]
    ) -> None:
        """Listeners after the commit are told only of transactions of our own."""
        self._transactions = transactions
        self._signals = signals
        self._begin = begin

    @override
    def run(self, work: Callable[[U], T], *, resubmittable: bool = False) -> T:
        result, events = self._transactions.run(self._in_unit(work), resubmittable=resubmittable)
        if self._transactions.commits:
            self._signals.tell_committed(events)
        return result

    def rehearse(self, work: Callable[[U], T]) -> T:
        """Run the work, then undo everything it did."""
        result, _events = self._transactions.rehearse(self._in_unit(work))
        return result

    def _in_unit(self, work: Callable[[U], T]) -> Callable[[TenantConnection], tuple[T, Sequence[LedgerEvent]]]:
        def run_in(connection: TenantConnection) -> tuple[T, Sequence[LedgerEvent]]:
            unit = self._begin(connection)
            return work(unit), unit.published

        return run_in
