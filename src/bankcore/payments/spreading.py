"""In which order configurations are tried: by priority, and among equals as often as their weights say."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate, groupby

from bankcore.payments.payments import PaymentId
from bankcore.payments.ports import UsableProvider


def spread(usable: Sequence[UsableProvider], payment_id: PaymentId) -> list[UsableProvider]:
    """Those of the lowest priority first; the order of equals is drawn by their weights.

    The draw follows from the id of the payment, so that it can be made again; it needs no counter that all processes
    share.
    """
    by_priority = groupby(usable, key=lambda each: each.config.priority)
    return [each for _priority, equals in by_priority for each in _drawn(list(equals), payment_id)]


def _drawn(left: list[UsableProvider], payment_id: PaymentId) -> list[UsableProvider]:
    drawn = []
    while left:
        ends = list(accumulate(each.config.weight for each in left))
        digest = sha256(f"{payment_id}/{len(left)}".encode()).digest()
        place = int.from_bytes(digest) % ends[-1]
        drawn.append(left.pop(next(index for index, end in enumerate(ends) if place < end)))
    return drawn
