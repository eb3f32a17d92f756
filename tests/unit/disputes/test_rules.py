"""What ended stays as it ended, and nobody waits for ever for money that does not come."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from bankcore.disputes.disputes import ASKED_AFTER_END, DisputeMovement, DisputeStatus, PaymentDispute, PaymentDisputeId
from bankcore.errors import LedgerInvariantError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.payments import PaymentId
from tests.worlds.values import npr

NOW = datetime(2026, 1, 15, tzinfo=UTC)
SOME = UUID("019c1406-3400-7000-8000-0000000000d1")
OPEN = PaymentDispute(
    id=PaymentDisputeId(SOME),
    payment_id=PaymentId(SOME),
    config_id=ProviderConfigId(SOME),
    provider_id="dp_1",
    account_id=AccountId(SOME),
    owner_id="shop",
    amount=npr("100"),
    created_at=NOW,
)
TAKEN = DisputeMovement(npr("100"), npr("15"), OPEN.account_id, TransactionId(SOME))


@pytest.mark.parametrize("end", [DisputeStatus.WON, DisputeStatus.LOST])
def test_what_ended_becomes_nothing_else(end: DisputeStatus) -> None:
    ended = OPEN.moved(end, NOW)

    assert (ended.status, ended.ended_at) == (end, NOW)
    for status in DisputeStatus:
        with pytest.raises(LedgerInvariantError):
            ended.moved(status, NOW)


def test_one_is_settled_when_the_money_is_where_its_end_says() -> None:
    won, lost = (OPEN.moved(end, NOW) for end in (DisputeStatus.WON, DisputeStatus.LOST))

    assert not replace(OPEN, withdrawn=TAKEN).is_settled
    assert [won.is_settled, replace(won, withdrawn=TAKEN).is_settled] == [True, False]
    assert replace(won, withdrawn=TAKEN, reinstated=TAKEN).is_settled
    assert [lost.is_settled, replace(lost, withdrawn=TAKEN).is_settled] == [False, True]


def test_money_that_does_not_follow_an_end_is_waited_for_two_weeks() -> None:
    lost = OPEN.moved(DisputeStatus.LOST, NOW)

    assert lost.asked_again(NOW).due_at is not None
    assert lost.asked_again(NOW + ASKED_AFTER_END).due_at is None
