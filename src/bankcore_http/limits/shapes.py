"""What the routes of limits take and show."""

import re
from typing import Annotated, Final

from typing_extensions import TypedDict

from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId
from bankcore.ledger.limit_book import LimitStanding
from bankcore.ledger.limits import COUNT_MAX, LIMITS_MAX, Limit, LimitPolicy, LimitWindow
from bankcore.limits.set_limits import ChangeLimits
from bankcore.money import Money, format_minor
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading import fields
from bankcore_http.reading.fields import Omissible
from bankcore_http.reading.shapes import BodyShape

_LIMIT: Final = {"per": "day", "kind": "transfer", "amount": "500.00", "currency": "NPR"}
_KIND: Final = fields.pattern_text(
    re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII), "a kind of transaction, such as transfer; or hold"
)
_Window = Annotated[LimitWindow, fields.word_of(LimitWindow, "a window is transaction, day or month")]
_Count = Annotated[int, fields.whole_number(0, COUNT_MAX), Doc(example=20)]
_Kind = Annotated[str, Doc(example="transfer", description="null for all debits")]


class LimitBody(BodyShape):
    """At most `amount`, or at most `count` of them, in each window: one of the two."""

    per: Annotated[_Window, Doc(example="day")]
    kind: Annotated[Omissible[Annotated[str, _KIND]], Doc(example="transfer", description="If not all debits")] = None
    amount: Annotated[Omissible[fields.AmountString], Doc(example="500.00")] = None
    currency: Omissible[fields.CurrencyCode] = None
    count: Omissible[_Count] = None

    def limit(self) -> Limit:
        """The limit. Raises: InvalidRequestError, AmountOutOfRangeError."""
        if (self.amount is None) != (self.currency is None):
            raise InvalidRequestError(pointer="/currency", detail="an amount has a currency, and a count has none")
        amount = None if self.amount is None or self.currency is None else Money.of(self.amount, self.currency)
        return Limit(per=self.per, kind=self.kind, amount=amount, count=self.count)


class PolicyBody(BodyShape):
    """All limits that are to bind from now on, in the place of those before."""

    limits: Annotated[list[LimitBody], *fields.at_most(LIMITS_MAX), Doc(example=[_LIMIT])]
    reason: Annotated[Omissible[fields.Reference], Doc(example="A new customer")] = None

    def command(self, account_id: AccountId | None, key: str) -> ChangeLimits:
        """The command. Raises: InvalidRequestError, AmountOutOfRangeError: the limit and its member."""
        limits = [_limit_at(place, body) for place, body in enumerate(self.limits)]
        return ChangeLimits(account_id, limits, reason=self.reason, idempotency_key=key)


class LimitShape(TypedDict):
    """At most so much, or so many, in each window."""

    per: Annotated[str, Word(*LimitWindow)]
    kind: _Kind | None
    amount: Annotated[members.Amount, Doc(example="500.00")] | None
    currency: members.Currency | None
    count: Annotated[members.Count, Doc(example=20)] | None


class PolicyShape(TypedDict):
    """All limits that somebody has set."""

    limits: list[LimitShape]


class LimitStandingShape(LimitShape):
    """A limit that binds an account: what is used and left of it, as an amount or as a count, until it begins anew."""

    own: Annotated[bool, Doc(example=True, description="Whether it was set for this account alone")]
    used: Annotated[str, Doc(example="120.00")]
    left: Annotated[str, Doc(example="380.00")]
    resetsAt: members.Instant | None


class LimitStandingsShape(TypedDict):
    """All limits that bind an account."""

    accountId: members.AccountId
    limits: list[LimitStandingShape]


def present_policy(policy: LimitPolicy) -> PolicyShape:
    """All limits of a policy."""
    return {"limits": [_present_limit(limit) for limit in policy]}


def present_standing(standing: LimitStanding) -> LimitStandingShape:
    """A limit, and what is used and left of it."""
    exponent = 0 if standing.limit.amount is None else standing.limit.amount.currency.exponent
    return {
        **_present_limit(standing.limit),
        "own": standing.is_own,
        "used": format_minor(standing.used, exponent),
        "left": format_minor(standing.left, exponent),
        "resetsAt": None if standing.resets_at is None else render_instant(standing.resets_at),
    }


def _present_limit(limit: Limit) -> LimitShape:
    amount = limit.amount
    return {
        "per": limit.per.value,
        "kind": limit.kind,
        "amount": None if amount is None else amount.to_decimal_string(),
        "currency": None if amount is None else amount.currency.code,
        "count": limit.count,
    }


def _limit_at(place: int, body: LimitBody) -> Limit:
    try:
        return body.limit()
    except InvalidRequestError as error:
        raise InvalidRequestError(pointer=f"/limits/{place}{error.pointer}", detail=error.detail) from None
