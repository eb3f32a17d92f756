"""What requests to a whole bank are made of."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from hypothesis import strategies as st

ACCOUNTS_MAX: Final = 7
MOVES: Final = ("deposit", "withdraw", "transfer", "transfer", "post")
STANDINGS: Final = ("freeze", "unfreeze", "unfreeze", "sleep", "wake", "wake", "close")
PHASES: Final = ("place", "place", *("capture",) * 4, "void", "extend")
WAYS: Final = st.sampled_from(["each", "each", "atomic", "chained", "chained", "rehearsed", "all rehearsed"])
PLACES: Final = st.integers(0, ACCOUNTS_MAX)
KEYS: Final = st.sampled_from([*[None] * 8, *(f"key {number}" for number in range(12))])


class DrawnCap(NamedTuple):
    """What a limit is made of."""

    per: str
    kind: str | None
    most: int
    is_amount: bool


_KIND = st.sampled_from([None, None, "withdrawal", "transfer", "hold", "general", "fx_transfer"])
_CAP = st.one_of(
    st.builds(DrawnCap, st.just("once"), _KIND, st.integers(4, 20), st.just(value=True)),
    st.builds(DrawnCap, st.sampled_from(["day", "month"]), _KIND, st.integers(8, 50), st.just(value=True)),
    st.builds(DrawnCap, st.sampled_from(["day", "month"]), _KIND, st.integers(0, 3), st.just(value=False)),
)
CAPS: Final = st.lists(_CAP, min_size=1, max_size=2)


class Drawn(NamedTuple):
    """What a request is made of; its kind says which of them it needs."""

    kind: str
    one: int
    other: int
    minor: int
    is_all: bool
    is_final: bool
    number: int
    hours: int
    direction: str
    key: str | None
    expects: str


def drawn(kinds: Sequence[str]) -> st.SearchStrategy[Drawn]:
    """The makings of a request of one of these kinds."""
    return st.builds(
        Drawn,
        st.sampled_from(kinds),
        PLACES,
        PLACES,
        st.integers(1, 25),
        st.booleans(),
        st.booleans(),
        st.integers(0, 40),
        st.integers(1, 6),
        st.sampled_from(["both", "debits", "credits"]),
        KEYS,
        st.sampled_from([*["nothing"] * 7, "version", "newer", "least", "both"]),
    )
