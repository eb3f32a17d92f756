"""Whatever is quoted and moved, the books square in each currency, and no quote moves money twice."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, invariant, multiple, rule

from bankcore.errors import BankcoreError
from bankcore.fx.give_quote import RequestQuote
from bankcore.fx.quotes import FxQuote, FxQuoteId
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.commands import Transfer
from bankcore.ledger.quoted_transfers import QuoteExpiredError, QuoteUsedError, applied_quote
from bankcore.ledger.rejections import InsufficientFundsError
from bankcore.money import CURRENCIES, Currency, Money
from bankcore.testing import in_memory_bank, require_sound_books
from bankcore.testing.fx import in_memory_fx

CODES: Final = ("JPY", "NPR", "KWD")
RATES: Final = {
    "JPY/NPR": "0.8817",
    "NPR/JPY": "1.1341",
    "JPY/KWD": "0.00203",
    "KWD/JPY": "492.61",
    "NPR/KWD": "0.0023",
    "KWD/NPR": "434.78",
}
currencies = st.sampled_from([CURRENCIES[code] for code in CODES])


class FxMachine(RuleBasedStateMachine):
    """One holder with three currencies, and a plain model of what was exchanged."""

    quotes: Bundle[FxQuote] = Bundle("quotes")

    def __init__(self) -> None:
        super().__init__()
        self.bank = in_memory_bank()
        self.fx = in_memory_fx(self.bank)
        self.accounts = {code: self.bank.accounts.open(currency=code, owner_id="alice") for code in CODES}
        for pair, rate in RATES.items():
            self.fx.rates.set_rate(pair, rate)
        for code, account in self.accounts.items():
            self.bank.ledger.deposit(account.id, Money(150_000, CURRENCIES[code]))
        self.used: Counter[FxQuoteId] = Counter()
        self.positions = dict.fromkeys(CODES, 0)
        self.steps = 0

    @rule(target=quotes, minor=st.integers(1, 200_000), given=currencies, got=currencies)
    def ask(self, minor: int, given: Currency, got: Currency) -> FxQuote | MultipleResults[FxQuote]:
        """A quote, if it comes to anything."""
        with suppress(BankcoreError):
            return self.fx.services.give_quote(RequestQuote(Money(minor, given), got)).value
        return multiple()

    @rule(quote=quotes, is_repeated=st.booleans())
    def use(self, quote: FxQuote, is_repeated: bool) -> None:  # noqa: FBT001 - Hypothesis chooses it
        """A transfer at a quote, with the quote's own key or with a new one."""
        self.steps += 1
        given, got = quote.pair.given.code, quote.pair.got.code
        key = f"quote-{quote.id}" if is_repeated else f"step-{self.steps}"
        transfer = Transfer(self.accounts[given].id, self.accounts[got].id, quote.from_amount, idempotency_key=key)
        try:
            answer = self.fx.services.use_quote(transfer, quote.id)
        except QuoteUsedError:
            assert self.used[quote.id] == 1
        except QuoteExpiredError:
            assert quote.expires_at <= self.bank.clock.now()
        except InsufficientFundsError:
            assert quote.from_amount.minor > 0
        else:
            if not answer.replayed:
                self.used[quote.id] += 1
                self.positions[given] += quote.from_amount.minor
                self.positions[got] -= quote.to_amount.minor

    @rule(seconds=st.integers(1, 45))
    def wait(self, seconds: int) -> None:
        """Time goes by."""
        self.bank.clock.advance(timedelta(seconds=seconds))

    @invariant()
    def books_square(self) -> None:
        """Each currency sums to zero, and our positions are what the model says."""
        require_sound_books(self.bank.snapshot())
        lines = [line for line in self.bank.queries.trial_balance() if line.kind is AccountKind.FX_POSITION]
        held = dict.fromkeys(CODES, 0) | {line.currency.code: line.total_minor for line in lines}
        assert held == self.positions

    @invariant()
    def no_quote_is_used_twice(self) -> None:
        """One transaction for each used quote."""
        applied = [found.quote_id for one in self.bank.books.transactions.values() if (found := applied_quote(one))]
        assert Counter(applied) == {str(quote_id): 1 for quote_id, times in self.used.items() if times}


TestFx = FxMachine.TestCase
