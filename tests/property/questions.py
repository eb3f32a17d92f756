"""Strategies for requests in the words of the naive bank."""

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

from tests.property.naive_bank import MOST, Line, Request

NOBODY: Final = "nobody's account"
SMALL: Final = st.integers(1, 30)
AMOUNTS: Final = st.sampled_from([*range(1, 31), MOST, MOST - 20])
CURRENCIES: Final = st.sampled_from(["NPR"] * 15 + ["JPY"])
KEYS: Final = st.none() | st.sampled_from([f"k{number}" for number in range(25)])
SOURCES: Final = st.sampled_from([None] * 8 + ["s1", "s2", "s3", "s4"])


def requests(names: Sequence[str], asked: Sequence[Request]) -> st.SearchStrategy[Request]:
    """A new request about accounts of these names, or one that was asked before."""
    account = st.sampled_from([*list(names) * 6, NOBODY])
    new = st.one_of(
        settlements("deposit", account),
        settlements("deposit", account),
        settlements("withdraw", account),
        transfers(account),
        transfers(account),
        generals(account),
    )
    return st.one_of(new, new, st.sampled_from(asked)) if asked else new


def settlements(kind: str, account: st.SearchStrategy[str]) -> st.SearchStrategy[Request]:
    """Money enters or leaves."""

    def request(name: str, minor: int, currency: str, key: str | None, source: str | None) -> Request:
        signed = minor if kind == "deposit" else -minor
        lines = (Line(name, signed, currency), Line(f"settlement/{currency}", -signed, currency))
        return Request(kind, lines, key, source)

    return st.builds(request, account, AMOUNTS, CURRENCIES, KEYS, SOURCES)


def transfers(account: st.SearchStrategy[str]) -> st.SearchStrategy[Request]:
    """Money goes from one account to another, or to itself."""

    def request(payer: str, payee: str, minor: int, key: str | None, source: str | None) -> Request:
        return Request("transfer", (Line(payer, -minor, "NPR"), Line(payee, minor, "NPR")), key, source)

    return st.builds(request, account, account, AMOUNTS, KEYS, SOURCES)


def generals(account: st.SearchStrategy[str]) -> st.SearchStrategy[Request]:
    """Money goes wherever the lines say; the last one makes up for the others."""

    def request(lines: list[tuple[str, int]], last: str, key: str | None, source: str | None) -> Request:
        balanced = [*lines, (last, -sum(minor for _name, minor in lines))]
        return Request("general", tuple(Line(name, minor, "NPR") for name, minor in balanced), key, source)

    line = st.tuples(account, SMALL | SMALL.map(int.__neg__))
    some_lines = st.lists(line, min_size=1, max_size=3).filter(lambda lines: sum(minor for _name, minor in lines) != 0)
    return st.builds(request, some_lines, account, KEYS, SOURCES)
