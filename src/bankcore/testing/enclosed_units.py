"""The ledger inside a unit of work that another capability commits."""

from collections.abc import Callable
from typing import TypeVar

from bankcore.errors import LedgerInvariantError
from bankcore.ledger.ports import LedgerUnit, UnitsOfWork

T = TypeVar("T")


class EnclosedUnits(UnitsOfWork):
    """Units of work that are one, and that somebody else commits."""

    def __init__(self, unit: LedgerUnit) -> None:
        """In that unit of work."""
        self._unit = unit

    def run(self, work: Callable[[LedgerUnit], T], *, resubmittable: bool) -> T:  # noqa: ARG002 - none is lost
        """Run the work; its owner commits it."""
        return work(self._unit)

    def rehearse(self, work: Callable[[LedgerUnit], T]) -> T:  # noqa: ARG002 - never run
        """Refused: what is enclosed cannot be taken back by itself."""
        raise LedgerInvariantError("an enclosed unit of work cannot be rehearsed")
