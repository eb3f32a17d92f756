"""All commands at once against a bank on paper: after every step both have answered the same, and hold the same."""

from datetime import timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.property.comparing import Comparing
from tests.property.drawing import (
    ACCOUNTS_MAX,
    CAPS,
    KEYS,
    MOVES,
    PHASES,
    PLACES,
    STANDINGS,
    WAYS,
    Drawn,
    DrawnCap,
    drawn,
)
from tests.property.plain_bank import DECIMALS
from tests.property.plain_books import Ask, Expected
from tests.property.plain_limits import Cap

FIRST: Final = (("NPR", 0), ("NPR", -10), ("NPR", None), ("JPY", 0), ("KWD", 0))


class Everything(Comparing):
    """Asks both banks the same."""

    @initialize(caps=st.just([]) | CAPS, own=st.lists(CAPS, min_size=1, max_size=4))
    def open_first_accounts(self, caps: list[DrawnCap], own: list[list[DrawnCap]]) -> None:
        """Some accounts, most of them in one currency and with money, and limits on all of them or on some."""
        for currency, floor in FIRST:
            self.send(Ask("open", word=currency, minor=floor))
            self.send(Ask("deposit", self.names[-1], minor=40))
        for name, caps_of_account in (("", caps), *zip(self.names, own, strict=False)):
            if caps_of_account:
                self.send(Ask("limit", name, caps=self.caps_of(name, caps_of_account)))

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

    @precondition(lambda self: self.paper.caps)
    @rule(place=PLACES, caps=CAPS, key=KEYS)
    def change_limits(self, place: int, caps: list[DrawnCap], key: str | None) -> None:
        """Whom something bound from the start; what left others was not counted."""
        bound = [*self.paper.caps, *(self.names if "" in self.paper.caps else ())]
        name = bound[place % len(bound)]
        self.send(Ask("limit", name, caps=self.caps_of(name, caps), key=key))

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
        self.tell_time()
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
        self.tell_time()
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
        self.tell_time()

    def name(self, place: int) -> str:
        """One of the accounts."""
        return self.names[place % len(self.names)]

    def caps_of(self, name: str, drawn_caps: list[DrawnCap]) -> tuple[Cap, ...]:
        """Limits in the account's currency, or in the one of most accounts."""
        currency = self.paper.currency(name) if name else FIRST[0][0]
        return tuple(Cap(each.per, each.kind, each.most, currency if each.is_amount else None) for each in drawn_caps)

    def ask_of(self, parts: Drawn) -> Ask:
        """The request that is made of these, with what it expects of an account."""
        ask = self.plain_ask_of(parts)
        if parts.expects == "nothing":
            return ask
        name = self.name(parts.one if parts.number % 3 else parts.other)
        version, least = self.paper.accounts[name].version + (parts.expects == "newer"), parts.hours * 5
        is_of_version, is_of_least = parts.expects != "least", parts.expects in {"least", "both"}
        expected = Expected(name, version if is_of_version else None, least if is_of_least else None)
        return ask._replace(expects=(expected,))

    def plain_ask_of(self, parts: Drawn) -> Ask:
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
