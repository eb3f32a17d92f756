"""Asks a real bank what was asked of the one on paper, and says its answers in the same words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID

from bankcore.errors import BankcoreError
from bankcore.fx.give_quote import RequestQuote
from bankcore.holds.commands import CaptureHold, ExtendHold, PlaceHold, VoidHold
from bankcore.identifiers import AccountId, HoldId, TransactionId
from bankcore.ledger.accounts import FreezeDirection
from bankcore.ledger.command import Command
from bankcore.ledger.commands import (
    CloseAccount,
    Deposit,
    FreezeAccount,
    MakeDormant,
    OpenAccount,
    PostTransaction,
    Transfer,
    UnfreezeAccount,
    WakeAccount,
    Withdraw,
)
from bankcore.ledger.expectations import Expect
from bankcore.ledger.limits import Limit, LimitWindow
from bankcore.ledger.outcomes import Held, Opened, Outcome, Posted
from bankcore.ledger.reversals import ReverseTransaction
from bankcore.ledger.transactions import Posting
from bankcore.limits.set_limits import ChangeLimits
from bankcore.money import Currency, Money
from bankcore.origin import LIBRARY
from bankcore.payouts.jobs import PayoutJobId
from bankcore.payouts.rows import PayoutRow
from bankcore.payouts.start import StartPayout
from bankcore.payouts.steer import Steering, SteerPayout
from tests.property.plain_books import Answer, Ask, Expected
from tests.property.plain_limits import Cap
from tests.property.whole_bank import WholeBank
from tests.worlds.values import words

Said = tuple[str, UUID | None]
OUTSIDE_THE_LEDGER = ("quote", "use", "start", "steer", "limit")


@dataclass
class Asking:
    """One bank, and by which ids it knows what has a name or a number on paper."""

    whole: WholeBank
    currencies: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, AccountId] = field(default_factory=dict)
    known: dict[tuple[str, int], UUID] = field(default_factory=dict)

    def money(self, account: str, minor: int) -> Money:
        """So much of the account's currency."""
        return Money(minor, Currency.of(self.currencies[account]))

    def post(self, asks: Sequence[Ask], *, atomic: bool = False, dry_run: bool = False, chained: int = 0) -> list[Said]:
        """Send commands of the ledger in one batch, of which the first so many are a chain."""
        commands = [self.command(ask) for ask in asks]
        commands = [*(replace(command, chain="chain") for command in commands[:chained]), *commands[chained:]]
        outcomes = self.whole.bank.ledger.execute(commands, atomic=atomic, dry_run=dry_run)
        return list(zip(words(outcomes), map(_made_by, outcomes), strict=True))

    def send(self, ask: Ask) -> Said:
        """Send one request of any kind."""
        if ask.kind not in OUTSIDE_THE_LEDGER:
            (said,) = self.post([ask])
            return said
        try:
            word, made, is_replay = self._send_elsewhere(ask)
        except BankcoreError as refusal:
            word, made, is_replay = refusal.code, None, refusal.replayed
        return (f"again:{word}" if is_replay else word), made

    def _send_elsewhere(self, ask: Ask) -> tuple[str, UUID | None, bool]:
        if ask.kind == "limit":
            command = ChangeLimits(
                self.accounts[ask.on] if ask.on else None, [*map(_limit_of, ask.caps)], idempotency_key=ask.key
            )
            return "limited", None, self.whole.set_limits(command, origin=LIBRARY).replayed
        if ask.kind == "quote":
            assert ask.minor is not None
            request = RequestQuote(Money(ask.minor, Currency.of(ask.on)), Currency.of(ask.to), ask.key)
            given = self.whole.fx.give_quote(request)
            return "quoted", given.value.id, given.replayed
        if ask.kind == "use":
            assert ask.minor is not None
            amount = Money(ask.minor, Currency.of(ask.word))
            transfer = Transfer(self.accounts[ask.on], self.accounts[ask.to], amount, idempotency_key=ask.key)
            used = self.whole.fx.use_quote(transfer, self.known["quote", ask.number])
            return "posted", used.value.id, used.replayed
        if ask.kind == "start":
            rows = [
                PayoutRow(line, str(self.accounts[payee]), self.money(ask.on, minor).to_decimal_string())
                for line, (payee, minor) in enumerate(ask.lines, 1)
            ]
            job = self.whole.payouts.start(StartPayout(self.accounts[ask.on], rows, idempotency_key=ask.key))
        else:
            job_id = PayoutJobId(self.known["job", ask.number])
            job = self.whole.payouts.steer(SteerPayout(job_id, Steering(ask.word), idempotency_key=ask.key))
        return str(job.value.status), job.value.id, job.replayed

    def note(self, ask: Ask, answer: Answer, said: Said) -> None:
        """Remember the id of what was made; whoever asks again is told of the same one."""
        made, identifier = answer.made, said[1]
        if made is None or identifier is None:
            return
        if isinstance(made, str):
            self.currencies[made] = ask.word
            assert self.accounts.setdefault(made, AccountId(identifier)) == identifier
        else:
            assert self.known.setdefault((_KINDS.get(ask.kind, "movement"), made), identifier) == identifier

    def command(self, ask: Ask) -> Command:
        """The request as a command of the ledger."""
        command = _COMMANDS[ask.kind](self, ask)
        return replace(command, expects=[*map(self.expectation, ask.expects)]) if ask.expects else command

    def expectation(self, expected: Expected) -> Expect:
        """The same in the words of the ledger."""
        least = None if expected.least is None else self.money(expected.on, expected.least)
        return Expect(self.accounts[expected.on], version=expected.version, available_min=least)

    def movement(self, ask: Ask) -> TransactionId:
        """The transaction with that number."""
        return TransactionId(self.known["movement", ask.number])

    def hold(self, ask: Ask) -> HoldId:
        """The hold with that number."""
        return HoldId(self.known["hold", ask.number])


