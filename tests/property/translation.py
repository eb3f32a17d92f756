"""Between the words of the naive bank and those of the core, in both directions."""

from collections.abc import Mapping
from dataclasses import fields

from bankcore.errors import BankcoreError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.command import MoneyCommand
from bankcore.ledger.commands import Deposit, PostTransaction, Transfer, Withdraw
from bankcore.ledger.outcomes import Outcome, Posted
from bankcore.ledger.transactions import Posting, Source
from bankcore.money import Currency, Money
from tests.property.naive_bank import Answer, Line, Request, Row

Names = Mapping[AccountId, str]


def command_of(request: Request, ids: Mapping[str, AccountId]) -> MoneyCommand:
    """The request as a command of the core."""
    first, second = request.lines[:2]
    source = None if request.source is None else Source("test", request.source)
    key = request.key
    match request.kind:
        case "deposit":
            return Deposit(ids[first.account], money_of(first), idempotency_key=key, source=source)
        case "withdraw":
            return Withdraw(ids[first.account], -money_of(first), idempotency_key=key, source=source)
        case "transfer":
            return Transfer(
                ids[first.account], ids[second.account], money_of(second), idempotency_key=key, source=source
            )
        case _:
            lines = tuple(Posting(ids[line.account], money_of(line)) for line in request.lines)
            return PostTransaction(lines, idempotency_key=key, source=source)


def money_of(line: Line) -> Money:
    """What the line moves."""
    return Money(line.minor, Currency.of(line.currency))


def answer_of(outcome: Outcome, names: Names) -> Answer:
    """The outcome as the naive bank would say it."""
    match outcome:
        case Posted(transaction, replayed):
            rows = [
                Row(
                    names[entry.account_id],
                    entry.sequence,
                    entry.balance_before_minor,
                    entry.amount_minor,
                    entry.balance_after_minor,
                )
                for entry in transaction.entries
            ]
            return Answer("posted", tuple(sorted(rows)), replayed)
        case Rejected(reason, replayed):
            return Answer(reason.code, facts_of(reason, names), replayed)
        case _:
            raise AssertionError(outcome)


def facts_of(reason: BankcoreError, names: Names) -> tuple[object, ...]:
    """The facts of a refusal, with accounts by name and amounts in minor units."""
    named = {str(account_id): name for account_id, name in names.items()}
    facts = []
    for field in fields(reason):
        fact = getattr(reason, field.name)
        if isinstance(fact, Money):
            facts.append(fact.minor)
        elif field.name not in {"resource", "source_type"}:
            facts.append(named.get(str(fact), fact))
    return tuple(facts)
