"""What is written on the pages of the bank on paper: requests and answers, accounts, holds, movements, quotes, jobs."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from tests.property.plain_limits import Cap, Line, Use

BOTH: Final = frozenset({"debits", "credits"})

Lines = tuple[tuple[str, int], ...]


class Expected(NamedTuple):
    """How many entries the account has before, and how much of it is free after at least; None for either."""

    on: str
    version: int | None
    least: int | None


class Ask(NamedTuple):
    """One request; which of the fields it needs follows from its kind, and a number is that of what it is about."""

    kind: str
    on: str = ""
    to: str = ""
    minor: int | None = None
    number: int = 0
    hours: int = 0
    word: str = ""
    is_final: bool = False
    lines: Lines = ()
    key: str | None = None
    caps: tuple[Cap, ...] = ()
    expects: tuple[Expected, ...] = ()

    def __deepcopy__(self, _memo: object) -> "Ask":
        return self


class Answer(NamedTuple):
    """An outcome in one word, and the number or name of what was made."""

    word: str
    made: int | str | None = None

    def again(self) -> "Answer":
        """The same, as whoever repeats the request gets it."""
        return Answer(f"again:{self.word}", self.made)

    def __deepcopy__(self, _memo: object) -> "Answer":
        return self


class Refused(Exception):  # noqa: N818 - an answer, not a mistake
    """The code of a refusal, and the account that it is about."""

    def __init__(self, code: str, account: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.account = account


@dataclass
class Account(Line):
    """What is on it, in how many entries; `floor` is None where there is none."""

    currency: str
    floor: int | None
    balance: int = 0
    version: int = 0
    frozen: frozenset[str] = frozenset()
    asleep: bool = False
    closed: bool = False

    @property
    def status(self) -> str:
        """In the word that the bank uses."""
        if self.closed or self.asleep:
            return "closed" if self.closed else "dormant"
        return {0: "active", 1: "_".join([*self.frozen, "frozen"]), 2: "frozen"}[len(self.frozen)]

    def require_open_to(self, direction: str, name: str) -> None:
        """Nothing, if money may move in that direction."""
        if self.closed:
            raise Refused("account_closed", name)
        if self.asleep and direction == "debits":
            raise Refused("account_dormant", name)
        if direction in self.frozen:
            raise Refused("account_frozen", name)


@dataclass
class Hold:
    """What is left of it, the hour when its time is over, and what it uses of limits."""

    account: str
    left: int
    until: float
    use: Use | None
    status: str = "open"

    def end(self, status: str) -> None:
        """Keep nothing more; what it did not take was not used."""
        if self.use is not None:
            self.use.give_back(self.left)
        self.left, self.status = 0, status


@dataclass
class Movement(Line):
    """What moved, and how much of it was not undone."""

    lines: Lines
    left: int
    is_reversal: bool
    is_mixed: bool


@dataclass
class Quote(Line):
    """So much is got for so much, until that hour, once."""

    given: str
    minor: int
    got: str
    got_minor: int
    until: float
    status: str = "active"


@dataclass
class Item(Line):
    """One payment of a job."""

    payee: str
    minor: int
    status: str = "unpaid"
    movement: int | None = None


@dataclass
class Job:
    """A payroll, and the number of the hold that keeps its sum."""

    payer: str
    items: list[Item]
    hold: int | None
    status: str = "running"

    def sum(self, status: str) -> int:
        """How much the items of that status come to."""
        return sum(item.minor for item in self.items if item.status == status)
