from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import cast

import pytest

from bankcore.audit.queries import AuditFilter
from bankcore.clock import instant_text, require_instant
from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Deposit
from bankcore.ledger.queries import HistoryFilter, HistoryPosition
from bankcore.testing import InMemoryBank
from tests.worlds.values import npr

NAIVE = datetime(2026, 1, 31, 12)  # noqa: DTZ001 - what is to be refused
KATHMANDU = timezone(timedelta(hours=5, minutes=45))


def test_an_instant_is_kept_in_utc() -> None:
    assert require_instant(datetime(2026, 1, 31, 5, 45, tzinfo=KATHMANDU), "/at") == datetime(2026, 1, 31, tzinfo=UTC)


def test_an_instant_has_one_text_form_in_utc_with_microseconds() -> None:
    assert instant_text(datetime(2026, 1, 31, 5, 45, tzinfo=KATHMANDU)) == "2026-01-31T00:00:00.000000Z"


@pytest.mark.parametrize("instant", [NAIVE, date(2026, 1, 31), "2026-01-31T12:00:00Z", 1_769_860_800])
def test_what_is_no_instant_is_refused_and_told_what_to_write(instant: object) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        require_instant(cast("datetime", instant), "/at")

    assert caught.value.pointer == "/at"
    assert "datetime.now(UTC)" in caught.value.detail


@pytest.mark.parametrize(("year", "month", "day", "hours"), [(9999, 12, 31, -24), (1, 1, 1, 24)])
def test_an_instant_whose_year_utc_cannot_say_is_refused(year: int, month: int, day: int, hours: int) -> None:
    offset = timezone(timedelta(hours=hours) - timedelta(minutes=hours // 24))

    with pytest.raises(InvalidRequestError, match="years 1 to 9999"):
        require_instant(datetime(year, month, day, 12, tzinfo=offset), "/at")


@pytest.mark.parametrize(
    "ask",
    [
        lambda bank, alice: bank.accounts.balance(alice, at=NAIVE),
        lambda bank, alice: bank.queries.balance_at(alice, NAIVE),
        lambda bank, alice: bank.queries.last_sequence_at(alice, NAIVE),
        lambda _bank, _alice: HistoryFilter(owner_id="alice", from_instant=NAIVE),
        lambda _bank, _alice: HistoryFilter(owner_id="alice", to_instant=NAIVE),
        lambda bank, _alice: bank.queries.history(
            HistoryFilter(owner_id="alice"), before=HistoryPosition(NAIVE, bank.ids.new_id()), limit=1
        ),
        lambda _bank, _alice: AuditFilter(from_instant=NAIVE),
        lambda _bank, _alice: AuditFilter(to_instant=NAIVE),
        lambda _bank, alice: Deposit(alice, npr("1"), effective_at=NAIVE),
    ],
    ids=[
        "balance",
        "balance_at",
        "last_sequence_at",
        "history_from",
        "history_to",
        "history_before",
        "audit_from",
        "audit_to",
        "effective_at",
    ],
)
def test_a_time_without_an_offset_is_refused_wherever_it_is_said(
    bank: InMemoryBank, ask: Callable[[InMemoryBank, AccountId], object]
) -> None:
    alice = bank.accounts.open(currency="NPR", owner_id="alice").id

    with pytest.raises(InvalidRequestError, match="offset from UTC"):
        ask(bank, alice)
