"""The rules of refunds by themselves: what may follow what, what an answer says, and what is contradictory."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from bankcore.errors import InvalidStateError, LedgerInvariantError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId, HoldId
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.payments import PaymentId
from bankcore.payments.ports import Providers, UsableProvider
from bankcore.providers.answers import RefundAccepted, Unknown
from bankcore.providers.states import ProviderMode, RefundState, RefundStatus
from bankcore.refunds.findings import RefundFinding, finding_of_refund_answer, finding_of_refund_state
from bankcore.refunds.moving import there
from bankcore.refunds.refunds import PaymentRefund, PaymentRefundId, RefundStage
from bankcore.testing import FrozenClock
from tests.contract.payment_adapters import PaymentAdapter, in_memory_payment_adapter
from tests.contract.refund_adapters import refund_adapter
from tests.worlds.values import npr

ID = UUID("019c1406-3400-7000-8000-0000000000d7")
NOW = FrozenClock().now()
REFUND = PaymentRefund(
    id=PaymentRefundId(ID),
    payment_id=PaymentId(ID),
    account_id=AccountId(ID),
    clearing_id=AccountId(ID),
    hold_id=HoldId(ID),
    owner_id="shop",
    amount=npr("40.00"),
    reason="sent back",
    created_at=NOW,
)
GIVEN = RefundState(
    status=RefundStatus.SUCCEEDED,
    reference=str(ID),
    provider_id="re_7",
    charge_reference="ch_7",
    amount=npr("40.00"),
)


class TakenMeanwhile(Providers):
    """Providers that are found just before another one takes the payment."""

    def __init__(self, payments: PaymentAdapter) -> None:
        self._payments = payments

    def list_usable(self) -> list[UsableProvider]:
        return []

    def get_provider(self, config_id: ProviderConfigId) -> UsableProvider:
        found = self._payments.create.providers.get_provider(config_id)
        stored = self._payments.payment_store().payments
        for payment in list(stored.values()):
            attempt = replace(payment.attempt, config_id=ProviderConfigId(ID))
            stored[payment.id] = replace(payment, attempt=attempt)
        return found


def found(state: RefundState | Unknown) -> RefundFinding:
    """What that says of the refund."""
    return finding_of_refund_state(REFUND, charge_reference="ch_7", mode=ProviderMode.TEST, state=state)


def test_nothing_follows_what_ended() -> None:
    for end in (RefundStage.SUCCEEDED, RefundStage.FAILED):
        ended = REFUND.moved(end, NOW)
        for stage in RefundStage:
            assert not ended.can_become(stage)
            with pytest.raises(LedgerInvariantError):
                ended.moved(stage, NOW)
        assert ended.asked_again(NOW + timedelta(days=30)).review_since is None


def test_what_the_provider_took_is_unknown_no_more() -> None:
    assert not REFUND.moved(RefundStage.PROCESSING, NOW).can_become(RefundStage.UNKNOWN)
    assert REFUND.moved(RefundStage.UNKNOWN, NOW).can_become(RefundStage.PROCESSING)


def test_an_answer_without_a_status_says_nothing_but_its_id() -> None:
    said = finding_of_refund_answer(RefundAccepted(provider_id="re_7", status=RefundStatus.NOT_FOUND))

    assert said == RefundFinding(provider_id="re_7")


@pytest.mark.parametrize(
    ("change", "mismatch"),
    [
        ({"amount": npr("1.00")}, "amount_mismatch"),
        ({"amount": None}, "amount_missing"),
        ({"reference": "somebody-elses"}, "reference_mismatch"),
        ({"charge_reference": "somebody-elses"}, "reference_mismatch"),
        ({"mode": ProviderMode.LIVE}, "mode_mismatch"),
        ({"amount": None, "status": RefundStatus.PENDING}, None),
        ({"reference": None, "charge_reference": None, "mode": ProviderMode.TEST}, None),
    ],
)
def test_what_is_not_as_it_was_ordered_is_a_mismatch(change: dict[str, object], mismatch: str | None) -> None:
    finding = found(replace(GIVEN, **change))  # type: ignore[arg-type]

    assert finding.mismatch == mismatch
    assert (finding.stage is None) == (mismatch is not None)


@pytest.mark.parametrize("state", [Unknown("time-out"), replace(GIVEN, status=RefundStatus.NOT_FOUND)])
def test_what_a_provider_does_not_know_says_nothing(state: RefundState | Unknown) -> None:
    assert found(state) == RefundFinding()


def test_what_was_committed_and_is_gone_stops_the_work() -> None:
    assert there(REFUND, "it") is REFUND
    with pytest.raises(LedgerInvariantError):
        there(None, "it")


def test_a_payment_that_another_provider_took_meanwhile_is_not_given_back_through_the_first_one() -> None:
    payments = in_memory_payment_adapter(FrozenClock())
    payment = payments.paid()
    refunds = refund_adapter(payments)

    answer = replace(refunds, refund=replace(refunds.refund, providers=TakenMeanwhile(payments))).try_to_give(
        payment.id
    )

    assert isinstance(answer, Rejected)
    assert isinstance(answer.reason, InvalidStateError)
    assert payments.provider.refunds == {}
