"""A second bank, written from the rules on paper and not from the core: slow, obvious, and asked what should happen."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import NamedTuple, Self

MOST = 2**63 - 1
MOST_RECEIVED = MOST // 2
KEY_LIFETIME_H = 24


class Line(NamedTuple):
    """So much, signed, for the account of that name."""

    account: str
    minor: int
    currency: str


class Request(NamedTuple):
    """A command in the words of this module; the lines are in the order in which the command names its accounts."""

    kind: str
    lines: tuple[Line, ...]
    key: str | None = None
    source: str | None = None


class Answer(NamedTuple):
    """`posted` with the rows that came of it, or the code of a refusal with its facts."""

    word: str
    facts: tuple[object, ...] = ()
    is_replay: bool = False


class Row(NamedTuple):
    """One line as it was entered."""

    account: str
    sequence: int
    before: int
    amount: int
    after: int


class Remembered(NamedTuple):
    """What was asked under a key, what was answered, and at which hour it is forgotten."""

    request: Request
    answer: Answer
    expires_h: int


@dataclass
class NaiveAccount:
    """An account and every row on it."""

    owner: str
    currency: str
    floor: int | None
    status: str = "active"
    rows: list[Row] = field(default_factory=list)

    @property
    def balance(self) -> int:
        """The sum of all that was ever entered."""
        return sum(row.amount for row in self.rows)


NOT_DEBITED = ("frozen", "debits_frozen", "dormant", "closed")
NOT_CREDITED = ("frozen", "credits_frozen", "closed")


def refused_for_status(name: str, status: str) -> Answer:
    """The refusal of an account that does not take part, or not in that direction."""
    if not status.endswith("frozen"):
        return Answer(f"account_{status}", (name,))
    return Answer("account_frozen", (name, {"frozen": "both"}.get(status, status.removesuffix("_frozen"))))


@dataclass
class NaiveBank:
    """Accounts, answered keys and used sources; `hour` is the time."""

    accounts: dict[str, NaiveAccount] = field(default_factory=dict)
    remembered: dict[str, Remembered] = field(default_factory=dict)
    paid: dict[str, tuple[Request, Answer]] = field(default_factory=dict)
    hour: int = 0

    def execute(self, requests: Sequence[Request], actor: str | None) -> list[Answer]:
        """Each request by itself, one after another."""
        return [self.answer(request, actor) for request in requests]

    def execute_atomic(self, requests: Sequence[Request], actor: str | None) -> list[Answer]:
        """All of them, or none of them and the memory of the one that failed."""
        attempt = deepcopy(self)
        answers: list[Answer] = []
        for index, request in enumerate(requests):
            was_known = request.key is not None and attempt.recall(request.key) is not None
            answer = attempt.answer(request, actor)
            if answer.word != "posted":
                if request.key is not None and not was_known:
                    self.remember(request, answer)
                refused = [Answer("batch_rejected", (index,)) for _ in requests]
                return [*refused[:index], answer, *refused[index + 1 :]]
            answers.append(answer)
        self.take_over(attempt)
        return answers

    def take_over(self, other: Self) -> None:
        """Become the other bank."""
        self.accounts, self.remembered, self.paid = other.accounts, other.remembered, other.paid

    def answer(self, request: Request, actor: str | None) -> Answer:
        """What becomes of one request."""
        if request.key is None:
            return self.decide(request, actor)
        earlier = self.recall(request.key)
        if earlier is None:
            answer = self.decide(request, actor)
            self.remember(request, answer)
            return answer
        if earlier.request != request:
            return Answer("idempotency_key_reused", (request.key,))
        return earlier.answer._replace(is_replay=True)

    def recall(self, key: str) -> Remembered | None:
        """What was answered under the key in the last 24 hours."""
        remembered = self.remembered.get(key)
        return remembered if remembered is not None and self.hour < remembered.expires_h else None

    def remember(self, request: Request, answer: Answer) -> None:
        """Keep the answer for 24 hours."""
        assert request.key is not None
        self.remembered[request.key] = Remembered(request, answer, self.hour + KEY_LIFETIME_H)

    def decide(self, request: Request, actor: str | None) -> Answer:
        """Pay, pay no second time, or refuse."""
        if request.source is not None and request.source in self.paid:
            first, answer = self.paid[request.source]
            if sorted(first.lines) == sorted(request.lines):
                return answer._replace(is_replay=True)
            return Answer("source_reused", (request.source,))
        answer = self.refuse(request, actor) or Answer("posted", self.enter(request.lines))
        if request.source is not None and answer.word == "posted":
            self.paid[request.source] = (request, answer)
        return answer

    def refuse(self, request: Request, actor: str | None) -> Answer | None:
        """The first thing that speaks against it."""
        if request.kind == "transfer" and request.lines[0].account == request.lines[1].account:
            return Answer("same_account", (request.lines[0].account,))
        for line in request.lines:
            account = self.accounts.get(line.account)
            if account is None or not may_name(request, line, account, actor):
                return Answer("not_found", (line.account,))
            if account.status in NOT_DEBITED if line.minor < 0 else account.status in NOT_CREDITED:
                return refused_for_status(line.account, account.status)
            if account.currency != line.currency:
                return Answer("currency_mismatch", (account.currency, line.currency))
        return self.refuse_amount(request)

    def refuse_amount(self, request: Request) -> Answer | None:
        """Whether numbers stay numbers, and nobody spends what is not there."""
        after = {line.account: self.accounts[line.account].balance for line in request.lines}
        for line in request.lines:
            after[line.account] += line.minor
            most = self.most(request, line)
            if most is not None and not -MOST <= after[line.account] <= most:
                return Answer("amount_out_of_range", (line.currency, line.account, most))
        for name, balance in after.items():
            account = self.accounts[name]
            if account.floor is not None and balance < account.balance and balance < account.floor:
                needed = account.balance - balance
                return Answer("insufficient_funds", (name, account.balance, needed, account.floor))
        return None

    def most(self, request: Request, line: Line) -> int | None:
        """How much may be on the account then: what is ours is never full, and others fill only half of it."""
        payer, account = self.accounts[request.lines[0].account], self.accounts[line.account]
        if account.owner == "bank":
            return None
        is_received = request.kind == "transfer" and line.minor > 0 and payer.owner != account.owner
        return MOST_RECEIVED if is_received else MOST

    def carry_forward(self, lines: Sequence[Line]) -> None:
        """Put what is on a full account of ours aside, so that it has room for the lines."""
        after = {line.account: self.accounts[line.account].balance for line in lines}
        full = {}
        for line in lines:
            after[line.account] += line.minor
            if abs(after[line.account]) > MOST and self.accounts[line.account].owner == "bank":
                full[line.account] = self.accounts[line.account]
        for name, account in full.items():
            account.rows.append(Row(name, len(account.rows) + 1, account.balance, -account.balance, 0))

    def enter(self, lines: Sequence[Line]) -> tuple[Row, ...]:
        """Write the lines down, and show them sorted."""
        self.carry_forward(lines)
        rows = []
        for line in lines:
            account = self.accounts[line.account]
            before = account.balance
            row = Row(line.account, len(account.rows) + 1, before, line.minor, before + line.minor)
            account.rows.append(row)
            rows.append(row)
        return tuple(sorted(rows))

    def rehearse(self, requests: Sequence[Request], actor: str | None) -> list[Answer]:
        """What would happen."""
        return deepcopy(self).execute(requests, actor)


def may_name(request: Request, line: Line, account: NaiveAccount, actor: str | None) -> bool:
    """A service may name every account; a holder his own, any holder's to pay to, and ours only where money enters."""
    if actor is None:
        return True
    if account.owner == "bank":
        return request.kind in {"deposit", "withdraw"} and line is request.lines[1]
    return account.owner == actor or (request.kind == "transfer" and line is request.lines[1])
