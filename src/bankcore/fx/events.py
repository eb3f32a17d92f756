"""What happened to quotes, in the past tense."""

from dataclasses import dataclass

from bankcore.events.stamps import Stamp
from bankcore.fx.quotes import FxQuote


@dataclass(frozen=True, slots=True)
class FxQuoteGiven:
    """Somebody asked for a rate, and it is held for a while."""

    stamp: Stamp
    quote: FxQuote


@dataclass(frozen=True, slots=True)
class FxQuoteUsed:
    """A transfer was made at the quote's rate."""

    stamp: Stamp
    quote: FxQuote
