"""A bank as somebody would keep it on paper, with all that can be asked of one; it knows no rule of the core."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Final, Self

from tests.property.plain_books import Account, Answer, Ask, Hold, Item, Job, Lines, Movement, Quote, Refused
from tests.property.plain_limits import Cap, Use, uses_of

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
PAYER_STOPS: Final = {"account_frozen", "account_dormant", "account_closed", "insufficient_funds", "limit_exceeded"}


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
    caps: dict[str, tuple[Cap, ...]] = field(default_factory=dict)
    uses: list[Use] = field(default_factory=list)
    hour: float = 0

    def pass_time(self, hours: int) -> None:
        """Let go what was set aside until now, and no longer."""
        self.hour += hours
        for hold in self.holds:
            if hold.status == "open" and hold.until <= self.hour:
                hold.end("expired")

    def turn(self, turn: str) -> None:
        """A new day began, or a new month, if there is a turn at all."""
        for use in self.uses if turn else ():
            use.age(turn)

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
        trial = deepcopy(self) if ask.expects else self
        act: Callable[[Ask], Answer] = getattr(trial, f"_{ask.kind}")
        try:
            for name, version, _least in ask.expects:
                if version not in {None, self.accounts[name].version}:
                    return Answer("precondition_failed")
            answer = act(ask)
        except Refused as refusal:
            return Answer(refusal.code)
        if any(least is not None and trial.free(name) < least for name, _version, least in ask.expects):
            return Answer("precondition_failed")
        self.__dict__.update(trial.__dict__)
        return answer

    def free(self, name: str) -> int:
        """What is on the account and not set aside."""
        return self.accounts[name].balance - self.held(name)

    def caps_of(self, name: str) -> list[Cap]:
        """All that bind the account, which is a customer's; those of all customers are under no name."""
        caps = [*self.caps.get(name, ()), *self.caps.get("", ())]
        return [cap for cap in caps if cap.currency in {None, self.accounts[name].currency}]

    def use(self, name: str, kind: str, minor: int) -> Use | None:
        """Count that so much leaves the account, if it may; where nothing binds it, nothing is counted."""
        for cap in self.caps_of(name):
            needed = 1 if cap.currency is None else minor
            if cap.kind in {None, kind} and uses_of(self.uses, name, cap) + needed > cap.most:
                raise Refused("limit_exceeded", name)
        if not self.caps.get("") and not self.caps.get(name):
            return None
        self.uses.append(Use(name, kind, minor))
        return self.uses[-1]

    def move(
        self,
        lines: Lines,
        currencies: Sequence[str],
        kind: str | None = None,
        *,
        released: int = 0,
        undoes: Movement | None = None,
    ) -> int:
        """Enter the lines if each account takes part and is left with what it must keep; without a kind nothing limits
        them.
        """
        for (name, minor), currency in zip(lines, currencies, strict=True):
            account = self.accounts[name]
            account.require_open_to("debits" if minor < 0 else "credits", name)
            if account.currency != currency:
                raise Refused("currency_mismatch", name)
        nets = {name: sum(minor for each, minor in lines if each == name) for name, _minor in lines}
        for name, net in nets.items():
            floor, free = self.accounts[name].floor, self.free(name) + (released if name == lines[0][0] else 0)
            if net < 0 and floor is not None and free + net < floor:
                raise Refused("insufficient_funds", name)
        for name, net in nets.items():
            if net < 0 and kind is not None and not name.startswith(OURS):
                self.use(name, kind, -net)
        for name, minor in lines:
            self.accounts[name].balance += minor
            self.accounts[name].version += 1
        is_mixed = len(set(currencies)) > 1
        left = sum(minor for _name, minor in lines if minor > 0)
        self.movements.append(Movement(lines, left, is_reversal=undoes is not None, is_mixed=is_mixed))
        return len(self.movements) - 1

    def pay(self, name: str, to: str, minor: int, kind: str | None = "transfer", *, released: int = 0) -> int:
        """Move money of the payer's currency between two accounts."""
        if name == to:
            raise Refused("same_account", name)
        return self.move(((name, -minor), (to, minor)), [self.accounts[name].currency] * 2, kind, released=released)

    def set_aside(self, name: str, minor: int, hours: int) -> int:
        """Keep so much from being spent."""
        account = self.accounts[name]
        account.require_open_to("debits", name)
        if account.floor is not None and self.free(name) - minor < account.floor:
            raise Refused("insufficient_funds", name)
        self.holds.append(Hold(name, minor, self.hour + hours, self.use(name, "hold", minor)))
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


OURS: Final = ("settlement/", "position/")
_ACCEPTED: Final = {"posted", "opened", "active", "frozen", "debits_frozen", "credits_frozen", "dormant", "closed"}


def is_refusal(word: str) -> bool:
    """Whether the word, of a command of the ledger, is the code of a refusal."""
    plain = word.removeprefix("again:")
    return plain not in _ACCEPTED and not plain.startswith("hold ")
