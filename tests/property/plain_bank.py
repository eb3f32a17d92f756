"""A bank as somebody would keep it on paper, with all that can be asked of one; it knows no rule of the core."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Self

DECIMALS: Final = {"NPR": 2, "JPY": 0, "KWD": 3}
RATES: Final = {
    "NPR/JPY": "1.1341",
    "JPY/NPR": "0.8817",
    "NPR/KWD": "0.0023",
    "KWD/NPR": "434.78",
    "JPY/KWD": "0.00203",
    "KWD/JPY": "492.61",
}
KEY_HOURS: Final = 24
QUOTE_HOURS: Final = 3
JOB_HOURS: Final = 90 * 24
CHUNK: Final = 2
BOTH: Final = frozenset({"debits", "credits"})
PAYER_STOPS: Final = {"account_frozen", "account_dormant", "account_closed", "insufficient_funds"}

Lines = tuple[tuple[str, int], ...]


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


class Answer(NamedTuple):
    """An outcome in one word, and the number or name of what was made."""

    word: str
    made: int | str | None = None

    def again(self) -> "Answer":
        """The same, as whoever repeats the request gets it."""
        return Answer(f"again:{self.word}", self.made)


class Refused(Exception):  # noqa: N818 - an answer, not a mistake
    """The code of a refusal, and the account that it is about."""

    def __init__(self, code: str, account: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.account = account


@dataclass
class Account:
    """What is on it; `floor` is None where there is none."""

    currency: str
    floor: int | None
    balance: int = 0
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
    """What is left of it, and the hour when its time is over."""

    account: str
    left: int
    until: float
    status: str = "open"

    def end(self, status: str) -> None:
        """Keep nothing more."""
        self.left, self.status = 0, status


@dataclass
class Movement:
    """What moved, and how much of it was not undone."""

    lines: Lines
    left: int
    is_reversal: bool
    is_mixed: bool


@dataclass
class Quote:
    """So much is got for so much, until that hour, once."""

    given: str
    minor: int
    got: str
    got_minor: int
    until: float
    status: str = "active"


@dataclass
class Item:
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


@dataclass
class PlainBank:
    """Lists of everything; `hour` is the time, and where time never stands still `drifts` says so."""

    drifts: bool
    accounts: dict[str, Account] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    remembered: dict[str, tuple[Ask, Answer, float]] = field(default_factory=dict)
    hour: float = 0

    def pass_time(self, hours: int) -> None:
        """Let go what was set aside until now, and no longer."""
        self.hour += hours
        for hold in self.holds:
            if hold.status == "open" and hold.until <= self.hour:
                hold.end("expired")

    def held(self, name: str) -> int:
        """What is set aside on the account."""
        return sum(hold.left for hold in self.holds if hold.account == name)

    def answer(self, ask: Ask) -> Answer:
        """What becomes of one request."""
        known = None if ask.key is None else self.recall(ask.key)
        if known is not None:
            return known[1].again() if known[0] == ask else Answer("idempotency_key_reused")
        answer = self.decide(ask)
        if ask.key is not None and answer.word != "invalid_rows":
            self.remembered[ask.key] = (ask, answer, self.hour + KEY_HOURS)
        return answer

    def recall(self, key: str) -> tuple[Ask, Answer, float] | None:
        """What was asked and answered under the key, until that hour."""
        known = self.remembered.get(key)
        return None if known is None or known[2] <= self.hour else known

    def answer_all(self, asks: Sequence[Ask]) -> list[Answer]:
        """Each by itself, one after another."""
        return [self.answer(ask) for ask in asks]

    def answer_all_or_none(self, asks: Sequence[Ask]) -> list[Answer]:
        """All of them, or nothing but the memory of the one that failed."""
        trial, answers = deepcopy(self), list[Answer]()
        for index, ask in enumerate(asks):
            was_known = ask.key is not None and trial.recall(ask.key) is not None
            answers.append(trial.answer(ask))
            if not is_refusal(answers[-1].word):
                continue
            if ask.key is not None and not was_known:
                self.remembered[ask.key] = trial.remembered[ask.key]
            others = [Answer("batch_rejected")] * len(asks)
            return [*others[:index], answers[-1], *others[index + 1 :]]
        self.__dict__.update(trial.__dict__)
        return answers

    def copied(self) -> Self:
        """Another one like it, for what is only tried."""
        return deepcopy(self)

    def decide(self, ask: Ask) -> Answer:
        """Do it, or say why not."""
        act: Callable[[Ask], Answer] = getattr(self, f"_{ask.kind}")
        try:
            return act(ask)
        except Refused as refusal:
            return Answer(refusal.code)

    def move(
        self, lines: Lines, currencies: Sequence[str], *, released: int = 0, undoes: Movement | None = None
    ) -> int:
        """Enter the lines if each account takes part and none is left with less than it must keep."""
        for (name, minor), currency in zip(lines, currencies, strict=True):
            account = self.accounts[name]
            account.require_open_to("debits" if minor < 0 else "credits", name)
            if account.currency != currency:
                raise Refused("currency_mismatch", name)
        for name in dict.fromkeys(name for name, _minor in lines):
            account, net = self.accounts[name], sum(minor for each, minor in lines if each == name)
            free = account.balance - self.held(name) + (released if name == lines[0][0] else 0)
            if net < 0 and account.floor is not None and free + net < account.floor:
                raise Refused("insufficient_funds", name)
        for name, minor in lines:
            self.accounts[name].balance += minor
        is_mixed = len(set(currencies)) > 1
        left = sum(minor for _name, minor in lines if minor > 0)
        self.movements.append(Movement(lines, left, is_reversal=undoes is not None, is_mixed=is_mixed))
        return len(self.movements) - 1

    def pay(self, name: str, to: str, minor: int, released: int = 0) -> int:
        """Move money of the payer's currency between two accounts."""
        if name == to:
            raise Refused("same_account", name)
        return self.move(((name, -minor), (to, minor)), [self.accounts[name].currency] * 2, released=released)

    def set_aside(self, name: str, minor: int, hours: int) -> int:
        """Keep so much from being spent."""
        account = self.accounts[name]
        account.require_open_to("debits", name)
        if account.floor is not None and account.balance - self.held(name) - minor < account.floor:
            raise Refused("insufficient_funds", name)
        self.holds.append(Hold(name, minor, self.hour + hours))
        return len(self.holds) - 1

    def open_hold(self, number: int) -> Hold:
        """The hold, which must not have ended."""
        if self.holds[number].status != "open":
            raise Refused("invalid_state")
        return self.holds[number]

    def pay_chunk(self, number: int) -> int:
        """Pay the next items of a running job out of what is set aside; how many, or none if the job pauses."""
        trial = deepcopy(self)
        job = trial.jobs[number]
        unpaid = [item for item in job.items if item.status == "unpaid"]
        if job.hold is not None and trial.holds[job.hold].status == "open":
            trial.holds[job.hold].end("voided")
        try:
            for item in unpaid[:CHUNK]:
                trial.pay_item(job, item)
            left = job.sum("unpaid")
            job.hold = trial.set_aside(job.payer, left, JOB_HOURS) if left else None
        except Refused:
            self.jobs[number].status = "paused"
            return 0
        if not left:
            job.status = "completed"
        self.__dict__.update(trial.__dict__)
        return len(unpaid[:CHUNK])

    def pay_item(self, job: Job, item: Item) -> None:
        """Pay it or fail it; what is wrong with the payer is no fault of the item."""
        try:
            item.movement, item.status = self.pay(job.payer, item.payee, item.minor), "paid"
        except Refused as refusal:
            if refusal.account == job.payer and refusal.code in PAYER_STOPS:
                raise
            item.status = "failed"


_ACCEPTED: Final = {"posted", "opened", "active", "frozen", "debits_frozen", "credits_frozen", "dormant", "closed"}


def is_refusal(word: str) -> bool:
    """Whether the word, of a command of the ledger, is the code of a refusal."""
    plain = word.removeprefix("again:")
    return plain not in _ACCEPTED and not plain.startswith("hold ")
