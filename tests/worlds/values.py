"""Words that the tests of the ledger share."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bankcore.idempotency.answers import Rejected
from bankcore.ledger.command import Command
from bankcore.ledger.outcomes import Changed, Held, Opened, Outcome, Posted
from bankcore.money import Currency, Money

NPR: Final = Currency.of("NPR")
USD: Final = Currency.of("USD")


def npr(amount: str) -> Money:
    """That many rupees."""
    return Money.of(amount, "NPR")


def words(outcomes: Iterable[Outcome]) -> list[str]:
    """Each outcome in one word: `posted`, `opened`, the new status, or a refusal's code; `again:` before a replay."""
    return [f"again:{_word(outcome)}" if outcome.replayed else _word(outcome) for outcome in outcomes]


def posted(outcome: Outcome) -> Posted:
    """The outcome, which must be a posted one."""
    assert isinstance(outcome, Posted), outcome
    return outcome


def _word(outcome: Outcome) -> str:
    match outcome:
        case Posted():
            return "posted"
        case Opened():
            return "opened"
        case Changed(status=status):
            return str(status)
        case Held(hold):
            return f"hold {hold.status}"
        case Rejected(reason):
            return reason.code


def linked(commands: Sequence[Command], sizes: Iterable[int], *, is_first_linked: bool = True) -> list[Command]:
    """The commands in runs of these sizes, of which every second one is a chain."""
    left, chained = list(commands), list[Command]()
    for number, size in enumerate(sizes):
        run, left = left[:size], left[size:]
        is_chain = number % 2 == (0 if is_first_linked else 1)
        chained += [replace(command, chain=f"chain {number}") for command in run] if is_chain else run
    return [*chained, *left]
