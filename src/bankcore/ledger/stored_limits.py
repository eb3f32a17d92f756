"""Policies of limits as JSON has them, in rows, records and answers."""

from collections.abc import Sequence

from bankcore.ledger.limits import Limit, LimitPolicy, LimitWindow
from bankcore.money import Currency, Money

JsonLimit = dict[str, str | int | None]


def policy_document(policy: LimitPolicy) -> list[JsonLimit]:
    """The policy as it is stored and recorded, with the names of each limit in their order."""
    return [
        {
            "amount": None if limit.amount is None else limit.amount.to_decimal_string(),
            "count": limit.count,
            "currency": None if limit.amount is None else limit.amount.currency.code,
            "kind": limit.kind,
            "per": limit.per.value,
        }
        for limit in policy
    ]


def policy_of(document: Sequence[JsonLimit]) -> LimitPolicy:
    """The policy in what was stored."""
    return tuple(map(_limit_of, document))


def _limit_of(stored: JsonLimit) -> Limit:
    amount, count, kind = stored["amount"], stored["count"], stored["kind"]
    return Limit(
        per=LimitWindow(str(stored["per"])),
        amount=None if amount is None else Money.of(str(amount), Currency.of(str(stored["currency"]))),
        count=None if count is None else int(count),
        kind=None if kind is None else str(kind),
    )
