"""CompareSettlement: a provider's file beside the payments through one of our accounts there. Nothing is posted."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from bankcore.identifiers import uuid_in
from bankcore.settlements.comparing import Comparison, compare_lines
from bankcore.settlements.lines import BookedPayment, LineKind, Period, SettlementLine

_AT_ONCE: Final = 1_000


class BookedPayments(Protocol):
    """Reads of the payments of one tenant through one of its accounts at a provider."""

    @abstractmethod
    def find_booked(
        self, config_id: UUID, *, references: Sequence[UUID], provider_ids: Sequence[str]
    ) -> Sequence[BookedPayment]:
        """The attempts with those ids, and those that the provider calls so."""

    @abstractmethod
    def list_booked(self, config_id: UUID, period: Period) -> Sequence[BookedPayment]:
        """All attempts whose money came into the books in that period."""


@dataclass(frozen=True, slots=True)
class CompareSettlement:
    """Compares settlement files with the payments of one tenant."""

    booked: BookedPayments

    def __call__(self, config_id: UUID, lines: Sequence[SettlementLine], *, period: Period | None = None) -> Comparison:
        """Compare; with a period, payments that were booked in it and that no line is about are told too."""
        payments = [line for line in lines if line.kind is LineKind.PAYMENT]
        known = list[BookedPayment]()
        for first in range(0, len(payments), _AT_ONCE):
            names = [(uuid_in(line.reference), line.provider_id) for line in payments[first : first + _AT_ONCE]]
            known += self.booked.find_booked(
                config_id,
                references=[reference for reference, _ in names if reference is not None],
                provider_ids=[own for reference, own in names if reference is None and own is not None],
            )
        in_period = self.booked.list_booked(config_id, period) if period is not None else ()
        return compare_lines(lines, known, in_period)
