"""Rules that make notifications of events, without names, addresses or free text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, NamedTuple

from bankcore.identifiers import AccountId, EventId, TransactionId, UserId
from bankcore.money import Currency, format_minor
from bankcore.notifications.templates import TemplateName, Text, render

_SHOWN_DIGITS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What a user is told of an event. `tell` makes the facts of the template, which only the sender needs."""

    event_id: EventId
    occurred_at: datetime
    user_id: UserId
    template: TemplateName
    tell: Callable[[], Mapping[str, str]]

    @property
    def text(self) -> Text:
        """The words. Raises: LedgerInvariantError: the facts are not those of the template."""
        return render(self.template, self.tell())

    def told(self) -> "Notification":
        """The same, with facts that are made already."""
        facts = self.tell()
        return replace(self, tell=lambda: facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedAccount:
    """An account of a user."""

    id: AccountId
    user_id: UserId
    number: str

    @property
    def masked_number(self) -> str:
        """The number as a mail may show it: its last four digits."""
        return f"...{self.number[-_SHOWN_DIGITS:]}"


class MovedAmount(NamedTuple):
    """What a transaction did to one account: positive came in, negative went out."""

    account: OwnedAccount
    amount_minor: int
    currency: Currency


def notice_of_transaction(
    event_id: EventId, transaction_id: TransactionId, at: datetime, moved: Sequence[MovedAmount]
) -> Notification | None:
    """The notification of a transaction for the one owner of these accounts; None if nothing changed for them.

    The payer's reference is left out, or anybody could write into a mail of the bank.
    """
    sums = _sums(moved) if len(moved) > 1 else [line for line in moved if line.amount_minor]
    if not sums:
        return None
    credits_ = [line for line in sums if line.amount_minor > 0]
    debits = [line for line in sums if line.amount_minor < 0]
    if credits_ and debits:
        template = TemplateName.MONEY_MOVED
    else:
        template = TemplateName.MONEY_RECEIVED if credits_ else TemplateName.MONEY_SENT

    def tell() -> Mapping[str, str]:
        facts = {"at": _instant(at), "transaction": str(transaction_id), "amount": _amounts(credits_ or debits)}
        if template is TemplateName.MONEY_MOVED:
            return facts | {"from_account": _accounts(debits), "to_account": _accounts(credits_)}
        return facts | {"account": _accounts(sums)}

    return Notification(
        event_id=event_id, occurred_at=at, user_id=sums[0].account.user_id, template=template, tell=tell
    )


def notice_of_opening(event_id: EventId, account: OwnedAccount, currency: Currency, at: datetime) -> Notification:
    """What the owner of a new account is told."""
    facts = {"account": account.masked_number, "currency": currency.code}
    return _notice(event_id, at, account.user_id, TemplateName.ACCOUNT_OPENED, facts)


def notice_of_freeze(event_id: EventId, account: OwnedAccount, at: datetime) -> Notification:
    """What the owner of a frozen account is told."""
    return _notice(event_id, at, account.user_id, TemplateName.ACCOUNT_FROZEN, {"account": account.masked_number})


def notice_of_registration(event_id: EventId, user_id: UserId, at: datetime) -> Notification:
    """What a new user is told."""
    return _notice(event_id, at, user_id, TemplateName.WELCOME, {})


def notice_of_reset(event_id: EventId, user_id: UserId, at: datetime, make_link: Callable[[], str]) -> Notification:
    """What a user is told who forgot the password; the link is made when it is sent, and stored nowhere."""

    def tell() -> Mapping[str, str]:
        return {"at": _instant(at), "link": make_link()}

    return Notification(
        event_id=event_id, occurred_at=at, user_id=user_id, template=TemplateName.PASSWORD_RESET, tell=tell
    )


def _notice(
    event_id: EventId, at: datetime, user_id: UserId, template: TemplateName, facts: Mapping[str, str]
) -> Notification:
    def tell() -> Mapping[str, str]:
        return {**facts, "at": _instant(at)}

    return Notification(event_id=event_id, occurred_at=at, user_id=user_id, template=template, tell=tell)


def _sums(moved: Sequence[MovedAmount]) -> list[MovedAmount]:
    """One line for each account that changed, in the order of first appearance."""
    sums: dict[AccountId, MovedAmount] = {}
    for line in moved:
        known = sums.get(line.account.id)
        moved_minor = line.amount_minor if known is None else known.amount_minor + line.amount_minor
        sums[line.account.id] = line._replace(amount_minor=moved_minor)
    return [line for line in sums.values() if line.amount_minor]


def _amounts(lines: Sequence[MovedAmount]) -> str:
    return ", ".join(
        f"{format_minor(abs(line.amount_minor), line.currency.exponent)} {line.currency.code}" for line in lines
    )


def _accounts(lines: Sequence[MovedAmount]) -> str:
    return ", ".join(line.account.masked_number for line in lines)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
