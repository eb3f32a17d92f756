"""What the bank on paper does with each kind of request."""

from fractions import Fraction

from tests.property.plain_bank import DECIMALS, JOB_HOURS, OURS, QUOTE_HOURS, RATES, PlainBank
from tests.property.plain_books import BOTH, Account, Answer, Ask, Item, Job, Quote, Refused


class PlainDesk(PlainBank):
    """One method for each kind of request, named after it."""

    def _open(self, ask: Ask) -> Answer:
        name = f"account {sum(not name.startswith(OURS) for name in self.accounts)}"
        self.accounts[name] = Account(ask.word, ask.minor)
        self.ours("settlement", ask.word)
        return Answer("opened", name)

    def ours(self, kind: str, currency: str) -> str:
        """Our own account of that kind and currency, which is there from now on."""
        name = f"{kind}/{currency}"
        self.accounts.setdefault(name, Account(currency, None))
        return name

    def currency(self, name: str) -> str:
        """That of the account."""
        return self.accounts[name].currency

    def _deposit(self, ask: Ask) -> Answer:
        assert ask.minor is not None
        currency = self.currency(ask.on)
        lines = ((ask.on, ask.minor), (f"settlement/{currency}", -ask.minor))
        return Answer("posted", self.move(lines, [currency] * 2, "deposit"))

    def _withdraw(self, ask: Ask) -> Answer:
        assert ask.minor is not None
        currency = self.currency(ask.on)
        lines = ((ask.on, -ask.minor), (f"settlement/{currency}", ask.minor))
        return Answer("posted", self.move(lines, [currency] * 2, "withdrawal"))

    def _transfer(self, ask: Ask) -> Answer:
        assert ask.minor is not None
        return Answer("posted", self.pay(ask.on, ask.to, ask.minor))

    def _post(self, ask: Ask) -> Answer:
        return Answer("posted", self.move(ask.lines, [ask.word] * len(ask.lines), "general"))

    def tick(self) -> None:
        """Let a moment pass before what is asked together next, where time never stands still."""
        self.hour += _MOMENT if self.drifts else 0

    def _place(self, ask: Ask) -> Answer:
        assert ask.minor is not None
        return Answer("hold open", self.set_aside(ask.on, ask.minor, ask.hours))

    def _capture(self, ask: Ask) -> Answer:
        hold = self.open_hold(ask.number)
        taken = hold.left if ask.minor is None else ask.minor
        if taken > hold.left:
            raise Refused("capture_exceeds_hold")
        movement = self.pay(hold.account, ask.to, taken, None, released=taken)
        hold.left -= taken
        if ask.is_final or not hold.left:
            hold.end("captured")
        return Answer("posted", movement)

    def _void(self, ask: Ask) -> Answer:
        self.open_hold(ask.number).end("voided")
        return Answer("hold voided", ask.number)

    def _extend(self, ask: Ask) -> Answer:
        hold, until = self.open_hold(ask.number), self.hour + ask.hours
        if until <= hold.until:
            raise Refused("expiry_out_of_range")
        hold.until = until
        return Answer("hold open", ask.number)

    def _reverse(self, ask: Ask) -> Answer:
        moved = self.movements[ask.number]
        whole = sum(minor for _name, minor in moved.lines if minor > 0)
        if moved.is_reversal:
            raise Refused("invalid_state")
        if not moved.left:
            raise Refused("already_reversed")
        if ask.minor is not None:
            if moved.is_mixed or (len(moved.lines) > 2 and ask.minor != whole):
                raise Refused("validation_failed")
            if ask.minor > moved.left:
                raise Refused("reversal_exceeds_transaction")
        undone = moved.left if ask.minor is None else ask.minor
        debtors_first = sorted(moved.lines, key=lambda line: line[1] < 0)
        lines = tuple((name, -minor * undone // whole) for name, minor in debtors_first)
        number = self.move(lines, [self.currency(name) for name, _minor in lines], undoes=moved)
        moved.left -= undone
        return Answer("posted", number)

    def live_account(self, name: str) -> Account:
        """The account, which must not be closed."""
        if self.accounts[name].closed:
            raise Refused("account_closed", name)
        return self.accounts[name]

    def _freeze(self, ask: Ask) -> Answer:
        account = self.live_account(ask.on)
        added = BOTH if ask.word == "both" or account.asleep else {ask.word}
        if added <= account.frozen:
            raise Refused("invalid_state")
        account.frozen, account.asleep = account.frozen | added, False
        return Answer(account.status)

    def _unfreeze(self, ask: Ask) -> Answer:
        account = self.live_account(ask.on)
        removed = BOTH if ask.word == "both" else {ask.word}
        if not removed & account.frozen:
            raise Refused("invalid_state")
        account.frozen -= removed
        return Answer(account.status)

    def _sleep(self, ask: Ask) -> Answer:
        account = self.live_account(ask.on)
        if account.frozen or account.asleep:
            raise Refused("invalid_state")
        account.asleep = True
        return Answer("dormant")

    def _wake(self, ask: Ask) -> Answer:
        account = self.live_account(ask.on)
        if not account.asleep:
            raise Refused("invalid_state")
        account.asleep = False
        return Answer("active")

    def _close(self, ask: Ask) -> Answer:
        account = self.live_account(ask.on)
        if account.frozen:
            raise Refused("invalid_state")
        if account.balance or self.held(ask.on):
            raise Refused("account_not_empty")
        account.closed = True
        return Answer("closed")

    def _quote(self, ask: Ask) -> Answer:
        assert ask.minor is not None
        given, got = ask.on, ask.to
        self.ours("position", given)
        self.ours("position", got)
        shift = Fraction(10) ** (DECIMALS[got] - DECIMALS[given])
        got_minor = int(ask.minor * Fraction(RATES[f"{given}/{got}"]) * shift)
        if not got_minor:
            raise Refused("validation_failed")
        self.quotes.append(Quote(given, ask.minor, got, got_minor, self.hour + QUOTE_HOURS))
        return Answer("quoted", len(self.quotes) - 1)

    def _use(self, ask: Ask) -> Answer:
        quote = self.quotes[ask.number]
        if quote.status == "used":
            raise Refused("quote_used")
        if quote.until <= self.hour:
            raise Refused("quote_expired")
        if ask.minor != quote.minor:
            raise Refused("validation_failed")
        lines = (
            (ask.on, -quote.minor),
            (f"position/{quote.given}", quote.minor),
            (f"position/{quote.got}", -quote.got_minor),
            (ask.to, quote.got_minor),
        )
        number = self.move(lines, [quote.given] * 2 + [quote.got] * 2, "fx_transfer")
        quote.status = "used"
        return Answer("posted", number)

    def _limit(self, ask: Ask) -> Answer:
        self.caps[ask.on] = ask.caps
        return Answer("limited")

    def _start(self, ask: Ask) -> Answer:
        for payee, _minor in ask.lines:
            account = self.accounts[payee]
            if payee == ask.on or account.closed or account.currency != self.currency(ask.on):
                raise Refused("invalid_rows")
        hold = self.set_aside(ask.on, sum(minor for _payee, minor in ask.lines), JOB_HOURS)
        self.jobs.append(Job(ask.on, [Item(payee, minor) for payee, minor in ask.lines], hold))
        return Answer("running", len(self.jobs) - 1)

    def _steer(self, ask: Ask) -> Answer:
        job = self.jobs[ask.number]
        if job.status not in MAY_BE[ask.word] or (ask.word == "retry" and not job.sum("failed")):
            raise Refused("invalid_state")
        if ask.word == "retry":
            job.hold = self.set_aside(job.payer, job.sum("failed"), JOB_HOURS)
            for item in job.items:
                item.status = "unpaid" if item.status == "failed" else item.status
        if ask.word == "cancel" and job.hold is not None and self.holds[job.hold].status == "open":
            self.holds[job.hold].end("voided")
        job.status = BECOMES[ask.word]
        return Answer(job.status, ask.number)


_MOMENT = 1e-6
MAY_BE = {"pause": ["running"], "resume": ["paused"], "cancel": ["running", "paused"], "retry": ["completed"]}
BECOMES = {"pause": "paused", "resume": "running", "cancel": "cancelled", "retry": "running"}
