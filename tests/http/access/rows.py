"""What a row of the matrix is: how to ask for an operation, about whose things, and what is answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Final
from urllib.parse import urlencode

from tests.worlds.estates import Estate

FINE: Final = frozenset({200, 201, 202})
# What the state of a thing may forbid, once it is known that the caller may touch it.
STATED: Final = FINE | {409, 422}


class Whose(Enum):
    """To whom the things of a request belong."""

    USERS = auto()
    TENANTS = auto()
    NOBODYS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Path parameters, query and body of one request."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None

    def address(self, template: str) -> str:
        """The path with its parameters and the query."""
        query = f"?{urlencode(self.query)}" if self.query else ""
        return template.format_map(self.path) + query


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How to ask for an operation about the things of an estate, and what is answered to whom it may be."""

    ask: Callable[[Estate], Asked]
    whose: Whose = Whose.USERS
    fine: frozenset[int] = FINE
    strange: int = 404
    """What is answered about things that are out of reach; with 200 there is nothing in the list."""
    logs_out: bool = False
    """Whether the caller has to log in again after it."""


def with_payment(estate: Estate) -> Asked:
    """About the payment of the estate."""
    return Asked(path={"payment_id": estate.payment})


def of_review(**body: object) -> Row:
    """What staff do about a payment of somebody else, which perhaps needs no review."""
    return Row(ask=lambda estate: replace(with_payment(estate), body=body or None), whose=Whose.TENANTS, fine=STATED)
