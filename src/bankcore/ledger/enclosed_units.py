"""The ledger inside a unit of work that another capability begins and commits."""

from collections.abc import Callable
from typing import TypeVar

from bankcore.errors import LedgerInvariantError
from bankcore.ledger.ports import LedgerUnit, UnitsOfWork

T = TypeVar("T")


class EnclosedUnits(UnitsOfWork):
    """Units of work of the ledger inside one, whose owner commits and repeats it."""

    def __init__(self, begin: Callable[[], LedgerUnit]) -> None:
        self._begin = begin

    def run(self, work: Callable[[LedgerUnit], T], *, resubmittable: bool = False) -> T:  # noqa: ARG002 - the owner's affair
        """Run the work in the owner's unit of work."""
        return work(self._begin())

    def rehearse(self, work: Callable[[LedgerUnit], T]) -> T:  # noqa: ARG002 - never run
        """Refuse: work inside another unit of work cannot be undone alone. Raises: LedgerInvariantError."""
        raise LedgerInvariantError("an enclosed unit of work cannot be rehearsed")
