"""What the routes show that verify the books."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import groupby
from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from bankcore.ledger.queries import TransactionView, TrialBalanceLine
from bankcore.money import format_minor
from bankcore_http.account_shape import AccountKindWord
from bankcore_http.answering import members
from bankcore_http.answering.members import HASH_EXAMPLE, Doc
from bankcore_http.reading.fields import Instant, Omissible
from bankcore_http.reading.shapes import QueryShape

Verdict = Annotated[bool, Doc(example=True)]


class ChainShape(TypedDict):
    """Whether an account's entries, recomputed, lead to the balance and the head that it has."""

    accountId: members.AccountId
    valid: Verdict
    entries: members.Count
    headHash: Annotated[str, Doc(example=HASH_EXAMPLE)]
    tamperedAt: NotRequired[Annotated[members.Ordinal, Doc(description="The sequence of the first bad entry")]]
    problem: NotRequired[Annotated[str, Doc(description="What is wrong there", example="follows entry 3")]]


class VerifiedTransactionShape(TypedDict):
    """Whether a transaction's entries sum to zero in each currency."""

    transactionId: members.TransactionId
    balanced: Verdict
    entries: members.Count


class TrialBalanceQuery(QueryShape):
    """The instant to sum the accounts at."""

    at: Annotated[Omissible[Instant], Doc(description="Any past instant; by default now")] = None


class TrialBalanceLineShape(TypedDict):
    """All accounts of one kind in one currency."""

    currency: members.Currency
    kind: AccountKindWord
    accounts: members.Ordinal
    total: members.Amount


class CurrencyTotalShape(TypedDict):
    """The sum of all accounts of one currency, which is zero unless the books are wrong."""

    currency: members.Currency
    total: Annotated[members.Amount, Doc(example="0.00")]


class TrialBalanceShape(TypedDict):
    """What all accounts hold at one moment."""

    balanced: Verdict
    lines: list[TrialBalanceLineShape]
    totals: list[CurrencyTotalShape]


def present_verified(view: TransactionView) -> VerifiedTransactionShape:
    """Whether the entries of the transaction sum to zero in each currency."""
    sums: dict[str, int] = defaultdict(int)
    for entry in view.transaction.entries:
        sums[entry.currency.code] += entry.amount_minor
    return {
        "transactionId": str(view.transaction.id),
        "balanced": not any(sums.values()),
        "entries": len(view.transaction.entries),
    }


def present_trial_balance(lines: Sequence[TrialBalanceLine]) -> TrialBalanceShape:
    """The lines, the sum of each currency, and whether all of these are zero."""
    ordered = sorted(lines, key=lambda line: (line.currency.code, line.kind))
    sums = [
        (currency, sum(line.total_minor for line in found))
        for currency, found in groupby(ordered, key=lambda line: line.currency)
    ]
    return {
        "balanced": all(total == 0 for _currency, total in sums),
        "lines": [
            {
                "currency": line.currency.code,
                "kind": line.kind.value,
                "accounts": line.accounts,
                "total": format_minor(line.total_minor, line.currency.exponent),
            }
            for line in ordered
        ],
        "totals": [
            {"currency": currency.code, "total": format_minor(total, currency.exponent)} for currency, total in sums
        ],
    }
