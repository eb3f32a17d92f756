"""What happens when somebody else is at a job between two steps of a worker."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

import pytest

from bankcore.errors import LedgerInvariantError, UnavailableError
from bankcore.idempotency.ports import Units
from bankcore.identifiers import HoldId
from bankcore.ledger.commands import FreezeAccount
from bankcore.payouts.answers import decode_job, encode_job
from bankcore.payouts.jobs import PayoutItemStatus, PayoutStatus
from bankcore.payouts.pay import PayItems
from bankcore.payouts.ports import PayoutUnit
from bankcore.payouts.steer import Steering
from bankcore.testing import FrozenClock
from tests.contract.payout_adapters import NOWHERE, PayoutAdapter, in_memory_payout_adapter

T = TypeVar("T")


class Interrupted(Units[PayoutUnit]):
    """Units of work, before the second of which something else happens."""

    def __init__(self, units: Units[PayoutUnit], between: Callable[[], object]) -> None:
        self.units = units
        self.between = between
        self.runs = 0

    def run(self, work: Callable[[PayoutUnit], T], *, resubmittable: bool = False) -> T:
        self.runs += 1
        if self.runs == 2:
            self.between()
        return self.units.run(work, resubmittable=resubmittable)


@pytest.fixture
def payouts() -> PayoutAdapter:
    return in_memory_payout_adapter(FrozenClock())


def test_a_job_that_somebody_paused_meanwhile_is_not_paused_again(payouts: PayoutAdapter) -> None:
    job = payouts.start()
    payouts.bank.ledger.execute([FreezeAccount(payouts.payer.id)])
    units = Interrupted(payouts.units, lambda: payouts.steer(job, Steering.PAUSE))

    assert PayItems(units).pay_next() is None

    assert (payouts.job(job).status, payouts.job(job).stopped_by) == (PayoutStatus.PAUSED, None)


def test_a_job_that_somebody_called_off_meanwhile_is_not_put_off(payouts: PayoutAdapter) -> None:
    job = payouts.start()
    failed = [replace(item, status=PayoutItemStatus.FAILED, problem="unknown") for item in payouts.items(job)]
    payouts.units.run(lambda unit: unit.settle_items(job, failed))
    units = Interrupted(payouts.units, lambda: payouts.steer(job, Steering.CALL_OFF))

    with pytest.raises(LedgerInvariantError):
        PayItems(units).pay_next()

    assert payouts.job(job).status is PayoutStatus.CALLED_OFF
    with pytest.raises(LedgerInvariantError, match="settled already"):
        payouts.units.run(lambda unit: unit.settle_items(job, failed))


def test_a_database_that_is_away_is_told_and_nothing_is_put_off(payouts: PayoutAdapter) -> None:
    def fail() -> None:
        raise UnavailableError

    payouts.start()
    units = Interrupted(payouts.units, fail)
    units.runs = 1

    with pytest.raises(UnavailableError):
        PayItems(units).pay_next()


def test_a_payer_that_is_frozen_before_the_last_chunk_fails_no_item(payouts: PayoutAdapter) -> None:
    job = payouts.start(payouts.rows("1.00"))
    payouts.bank.ledger.execute([FreezeAccount(payouts.payer.id)])

    payouts.pay_all()

    assert (payouts.job(job).stopped_by, payouts.job(job).failed.items) == ("account_frozen", 0)


def test_a_remembered_job_must_be_there(payouts: PayoutAdapter) -> None:
    encoded = encode_job(replace(payouts.start(), id=NOWHERE, hold_id=HoldId(UUID(int=1))))

    with pytest.raises(LedgerInvariantError):
        payouts.units.run(lambda unit: decode_job(encoded, unit))
