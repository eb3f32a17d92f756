"""A payout puts its sum aside again with each chunk, and uses of a limit what it pays, once."""

from bankcore.ledger.limits import Limit, LimitWindow
from bankcore.payouts.jobs import PayoutStatus
from bankcore.payouts.steer import Steering
from tests.contract.payout_adapters import PayoutAdapter
from tests.worlds.limits import limits_of
from tests.worlds.values import npr


def test_a_payout_uses_its_sum_once_however_many_chunks_it_is_paid_in(payouts: PayoutAdapter) -> None:
    limits = limits_of(payouts.bank)
    limits.set_for_account(payouts.payer.id, [Limit(per=LimitWindow.DAY, amount=npr("50.00"))])

    payouts.start()
    payouts.pay_all()

    assert payouts.received() == ["10.00"] * 5
    (standing,) = limits.list_standings(payouts.payer.id)
    assert (standing.used, standing.left) == (5_000, 0)


def test_a_limit_of_the_payer_pauses_its_job_and_blames_no_item(payouts: PayoutAdapter) -> None:
    limits = limits_of(payouts.bank)
    limits.set_for_account(payouts.payer.id, [Limit(per=LimitWindow.DAY, count=3, kind="transfer")])

    job = payouts.start()
    payouts.pay_all()
    stopped, received = payouts.job(job), payouts.received()
    limits.set_for_account(payouts.payer.id, [])
    payouts.steer(job, Steering.RESUME)
    payouts.pay_all()

    assert (stopped.status, stopped.stopped_by, stopped.failed.items) == (PayoutStatus.PAUSED, "limit_exceeded", 0)
    assert received.count("10.00") == 2
    assert payouts.received() == ["10.00"] * 5
