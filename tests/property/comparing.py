"""Asks a bank and the one on paper the same, and requires that they say, and hold, the same."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import ClassVar

from hypothesis.stateful import RuleBasedStateMachine, invariant

from bankcore.fx.quotes import FxQuoteId
from bankcore.identifiers import HoldId
from bankcore.payouts.jobs import PayoutJobId
from bankcore.testing import read_books, require_sound_books
from tests.property.asking import Asking, Said
from tests.property.plain_bank import OURS
from tests.property.plain_books import Answer, Ask, Lines
from tests.property.plain_desk import PlainDesk
from tests.property.plain_limits import uses_of
from tests.property.whole_bank import WholeBank


class Comparing(RuleBasedStateMachine):
    """Both banks, without anybody who asks them."""

    make: Callable[[], WholeBank]
    seen: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.asking = Asking(type(self).make())
        self.paper = PlainDesk(drifts=self.asking.whole.drifts)
        self.names: list[str] = []
        self.asked: list[Ask] = []

    @invariant()
    def both_hold_the_same(self) -> None:
        self.seen["steps"] += 1
        for name in self.names:
            account = self.paper.accounts[name]
            seen = self.asking.whole.holds.list_open(self.asking.accounts[name])
            lefts = sorted(hold.left for hold in self.paper.holds if hold.account == name and hold.status == "open")
            assert sorted(hold.remaining_minor for hold in seen.holds) == lefts, name
            stands = (seen.account.balance_minor, seen.account.version, seen.account.held_minor)
            assert stands == (account.balance, account.version, sum(lefts)), name
            assert str(seen.account.status) == account.status, name
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

    def tell_time(self) -> None:
        """The one on paper does not know by itself what time it is."""
        self.paper.tick()
        self.paper.turn(self.asking.whole.turned())

    def send(self, ask: Ask) -> None:
        """One request, to both banks."""
        self.tell_time()
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
                if answer.word == "posted":
                    assert isinstance(answer.made, int)
                    self.look_at_limits(self.paper.movements[answer.made].lines)
                if ask.kind == "use":
                    self.look_at_quote(ask.number)
        self.names = list(self.asking.accounts)

    def look_at_limits(self, lines: Lines) -> None:
        """So much is used as on paper of each limit of the accounts that these were entered on just now."""
        for name in {
            name for name, minor in lines if minor < 0 and self.paper.caps_of(name)
        } & self.asking.accounts.keys():
            shown = self.asking.whole.standings(self.asking.accounts[name])
            used = [uses_of(self.paper.uses, name, cap) for cap in self.paper.caps_of(name)]
            assert [each.used for each in shown] == used, name
            self.seen["limits shown"] += 1

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
