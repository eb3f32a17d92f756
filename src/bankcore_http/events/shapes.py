"""What the event feed shows: changes, as far as the reader may see them."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, NotRequired, cast

from typing_extensions import TypedDict

from bankcore.events.feed import EventEffect, FeedEvent
from bankcore.ledger.accounts import AccountStatus
from bankcore.money import Money
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.answering.wire import render_instant

Shown = dict[str, object]
_EVENT_ID: Final = "019c1406-3400-7000-8000-0000000000e1"
_StatusBefore = Annotated[str, Doc(enum=list(AccountStatus), example="frozen")]


class FeedSubjectShape(TypedDict):
    """What an event is about."""

    kind: Annotated[str, Doc(minLength=1, maxLength=100, example="transaction")]
    id: Annotated[members.Id, Doc(example=_EVENT_ID)]


class FeedEffectShape(TypedDict):
    """How one of your accounts stands after the event; old events tell less."""

    accountId: members.AccountId
    sequence: members.Count
    currency: NotRequired[members.Currency]
    balance: NotRequired[Annotated[members.Amount, Doc(example="250.00")]]
    held: NotRequired[Annotated[members.Amount, Doc(example="0.00")]]
    status: Annotated[str, Word(*AccountStatus)]
    statusBefore: NotRequired[_StatusBefore]


class FeedEventShape(TypedDict):
    """Something that changed; `cursor` goes on after it, at any later time."""

    id: Annotated[members.Id, Doc(example=_EVENT_ID)]
    action: Annotated[str, Doc(minLength=1, maxLength=100, example="transaction.posted")]
    occurredAt: members.Instant
    subject: FeedSubjectShape | None
    accountIds: list[members.AccountId]
    effects: list[FeedEffectShape]
    cursor: Annotated[str, Doc(minLength=1, maxLength=512)]
    data: Annotated[
        dict[str, object],
        Doc(description="What changed; a `transaction` looks as everywhere else, its balances if they are yours"),
    ]


def present_feed_event(event: FeedEvent, *, cursor: str) -> FeedEventShape:
    """The event, with the cursor that goes on after it."""
    facts = cast("dict[str, Any]", event.facts)
    shown: FeedEventShape = {
        "id": str(event.id),
        "action": event.action,
        "occurredAt": render_instant(event.occurred_at),
        "subject": None if event.subject is None else {"kind": event.subject.kind, "id": str(event.subject.id)},
        "accountIds": [str(account_id) for account_id in event.account_ids],
        "effects": [_present_effect(effect) for effect in event.effects if event.may_see(effect.account_id)],
        "cursor": cursor,
        "data": facts,
    }
    if "transaction" in facts:
        shown["data"] = {**facts, "transaction": _present_transaction(event, facts["transaction"])}
    return shown


def _present_effect(effect: EventEffect) -> FeedEffectShape:
    """How the account stands after the event; an old event may tell less."""
    told = {
        "accountId": str(effect.account_id),
        "sequence": effect.sequence,
        "currency": effect.currency,
        "balance": effect.balance,
        "held": effect.held,
        "status": effect.status,
        "statusBefore": effect.was,
    }
    return cast("FeedEffectShape", {name: value for name, value in told.items() if value is not None})


def _present_transaction(event: FeedEvent, facts: Mapping[str, Any]) -> Shown:
    posted_at = render_instant(event.occurred_at)
    reverses = {"reverses": facts["reverses"]} if "reverses" in facts else {}
    return {
        "id": None if event.subject is None else str(event.subject.id),
        "kind": facts["kind"],
        "status": "posted",
        "reference": facts.get("reference"),
        "metadata": facts.get("metadata", {}),
        **reverses,
        "postedAt": posted_at,
        "effectiveAt": facts.get("effectiveAt", posted_at),
        "entries": [
            _present_entry(effect, effect.amount, effect.currency, is_shown=event.may_see(effect.account_id))
            for effect in event.effects
            if effect.amount is not None and effect.currency is not None
        ],
    }


def _present_entry(effect: EventEffect, amount: str, currency: str, *, is_shown: bool) -> Shown:
    """An entry; for an account of another owner, only what moved."""
    shown: Shown = {"accountId": str(effect.account_id), "amount": amount, "currency": currency}
    if is_shown and effect.balance is not None:
        before = Money.of(effect.balance, currency) - Money.of(amount, currency)
        shown |= {
            "balanceBefore": before.to_decimal_string(),
            "balanceAfter": effect.balance,
            "sequence": effect.sequence,
        }
    return shown
