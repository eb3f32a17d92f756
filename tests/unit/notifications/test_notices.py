"""Who is told what of an event."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from bankcore.errors import LedgerInvariantError
from bankcore.identifiers import AccountId, EventId, TransactionId, UserId
from bankcore.money import Currency, Money
from bankcore.notifications.notices import (
    MovedAmount,
    Notification,
    OwnedAccount,
    notice_of_freeze,
    notice_of_opening,
    notice_of_registration,
    notice_of_transaction,
)
from bankcore.notifications.templates import TemplateName

EVENT, TRANSACTION, SITA = EventId(UUID(int=1)), TransactionId(UUID(int=2)), UserId(UUID(int=3))
AT = datetime(2026, 1, 31, 17, 45, tzinfo=timezone(timedelta(hours=5, minutes=45)))
CURRENT = OwnedAccount(id=AccountId(UUID(int=4)), user_id=SITA, number="1000000000000038")
SAVINGS = OwnedAccount(id=AccountId(UUID(int=5)), user_id=SITA, number="1000000000000135")


def noticed(*lines: tuple[OwnedAccount, str]) -> Notification | None:
    amounts = [(account, Money.of(amount, "NPR")) for account, amount in lines]
    moved = [MovedAmount(account, amount.minor, amount.currency) for account, amount in amounts]
    return notice_of_transaction(EVENT, TRANSACTION, AT, moved)


def test_whoever_gets_money_is_told_how_much_and_where() -> None:
    notice = noticed((CURRENT, "250.50"))

    assert notice is not None
    assert (notice.user_id, notice.event_id, notice.template) == (SITA, EVENT, TemplateName.MONEY_RECEIVED)
    assert notice.tell() == {
        "amount": "250.50 NPR",
        "account": "...0038",
        "at": "2026-01-31 12:00:00 UTC",
        "transaction": str(TRANSACTION),
    }


def test_whoever_pays_is_told_the_amount_without_a_sign() -> None:
    notice = noticed((CURRENT, "-250.50"))

    assert notice is not None
    assert notice.template is TemplateName.MONEY_SENT
    assert notice.tell()["amount"] == "250.50 NPR"


def test_a_fee_on_the_same_account_is_part_of_what_left_it() -> None:
    notice = noticed((CURRENT, "-250.00"), (CURRENT, "-0.50"))

    assert notice is not None
    assert notice.tell()["amount"] == "250.50 NPR"


def test_money_between_own_accounts_is_told_once_with_both() -> None:
    notice = noticed((CURRENT, "-5.00"), (SAVINGS, "5.00"))

    assert notice is not None
    assert notice.template is TemplateName.MONEY_MOVED
    assert (notice.tell()["from_account"], notice.tell()["to_account"]) == ("...0038", "...0135")
    assert notice.tell()["amount"] == "5.00 NPR"


def test_money_for_several_accounts_names_each() -> None:
    notice = noticed((CURRENT, "5.00"), (SAVINGS, "7.00"))

    assert notice is not None
    assert (notice.tell()["amount"], notice.tell()["account"]) == ("5.00 NPR, 7.00 NPR", "...0038, ...0135")


def test_nobody_is_told_of_nothing() -> None:
    assert noticed() is None
    assert noticed((CURRENT, "5.00"), (CURRENT, "-5.00")) is None


def test_an_opening_a_freeze_and_a_registration_tell_the_owner() -> None:
    opening = notice_of_opening(EVENT, CURRENT, Currency.of("NPR"), AT)
    freeze = notice_of_freeze(EVENT, CURRENT, AT)
    welcome = notice_of_registration(EVENT, SITA, AT)

    assert [one.template for one in (opening, freeze, welcome)] == [
        TemplateName.ACCOUNT_OPENED,
        TemplateName.ACCOUNT_FROZEN,
        TemplateName.WELCOME,
    ]
    assert {one.user_id for one in (opening, freeze, welcome)} == {SITA}
    assert opening.tell() == {"account": "...0038", "currency": "NPR", "at": "2026-01-31 12:00:00 UTC"}


def test_a_notification_with_other_facts_has_no_text() -> None:
    notification = Notification(
        event_id=EVENT,
        occurred_at=AT.astimezone(UTC),
        user_id=SITA,
        template=TemplateName.WELCOME,
        tell=lambda: {"email": "sita@example.com"},
    )

    with pytest.raises(LedgerInvariantError):
        _ = notification.text
