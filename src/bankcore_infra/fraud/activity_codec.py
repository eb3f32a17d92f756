"""What is remembered of an account as bytes, every number in the fewest that hold it: rows are rewritten all the time.

The first byte is the version. Whoever meets another one, as an older program beside a newer one does, reads nothing,
and begins anew from the entries of the account.
"""

from functools import lru_cache
from itertools import chain, islice
from struct import Struct
from typing import Final

from bankcore.fraud.activity import AccountActivity, Acquaintances, Flow, Part, Payments, Silence

_VERSION: Final = 1
# The version, and how many there are of each kind that may be several.
_COUNTS: Final = Struct("<B6B")


def encode_activity(activity: AccountActivity) -> bytes:
    """The activity as bytes."""
    last_s, silence, payments, times_s, parts_in, parts_out, flows, payees, payers = activity
    counts = (len(times_s), len(parts_in), len(parts_out), len(flows), len(payees.marks), len(payers.marks))
    return _layout(counts).pack(
        _VERSION,
        *counts,
        last_s,
        *silence,
        *payments,
        *times_s,
        *chain.from_iterable(parts_in),
        *chain.from_iterable(parts_out),
        *chain.from_iterable(flows),
        *payees.marks,
        *payees.met_s,
        *payers.marks,
        *payers.met_s,
    )


def decode_activity(stored: bytes) -> AccountActivity | None:
    """The activity, or None if this is none of this version."""
    if len(stored) < _COUNTS.size:
        return None
    version, *counts = _COUNTS.unpack_from(stored)
    if version != _VERSION:
        return None
    layout = _layout(tuple(counts))
    if layout.size != len(stored):
        return None
    numbers = iter(layout.unpack(stored)[1 + len(counts) :])
    times, parts_in, parts_out, flows, payees, payers = counts
    # Arguments are evaluated in their order, which is that of the bytes.
    return AccountActivity(
        last_s=next(numbers),
        silence=Silence._make(islice(numbers, 2)),
        payments=Payments._make(islice(numbers, 5)),
        payment_times_s=tuple(islice(numbers, times)),
        parts_in=tuple(Part._make(islice(numbers, 2)) for _ in range(parts_in)),
        parts_out=tuple(Part._make(islice(numbers, 2)) for _ in range(parts_out)),
        flows=tuple(Flow._make(islice(numbers, 3)) for _ in range(flows)),
        payees=Acquaintances(tuple(islice(numbers, payees)), tuple(islice(numbers, payees))),
        payers=Acquaintances(tuple(islice(numbers, payers)), tuple(islice(numbers, payers))),
    )


@lru_cache(maxsize=1_024)
def _layout(counts: tuple[int, ...]) -> Struct:
    """The form of an activity with so many of each kind: seconds and marks take four bytes, amounts eight."""
    times, parts_in, parts_out, flows, payees, payers = counts
    return Struct(
        f"<B6B I 2I 3I2Q {times}I {'IQ' * (parts_in + parts_out)} {'I2Q' * flows} {2 * payees}I {2 * payers}I"
    )
