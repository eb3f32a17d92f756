"""All commands at once against a bank on paper: after every step both have answered the same, and hold the same."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import ClassVar, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bankcore.fx.quotes import FxQuoteId
from bankcore.identifiers import HoldId
from bankcore.payouts.jobs import PayoutJobId
from bankcore.testing import read_books, require_sound_books
from tests.property.asking import Asking, Said
from tests.property.drawing import ACCOUNTS_MAX, KEYS, MOVES, PHASES, PLACES, STANDINGS, WAYS, Drawn, drawn
from tests.property.plain_bank import DECIMALS, Answer, Ask
from tests.property.plain_desk import OURS, PlainDesk
from tests.property.whole_bank import WholeBank

FIRST: Final = (("NPR", 0), ("NPR", -10), ("NPR", None), ("JPY", 0), ("KWD", 0))


class Everything(RuleBasedStateMachine):
    """Asks both banks the same."""

    make: Callable[[], WholeBank]
    seen: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.asking = Asking(type(self).make())
        self.paper = PlainDesk(drifts=self.asking.whole.drifts)
        self.names: list[str] = []
        self.asked: list[Ask] = []

    @initialize()
    def open_first_accounts(self) -> None:
        """Some accounts, most of them in one currency and with money."""
        for currency, floor in FIRST:
            self.send(Ask("open", word=currency, minor=floor))
            self.send(Ask("deposit", self.names[-1], minor=40))

    @precondition(lambda self: len(self.names) < ACCOUNTS_MAX)
    @rule(currency=st.sampled_from(["NPR", "NPR", "KWD"]), floor=st.sampled_from([0, 0, -10, None]), key=KEYS)
    def open(self, currency: str, floor: int | None, key: str | None) -> None:
        self.send(Ask("open", word=currency, minor=floor, key=key))

    @rule(parts=drawn(MOVES))
    def move(self, parts: Drawn) -> None:
        self.send(self.ask_of(parts))

    @rule(parts=drawn(("place",)))
    def place_hold(self, parts: Drawn) -> None:
        self.send(self.ask_of(parts))

    @precondition(lambda self: any(hold.status == "open" for hold in self.paper.holds))
    @rule(parts=drawn(PHASES[2:]))
    def change_hold(self, parts: Drawn) -> None:
        self.send(self.ask_of(parts))

    @rule(parts=drawn(("reverse",)))
    def reverse(self, parts: Drawn) -> None:
        self.send(self.ask_of(parts))

    @rule(parts=drawn(STANDINGS))
    def change_status(self, parts: Drawn) -> None:
        self.send(self.ask_of(parts))

    @rule(
        drawn_parts=st.lists(drawn((*MOVES, *PHASES, "reverse", *STANDINGS)), min_size=2, max_size=4),
        way=WAYS,
    )
    def post_batch(self, drawn_parts: list[Drawn], way: str) -> None:
        self.send_batch(drawn_parts, way)

    @rule(
        first=drawn(("capture", "capture", "reverse", "reverse", "void", "extend")),
        more=st.lists(st.tuples(st.integers(1, 25), st.booleans()), min_size=1, max_size=3),
        way=WAYS,
    )
    def post_about_the_same(self, first: Drawn, more: list[tuple[int, bool]], way: str) -> None:
        """Commands of a batch that find what the ones before have left of a hold or a movement."""
        self.send_batch([first, *(first._replace(minor=minor, is_all=is_all) for minor, is_all in more)], way)

    def send_batch(self, drawn_parts: list[Drawn], way: str) -> None:
        """A batch, in one of the ways in which it can be sent."""
        self.paper.tick()
        asks = [self.ask_of(parts) for parts in drawn_parts]
        if way == "chained":
            self.send_chain([ask._replace(key=None) for ask in asks])
            return
        is_atomic, is_rehearsal = way in {"atomic", "all rehearsed"}, way.endswith("rehearsed")
        said = self.asking.post(asks, atomic=is_atomic, dry_run=is_rehearsal)
        paper = self.paper.copied() if is_rehearsal else self.paper
        answers = paper.answer_all_or_none(asks) if is_atomic else paper.answer_all(asks)
        self.require_same(asks, answers, said, is_kept=not is_rehearsal)

    @rule(minor=st.integers(1, 30) | st.integers(1, 2_500), pair=st.permutations(sorted(DECIMALS)), key=KEYS)
    def quote(self, minor: int, pair: list[str], key: str | None) -> None:
        self.send(Ask("quote", pair[0], pair[1], minor, key=key))

    @precondition(lambda self: self.paper.quotes)
    @rule(parts=drawn(("use",)))
    def use_quote(self, parts: Drawn) -> None:
        # Mostly one of the last, because a quote does not last long.
        number = len(self.paper.quotes) - 1 - parts.number % min(len(self.paper.quotes), 2 if parts.is_all else 8)
        quote = self.paper.quotes[number]
        payers = [name for name in self.names if self.paper.currency(name) == quote.given]
        payees = [name for name in self.names if self.paper.currency(name) == quote.got]
        on, to = payers[parts.one % len(payers)], payees[parts.other % len(payees)]
        if parts.minor == 1:
            on, to = to, on
        self.send(Ask("use", on, to, quote.minor + (parts.minor == 2), number, word=quote.given, key=parts.key))

    @rule(payer=PLACES, rows=st.lists(st.tuples(PLACES, st.integers(1, 12)), min_size=1, max_size=5), key=KEYS)
    def start_payout(self, payer: int, rows: list[tuple[int, int]], key: str | None) -> None:
        name = self.name(payer)
        payees = self.payees_of(name)
        lines = tuple((payees[place % len(payees)], minor) for place, minor in rows)
        self.send(Ask("start", name, lines=lines, key=key))

    @precondition(lambda self: self.paper.jobs)
    @rule(number=st.integers(0, 9), word=st.sampled_from(["pause", "resume", "resume", "cancel", "retry"]), key=KEYS)
    def steer_payout(self, number: int, word: str, key: str | None) -> None:
        self.send(Ask("steer", number=number % len(self.paper.jobs), word=word, key=key))

    @precondition(lambda self: self.paper.jobs)
    @rule()
    def pay(self) -> None:
        """Which of the running jobs is next, only the bank knows."""
        chunk = self.asking.whole.pay.pay_next()
        running = [number for number, job in enumerate(self.paper.jobs) if job.status == "running"]
        assert (chunk is None) == (not running)
        if chunk is None:
            return
        (number,) = [number for number in running if self.asking.known["job", number] == chunk.job.id]
        assert chunk.items == self.paper.pay_chunk(number)
        self.seen["chunk paid" if chunk.items else "chunk refused"] += 1
        self.look_at_job(number)

    @precondition(lambda self: self.asked)
    @rule(first=st.integers(0, 30), second=st.integers(0, 30), is_same=st.booleans())
    def ask_again(self, first: int, second: int, is_same: bool) -> None:  # noqa: FBT001 - drawn
        ask, other = (self.asked[-1 - place % len(self.asked)] for place in (first, second))
        self.send(ask if is_same else ask._replace(key=other.key))

    @rule(hours=st.sampled_from([1, 1, 1, 2, 3, 24, 24 * 91]))
    def let_time_pass(self, hours: int) -> None:
        self.asking.whole.wait(timedelta(hours=hours))
        self.paper.pass_time(hours)

    @invariant()
    def both_hold_the_same(self) -> None:
        self.seen["steps"] += 1
        for name in self.names:
            account = self.paper.accounts[name]
            seen = self.asking.whole.holds.list_open(self.asking.accounts[name])
            lefts = sorted(hold.left for hold in self.paper.holds if hold.account == name and hold.status == "open")
            assert sorted(hold.remaining_minor for hold in seen.holds) == lefts, name
            stands = (seen.account.balance_minor, seen.account.held_minor, str(seen.account.status))
            assert stands == (account.balance, sum(lefts), account.status), name
        totals = Counter[tuple[str, str]]()
        for name, account in self.paper.accounts.items():
            kind = name.split("/")[0] if name.startswith(OURS) else "customer"
            totals[{"position": "fx_position"}.get(kind, kind), account.currency] += account.balance
        lines = self.asking.whole.bank.queries.trial_balance()
        # Our own accounts are opened a little early, so one that is missing counts as empty.
        assert Counter({(str(line.kind), line.currency.code): line.total_minor for line in lines}) == totals

    def teardown(self) -> None:
        """What is too much to look at after every step."""
        require_sound_books(read_books(self.asking.whole.bank.queries, ["anybody"]))
        for kind, number in list(self.asking.known):
            if kind == "hold":
                self.look_at_hold(number)
            elif kind == "quote":
                self.look_at_quote(number)
            elif kind == "job":
                self.look_at_job(number)

    def name(self, place: int) -> str:
        """One of the accounts."""
        return self.names[place % len(self.names)]

    def ask_of(self, parts: Drawn) -> Ask:
        """The request that is made of these, and of no others: two that ask the same must be equal on paper."""
        on, to = self.name(parts.one), self.name(parts.other)
        match parts.kind:
            case "capture" | "void" | "extend":
                return self.about_hold(parts)
            case "reverse":
                return self.about_movement(parts)
            case "post":
                third, currency = self.name(parts.number), self.paper.currency(on)
                lines = ((on, -parts.minor), (to, parts.hours), (third, parts.minor - parts.hours))
                ask = Ask("post", word=currency, lines=tuple(line for line in lines if line[1]))
            case "freeze" | "unfreeze":
                ask = Ask(parts.kind, on, word=parts.direction)
            case "sleep" | "wake" | "close":
                ask = Ask(parts.kind, on)
            case "place":
                ask = Ask("place", on, minor=parts.minor, hours=parts.hours)
            case _:
                ask = Ask(parts.kind, on, to if parts.kind == "transfer" else "", parts.minor)
        return ask._replace(key=parts.key)

    def payees_of(self, name: str) -> list[str]:
        """Others of the account's currency, most of the time."""
        alike = [each for each in self.names if each != name and self.paper.currency(each) == self.paper.currency(name)]
        return [*alike, *alike, *alike, self.names[-1]]

    def about_hold(self, parts: Drawn) -> Ask:
        """A capture, void or extension of one of the last holds that somebody placed."""
        placed = [number for kind, number in self.asking.known if kind == "hold"]
        if not placed:
            return Ask("deposit", self.name(parts.other), minor=parts.minor, key=parts.key)
        still_open = [number for number in placed if self.paper.holds[number].status == "open"]
        placed = still_open if still_open and parts.number % 4 else placed
        number = placed[-1 - parts.number % min(len(placed), 6)]
        minor = None if parts.is_all else parts.minor
        if parts.kind != "capture":
            return Ask(parts.kind, number=number, hours=parts.hours if parts.kind == "extend" else 0, key=parts.key)
        payer = self.paper.holds[number].account
        word, to = self.paper.currency(payer), self.payees_of(payer)[parts.other % len(self.payees_of(payer))]
        return Ask("capture", "", to, minor, number, word=word, is_final=parts.is_final, key=parts.key)

    def about_movement(self, parts: Drawn) -> Ask:
        """A reversal of one of the last movements, whole or in part."""
        moved = [number for kind, number in self.asking.known if kind == "movement"]
        number = moved[-1 - parts.number % min(len(moved), 12)]
        movement = self.paper.movements[number]
        minor = None if parts.is_all else movement.left if parts.minor == 1 and movement.left else parts.minor
        return Ask("reverse", minor=minor, number=number, word=self.paper.currency(movement.lines[0][0]), key=parts.key)

    def send(self, ask: Ask) -> None:
        """One request, to both banks."""
        self.paper.tick()
        said = self.asking.send(ask)
        self.require_same([ask], [self.paper.answer(ask)], [said], is_kept=True)

    def send_chain(self, asks: list[Ask]) -> None:
        """All but the last as a chain, which is an atomic batch among others."""
        *chained, last = asks
        said = self.asking.post(asks, chained=len(chained))
        answers = [
            Answer("chain_rejected") if answer.word == "batch_rejected" else answer
            for answer in self.paper.answer_all_or_none(chained)
        ]
        self.require_same(asks, [*answers, self.paper.answer(last)], said, is_kept=True)

    def require_same(
        self, asks: Sequence[Ask], answers: Sequence[Answer], said: Sequence[Said], *, is_kept: bool
    ) -> None:
        """Both said the same, and made the same if it stays."""
        assert [word for word, _made in said] == [answer.word for answer in answers], (asks, said, answers)
        for ask, answer, each in zip(asks, answers, said, strict=True):
            self.seen[f"{ask.kind}: {answer.word}"] += 1
            self.seen[answer.word] += 1
            if is_kept:
                self.asking.note(ask, answer, each)
                self.asked.append(ask)
                if ask.kind in {"capture", "void", "extend"}:
                    self.look_at_hold(ask.number)
                if ask.kind == "use":
                    self.look_at_quote(ask.number)
        self.names = list(self.asking.accounts)

    def look_at_hold(self, number: int) -> None:
        """The hold is as it is on paper."""
        hold, stored = self.paper.holds[number], self.asking.whole.holds.get(HoldId(self.asking.known["hold", number]))
        assert (str(stored.status), stored.remaining_minor) == (hold.status, hold.left)

    def look_at_quote(self, number: int) -> None:
        """The quote is as it is on paper."""
        quote = self.paper.quotes[number]
        stored, now = self.asking.whole.fx.queries.get_quote(FxQuoteId(self.asking.known["quote", number]))
        is_over = quote.status == "active" and quote.until <= self.paper.hour
        assert str(stored.status_at(now)) == ("expired" if is_over else quote.status)
        assert (stored.from_amount.minor, stored.to_amount.minor) == (quote.minor, quote.got_minor)

    def look_at_job(self, number: int) -> None:
        """The job and each of its items are as they are on paper."""
        job, job_id = self.paper.jobs[number], PayoutJobId(self.asking.known["job", number])
        stored = self.asking.whole.payouts.queries.get_job(job_id)
        assert (str(stored.status), stored.paid.minor, stored.failed.minor) == (
            job.status,
            job.sum("paid"),
            job.sum("failed"),
        )
        items = self.asking.whole.payouts.queries.list_items(job_id, limit=100)
        assert [(str(item.status), item.amount.minor) for item in items] == [
            (item.status, item.minor) for item in job.items
        ]
        for item, on_paper in zip(items, job.items, strict=True):
            if on_paper.movement is not None:
                assert item.transaction_id is not None
                assert self.asking.known.setdefault(("movement", on_paper.movement), item.transaction_id) == (
                    item.transaction_id
                )
