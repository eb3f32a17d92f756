"""Comparing: which line of a settlement file is which payment of ours. Each line is in one place of the result."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from bankcore.money import Money
from bankcore.settlements.lines import BookedPayment, Difference, LineKind, SettlementLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Each line of the file, once; and the payments of the period that no line is about."""

    matched: tuple[SettlementLine, ...]
    different: tuple[Difference, ...]
    only_theirs: tuple[SettlementLine, ...]
    """Lines of payments that we do not know."""
    others: tuple[SettlementLine, ...]
    """Refunds, disputes and all else: what they take from the net."""
    only_ours: tuple[BookedPayment, ...]

    @property
    def is_clean(self) -> bool:
        """Whether both sides say the same of every payment."""
        return not (self.different or self.only_theirs or self.only_ours)

    def net_by_currency(self) -> dict[str, Money]:
        """What the provider owes by this file, all lines together, in each currency."""
        totals = dict[str, Money]()
        theirs = (*self.matched, *(each.line for each in self.different), *self.only_theirs, *self.others)
        for line in theirs:
            code = line.net.currency.code
            totals[code] = totals.get(code, Money.zero(code)) + line.net
        return totals


def compare_lines(
    lines: Sequence[SettlementLine], known: Iterable[BookedPayment], in_period: Iterable[BookedPayment]
) -> Comparison:
    """Compare the lines with what we know of them, and with what we booked in the period of the file.

    Our reference tells first, then the provider's own id. A second line about a payment is a difference.
    """
    by_name = {name: each for each in known for name in (each.provider_id, str(each.attempt_id)) if name is not None}
    matched, different = list[SettlementLine](), list[Difference]()
    only_theirs, seen = list[SettlementLine](), set[UUID]()
    for line in (each for each in lines if each.kind is LineKind.PAYMENT):
        ours = by_name.get((line.reference or "").lower()) or by_name.get(line.provider_id or "")
        if ours is None:
            only_theirs.append(line)
            continue
        reason = "it is settled twice" if ours.attempt_id in seen else _difference(line, ours)
        seen.add(ours.attempt_id)
        if reason is None:
            matched.append(line)
        else:
            different.append(Difference(line, ours, reason))
    return Comparison(
        matched=tuple(matched),
        different=tuple(different),
        only_theirs=tuple(only_theirs),
        others=tuple(line for line in lines if line.kind is not LineKind.PAYMENT),
        only_ours=tuple(each for each in in_period if each.attempt_id not in seen),
    )


def _difference(line: SettlementLine, ours: BookedPayment) -> str | None:
    """What is not the same, in words."""
    if not ours.is_booked:
        return "our books do not have the money"
    if line.gross != ours.amount:
        return f"we booked {ours.amount}"
    booked_fee = ours.fee or Money.zero(ours.amount.currency)
    return None if line.fee == booked_fee else f"we booked a fee of {booked_fee}"
