"""One suite for both adapters of the ports of payouts: jobs are started whole, paid in chunks, and steered."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.errors import InvalidStateError, LedgerInvariantError, NotFoundError
from bankcore.idempotency.answers import Accepted, Rejected
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.ledger.commands import FreezeAccount, UnfreezeAccount
from bankcore.ledger.rejections import InsufficientFundsError
from bankcore.origin import Origin
from bankcore.payouts.jobs import PayoutItemStatus, PayoutJob, PayoutStatus
from bankcore.payouts.steer import Steering
from tests.contract.payout_adapters import NOWHERE, OTHER, PayoutAdapter
from tests.worlds.values import npr


def test_a_job_sets_its_sum_aside_and_pays_each_item_once(payouts: PayoutAdapter) -> None:
    job = payouts.start()
    assert payouts.funds() == ("100.00", "50.00")

    chunks = payouts.pay_all()

    ended = payouts.job(job)
    assert [chunk.items for chunk in chunks] == [2, 2, 1]
    assert [chunk.job.checkpoint for chunk in chunks] == [2, 4, 5]
    assert (ended.status, ended.paid, ended.failed.items) == (PayoutStatus.COMPLETED, ended.total, 0)
    assert payouts.funds() == ("50.00", "0.00")
    assert payouts.received() == ["10.00"] * 5
    assert payouts.pay_all() == []
    assert ended.ended_at is not None


def test_an_item_tells_its_transaction_whose_source_is_for_ever(payouts: PayoutAdapter) -> None:
    job = payouts.start()
    payouts.pay_all()

    first = payouts.items(job)[0]

    assert first.transaction_id is not None
    transaction = payouts.bank.queries.get_transaction(first.transaction_id, owner_id="boss").transaction
    assert transaction.source == job.source_of(first)
    assert (transaction.kind, transaction.reference, str(transaction.amount)) == ("transfer", "wage 1", "10.00 NPR")


def test_what_is_left_stays_set_aside_between_two_chunks(payouts: PayoutAdapter) -> None:
    payouts.start(payouts.rows("30.00", "30.00", "40.00"))

    payouts.pay.pay_next()

    assert payouts.funds() == ("40.00", "40.00")
    with pytest.raises(InsufficientFundsError):
        payouts.bank.ledger.withdraw(payouts.payer.id, npr("0.01"))


def test_a_sum_that_is_not_there_starts_nothing(payouts: PayoutAdapter) -> None:
    answer = payouts.ask(payouts.rows("60.00", "60.00"))

    assert isinstance(answer, Rejected)
    assert isinstance(answer.reason, InsufficientFundsError)
    assert payouts.services.queries.list_jobs(limit=10) == []
    assert payouts.funds() == ("100.00", "0.00")


def test_an_item_to_a_frozen_account_fails_and_stops_no_other(payouts: PayoutAdapter) -> None:
    frozen = payouts.payees[1]
    payouts.bank.ledger.execute([FreezeAccount(frozen.id)])

    job = payouts.start()
    payouts.pay_all()

    ended = payouts.job(job)
    assert (ended.status, ended.paid.items, ended.failed.items) == (PayoutStatus.COMPLETED, 4, 1)
    assert [(item.place, item.problem) for item in payouts.items(job, PayoutItemStatus.FAILED)] == [
        (2, "account_frozen")
    ]
    assert payouts.funds() == ("60.00", "0.00")


def test_failed_items_are_tried_again_and_no_other(payouts: PayoutAdapter) -> None:
    frozen = payouts.payees[1]
    payouts.bank.ledger.execute([FreezeAccount(frozen.id)])
    job = payouts.start()
    payouts.pay_all()
    payouts.bank.ledger.execute([UnfreezeAccount(frozen.id)])

    retried = payouts.steer(job, Steering.RETRY)

    assert isinstance(retried, Accepted)
    assert (retried.value.status, retried.value.processed_items, retried.value.checkpoint) == ("running", 4, 1)
    assert payouts.funds() == ("60.00", "10.00")
    assert [chunk.items for chunk in payouts.pay_all()] == [1]
    assert payouts.received() == ["10.00"] * 5
    assert payouts.steer(job, Steering.RETRY) == Rejected(
        InvalidStateError(resource="payout", identifier=str(job.id), state="completed")
    )


def test_what_is_tried_again_needs_its_money(payouts: PayoutAdapter) -> None:
    payouts.bank.ledger.execute([FreezeAccount(payouts.payees[1].id)])
    job = payouts.start()
    payouts.pay_all()
    payouts.bank.ledger.withdraw(payouts.payer.id, npr("60.00"))

    answer = payouts.steer(job, Steering.RETRY)

    assert isinstance(answer, Rejected)
    assert isinstance(answer.reason, InsufficientFundsError)
    assert len(payouts.items(job, PayoutItemStatus.FAILED)) == 1


def test_a_paused_job_pays_nothing_until_it_is_resumed(payouts: PayoutAdapter) -> None:
    job = payouts.start()
    payouts.pay.pay_next()

    paused = payouts.steer(job, Steering.PAUSE)

    assert isinstance(paused, Accepted)
    assert (paused.value.status, paused.value.paid.items) == (PayoutStatus.PAUSED, 2)
    assert payouts.pay_all() == []
    assert payouts.funds() == ("80.00", "30.00")
    assert isinstance(payouts.steer(job, Steering.RESUME), Accepted)
    payouts.pay_all()
    assert payouts.received() == ["10.00"] * 5


def test_a_cancelled_job_gives_back_what_it_did_not_pay(payouts: PayoutAdapter) -> None:
    job = payouts.start()
    payouts.pay.pay_next()

    cancelled = payouts.steer(job, Steering.CALL_OFF)

    assert isinstance(cancelled, Accepted)
    assert payouts.funds() == ("80.00", "0.00")
    assert payouts.pay_all() == []
    assert len(payouts.items(job, PayoutItemStatus.UNPAID)) == 3
    for steering in Steering:
        assert payouts.steer(job, steering) == Rejected(
            InvalidStateError(resource="payout", identifier=str(job.id), state="cancelled")
        )


def test_a_payer_that_is_frozen_pauses_its_job_and_blames_no_item(payouts: PayoutAdapter) -> None:
    job = payouts.start()
    payouts.pay.pay_next()
    payouts.bank.ledger.execute([FreezeAccount(payouts.payer.id)])

    (chunk,) = payouts.pay_all()

    assert chunk.items == 0
    stopped = payouts.job(job)
    assert (stopped.status, stopped.stopped_by, stopped.failed.items) == (PayoutStatus.PAUSED, "account_frozen", 0)
    assert payouts.funds() == ("80.00", "30.00")
    payouts.bank.ledger.execute([UnfreezeAccount(payouts.payer.id)])
    payouts.steer(job, Steering.RESUME)
    payouts.pay_all()
    assert payouts.received() == ["10.00"] * 5
    assert payouts.job(job).stopped_by is None


def test_the_first_answer_to_a_key_is_given_again(payouts: PayoutAdapter) -> None:
    first = payouts.ask(key="p-1")
    assert isinstance(first, Accepted)
    paused = payouts.steer(first.value, Steering.PAUSE, key="s-1")
    assert isinstance(paused, Accepted)
    resumed = payouts.steer(first.value, Steering.RESUME, key="s-2")
    assert isinstance(resumed, Accepted)
    payouts.pay_all()

    assert payouts.ask(key="p-1") == Accepted(first.value, replayed=True)
    assert payouts.steer(first.value, Steering.PAUSE, key="s-1") == Accepted(paused.value, replayed=True)
    assert payouts.ask(payouts.rows("1.00"), key="p-1") == Rejected(IdempotencyKeyReusedError(idempotency_key="p-1"))
    assert payouts.steer(first.value, Steering.CALL_OFF, key="s-1") == Rejected(
        IdempotencyKeyReusedError(idempotency_key="s-1")
    )
    assert len(payouts.services.queries.list_jobs(limit=10)) == 1


def test_a_cancelled_answer_keeps_its_end(payouts: PayoutAdapter) -> None:
    job = payouts.start()

    first, again = (payouts.steer(job, Steering.CALL_OFF, key="c-1") for _ in range(2))

    assert isinstance(first, Accepted)
    assert again == Accepted(first.value, replayed=True)


def test_jobs_are_those_of_the_owner_of_the_paying_account(payouts: PayoutAdapter) -> None:
    job, queries = payouts.start(), payouts.services.queries
    not_found = Rejected(NotFoundError(resource="payout", identifier=str(job.id)))

    assert payouts.ask(origin=OTHER) == Rejected(NotFoundError(resource="account", identifier=str(payouts.payer.id)))
    assert payouts.steer(job, Steering.PAUSE, origin=OTHER) == not_found
    assert queries.list_jobs(owner_id="worker-1", limit=10) == []
    for find in (queries.get_job, lambda job_id, owner_id: queries.list_items(job_id, owner_id=owner_id, limit=1)):
        with pytest.raises(NotFoundError):
            find(job.id, owner_id="worker-1")
    assert queries.get_job(job.id, owner_id="boss") == job
    with pytest.raises(NotFoundError):
        queries.get_job(NOWHERE)
    assert payouts.steer(NOWHERE, Steering.PAUSE) == Rejected(NotFoundError(resource="payout", identifier=str(NOWHERE)))


def test_jobs_and_items_are_listed_in_pages(payouts: PayoutAdapter) -> None:
    first, second = payouts.start(payouts.rows("1.00")), payouts.start(payouts.rows("2.00", "3.00"))
    queries = payouts.services.queries

    assert [job.id for job in queries.list_jobs(owner_id="boss", limit=1)] == [second.id]
    assert [job.id for job in queries.list_jobs(before=second.id, limit=10)] == [first.id]
    assert [item.place for item in queries.list_items(second.id, after=1, limit=10)] == [2]
    assert queries.list_items(second.id, status=PayoutItemStatus.PAID, limit=10) == []


def test_two_jobs_take_turns(payouts: PayoutAdapter) -> None:
    one, other = payouts.start(payouts.rows(*["1.00"] * 4)), payouts.start(payouts.rows(*["1.00"] * 4))

    assert [chunk.job.id for chunk in payouts.pay_all()] == [one.id, other.id, one.id, other.id]


def test_a_job_that_fails_is_put_off_and_keeps_no_other_from_its_turn(payouts: PayoutAdapter) -> None:
    broken, sound = payouts.start(payouts.rows("1.00")), payouts.start(payouts.rows("2.00"))
    _settle_behind_its_back(payouts, broken)

    with pytest.raises(LedgerInvariantError):
        payouts.pay.pay_next()

    assert [chunk.job.id for chunk in payouts.pay_all()] == [sound.id]
    payouts.let_time_pass(timedelta(minutes=1))
    with pytest.raises(LedgerInvariantError):
        payouts.pay.pay_next()


def test_a_service_pays_from_any_account(payouts: PayoutAdapter) -> None:
    answer = payouts.ask(origin=Origin(actor_id="hr"))

    assert isinstance(answer, Accepted)
    assert answer.value.owner_id == "boss"


def _settle_behind_its_back(payouts: PayoutAdapter, job: PayoutJob) -> None:
    """Settle the items of the job without its knowledge, as nothing of ours does."""
    failed = [replace(item, status=PayoutItemStatus.FAILED, problem="unknown") for item in payouts.items(job)]
    payouts.units.run(lambda unit: unit.settle_items(job, failed))