def _limit_of(cap: Cap) -> Limit:
    window = LimitWindow.TRANSACTION if cap.per == "once" else LimitWindow(cap.per)
    if cap.currency is None:
        return Limit(per=window, count=cap.most, kind=cap.kind)
    return Limit(per=window, amount=Money(cap.most, Currency.of(cap.currency)), kind=cap.kind)


def _minor(ask: Ask) -> int:
    assert ask.minor is not None
    return ask.minor


def _opened(_asking: Asking, ask: Ask) -> Command:
    return OpenAccount("anybody", Currency.of(ask.word), floor_minor=ask.minor, idempotency_key=ask.key)


def _deposit(asking: Asking, ask: Ask) -> Command:
    return Deposit(asking.accounts[ask.on], asking.money(ask.on, _minor(ask)), idempotency_key=ask.key)


def _withdraw(asking: Asking, ask: Ask) -> Command:
    return Withdraw(asking.accounts[ask.on], asking.money(ask.on, _minor(ask)), idempotency_key=ask.key)


def _transfer(asking: Asking, ask: Ask) -> Command:
    amount = asking.money(ask.on, _minor(ask))
    return Transfer(asking.accounts[ask.on], asking.accounts[ask.to], amount, idempotency_key=ask.key)


def _post(asking: Asking, ask: Ask) -> Command:
    currency = Currency.of(ask.word)
    lines = tuple(Posting(asking.accounts[name], Money(minor, currency)) for name, minor in ask.lines)
    return PostTransaction(lines, idempotency_key=ask.key)


def _place(asking: Asking, ask: Ask) -> Command:
    lifetime = timedelta(hours=ask.hours)
    amount = asking.money(ask.on, _minor(ask))
    return PlaceHold(asking.accounts[ask.on], amount, lifetime=lifetime, idempotency_key=ask.key)


def _capture(asking: Asking, ask: Ask) -> Command:
    amount = None if ask.minor is None else Money(ask.minor, Currency.of(ask.word))
    return CaptureHold(
        asking.hold(ask), asking.accounts[ask.to], amount, is_final=ask.is_final, idempotency_key=ask.key
    )


def _void(asking: Asking, ask: Ask) -> Command:
    return VoidHold(asking.hold(ask), idempotency_key=ask.key)


def _extend(asking: Asking, ask: Ask) -> Command:
    return ExtendHold(asking.hold(ask), lifetime=timedelta(hours=ask.hours), idempotency_key=ask.key)


def _reverse(asking: Asking, ask: Ask) -> Command:
    amount = None if ask.minor is None else Money(ask.minor, Currency.of(ask.word))
    return ReverseTransaction(asking.movement(ask), amount, reason="a mistake", idempotency_key=ask.key)


def _freeze(asking: Asking, ask: Ask) -> Command:
    directions = FreezeDirection(ask.word)
    return FreezeAccount(asking.accounts[ask.on], directions=directions, idempotency_key=ask.key)


def _unfreeze(asking: Asking, ask: Ask) -> Command:
    directions = FreezeDirection(ask.word)
    return UnfreezeAccount(asking.accounts[ask.on], directions=directions, idempotency_key=ask.key)


def _sleep(asking: Asking, ask: Ask) -> Command:
    return MakeDormant(asking.accounts[ask.on], idempotency_key=ask.key)


def _wake(asking: Asking, ask: Ask) -> Command:
    return WakeAccount(asking.accounts[ask.on], idempotency_key=ask.key)


def _close(asking: Asking, ask: Ask) -> Command:
    return CloseAccount(asking.accounts[ask.on], idempotency_key=ask.key)


_COMMANDS: dict[str, Callable[[Asking, Ask], Command]] = {
    "open": _opened,
    "deposit": _deposit,
    "withdraw": _withdraw,
    "transfer": _transfer,
    "post": _post,
    "place": _place,
    "capture": _capture,
    "void": _void,
    "extend": _extend,
    "reverse": _reverse,
    "freeze": _freeze,
    "unfreeze": _unfreeze,
    "sleep": _sleep,
    "wake": _wake,
    "close": _close,
}
_KINDS = {"place": "hold", "void": "hold", "extend": "hold", "quote": "quote", "start": "job", "steer": "job"}


def _made_by(outcome: Outcome) -> UUID | None:
    match outcome:
        case Posted(transaction):
            return transaction.id
        case Opened(account):
            return account.id
        case Held(hold):
            return hold.id
        case _:
            return None
