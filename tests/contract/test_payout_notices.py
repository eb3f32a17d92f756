"""What providers tell of payouts by themselves, on both adapters: it is a hint, by which they are asked at once."""

from dataclasses import replace

import pytest

from bankcore.disbursements.disbursements import DisbursementStatus
from bankcore.disbursements.settle import CONTRADICTED
from bankcore.payments.notices import NoticeSubject, ProviderNotice
from bankcore.providers.answers import NotExecuted
from bankcore.providers.payouts import PayoutAccepted, PayoutStanding
from tests.contract.disbursement_adapters import DisbursementAdapter, of

PENDING = PayoutAccepted(provider_id="TRF_7", status=PayoutStanding.PENDING)


def test_what_was_paid_and_comes_back_is_put_back_once_however_often_it_is_told(
    disbursements: DisbursementAdapter,
) -> None:
    paid = disbursements.followed()

    told = [disbursements.tell(paid, PayoutStanding.RETURNED) for _ in range(2)]
    assert (told, disbursements.heed_all(), disbursements.follow_all()) == ([True, False], 1, 1)

    assert disbursements.now(paid).status is DisbursementStatus.RETURNED
    assert (disbursements.money, disbursements.clearing) == (("1000.00", "1000.00"), "0.00")
    assert (disbursements.heed_all(), disbursements.follow_all()) == (0, 0)


def test_one_that_is_under_way_ends_as_soon_as_it_is_told(disbursements: DisbursementAdapter) -> None:
    disbursements.provider.answer_payout(PENDING)
    sent = disbursements.followed()

    disbursements.tell(sent, PayoutStanding.SUCCEEDED)

    assert (disbursements.heed_all(), disbursements.follow_all()) == (1, 1)
    assert disbursements.now(sent).status is DisbursementStatus.PAID


def test_what_a_notice_says_is_not_believed_before_the_provider_was_asked(disbursements: DisbursementAdapter) -> None:
    disbursements.provider.answer_payout(PENDING)
    sent = disbursements.followed()
    disbursements.tell(sent, PayoutStanding.SUCCEEDED)
    disbursements.provider.settle_payout(sent.reference, PayoutStanding.PENDING)

    assert (disbursements.heed_all(), disbursements.follow_all()) == (1, 1)

    assert disbursements.now(sent).status is DisbursementStatus.SENT
    assert disbursements.money == ("1000.00", "900.00")


def test_a_provider_that_pays_what_it_had_said_to_have_failed_is_for_a_person(
    disbursements: DisbursementAdapter,
) -> None:
    disbursements.provider.answer_payout(NotExecuted("not_sent", "-"), happened=True)
    failed = disbursements.followed()

    disbursements.tell(failed, PayoutStanding.SUCCEEDED)
    assert (disbursements.heed_all(), disbursements.follow_all()) == (1, 1)

    assert of(disbursements.now(failed)) == (DisbursementStatus.FAILED, "not_sent", CONTRADICTED)
    assert disbursements.now(failed).due_at is None


def test_what_is_told_of_one_that_was_not_sent_hurries_nothing(disbursements: DisbursementAdapter) -> None:
    paid, waiting = disbursements.followed(), disbursements.requested()
    state = disbursements.provider.payouts[paid.reference]
    disbursements.provider.payouts[waiting.reference] = replace(state, reference=waiting.reference)

    disbursements.tell(waiting, PayoutStanding.RETURNED)

    assert (disbursements.heed_all(), disbursements.follow_all()) == (1, 0)
    assert disbursements.now(waiting).status is DisbursementStatus.PENDING_APPROVAL


@pytest.mark.parametrize("reference", [b"not-an-id", b"019c1406-3400-7000-8000-000000000bad", b"\xff", b""])
def test_a_notice_about_nothing_of_ours_is_ended(disbursements: DisbursementAdapter, reference: bytes) -> None:
    paid = disbursements.followed()
    notice = ProviderNotice(
        config_id=paid.config_id, digest=bytes(32), name="payout", body=reference, subject=NoticeSubject.PAYOUT
    )
    disbursements.payments.units.run(lambda unit: unit.add_notice(notice))

    assert disbursements.heed_all() == 1
    assert disbursements.heed_all() == 0
    assert disbursements.now(paid).status is DisbursementStatus.PAID


def test_of_what_is_told_our_reference_alone_is_kept(disbursements: DisbursementAdapter) -> None:
    paid = disbursements.followed()
    disbursements.tell(paid, PayoutStanding.RETURNED)

    notice = disbursements.heed.heed_next()

    assert notice is not None
    assert notice.body.decode() == paid.reference


def test_another_provider_tells_nothing_of_it(disbursements: DisbursementAdapter) -> None:
    paid = disbursements.followed()
    other = disbursements.payments.add_provider("other")
    other.payouts[paid.reference] = disbursements.provider.payouts[paid.reference]
    other.settle_payout(paid.reference, PayoutStanding.RETURNED)
    config = next(each for each in disbursements.payments.configs.list_configs() if each.name == "other")

    body, headers = other.webhook_about(paid.reference)
    assert disbursements.payments.receive(config.id, body, headers)

    assert (disbursements.heed_all(), disbursements.follow_all()) == (1, 0)
