"""PayItems: pays the next chunk of the job that waits longest, in one unit of work with its checkpoint."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, NamedTuple

from bankcore.errors import BankcoreError, LedgerInvariantError, OutcomeUnknownError, UnavailableError
from bankcore.idempotency.answers import Rejected
from bankcore.ledger.commands import Transfer
from bankcore.ledger.outcomes import Outcome, accepted_transaction
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountDormantError,
    AccountFrozenError,
    InsufficientFundsError,
    LimitExceededError,
)
from bankcore.origin import Origin
from bankcore.payouts.actions import PAYOUT_COMPLETED, PAYOUT_PAUSED
from bankcore.payouts.events import PayoutChanged
from bankcore.payouts.jobs import PayoutItem, PayoutItemStatus, PayoutJob, PayoutJobId, PayoutStatus
from bankcore.payouts.ports import PayoutUnit, PayoutUnits
from bankcore.payouts.set_aside import spend

CHUNK: Final = 500
"""How many items are paid in one unit of work; that long, the payer's account is locked."""
SYSTEM: Final = Origin(actor_type="system", actor_id="payouts")
"""The actor of all that the workers do."""
_POSTPONED: Final = timedelta(seconds=30)
_FOR_NOW: Final = timedelta(seconds=1)


class PaidChunk(NamedTuple):
    """A job after a chunk of it, and how many items the chunk had; none if the job was paused instead."""

    job: PayoutJob
    items: int


class _PayerRefusedError(Exception):
    """The paying account takes part in nothing, so no item is to blame; the unit of work is undone."""

    def __init__(self, job_id: PayoutJobId, code: str) -> None:
        super().__init__(code)
        self.job_id = job_id
        self.code = code


@dataclass(slots=True)
class PayItems:
    """Pays items of one tenant's jobs; any number of workers may do so at once, each on a job of its own."""

    units: PayoutUnits
    chunk: int = CHUNK

    def pay_next(self) -> PaidChunk | None:
        """Pay the next chunk of the job that is due for longest; None if none is due.

        A job that could not be paid from is put off, so that it keeps no other from its turn.

        Raises:
            UnavailableError: nothing was recorded.
            OutcomeUnknownError: the chunk is recorded whole or not at all; the next look tells.
            Exception: what went wrong with that job.
        """
        locked: list[PayoutJobId] = []
        try:
            return self.units.run(lambda unit: self._pay(unit, locked), resubmittable=True)
        except _PayerRefusedError as error:
            return self._pause(error)
        except Exception as error:
            self._put_off(locked, for_now=isinstance(error, UnavailableError))
            raise

    def _pause(self, refusal: _PayerRefusedError) -> PaidChunk | None:
        return self.units.run(lambda unit: _pause(unit, refusal), resubmittable=True)

    def _put_off(self, locked: Sequence[PayoutJobId], *, for_now: bool) -> None:
        """Let others go before the job that failed; where not even that can be done, nothing can."""
        due_in = _FOR_NOW if for_now else _POSTPONED
        with suppress(UnavailableError, OutcomeUnknownError):
            for job_id in locked[-1:]:
                self.units.run(lambda unit: _put_off(unit, job_id, due_in), resubmittable=True)  # noqa: B023 - run at once

    def _pay(self, unit: PayoutUnit, locked: list[PayoutJobId]) -> PaidChunk | None:
        job = unit.lock_due_job()
        if job is None:
            return None
        locked.append(job.id)
        items = unit.next_items(job, self.chunk)
        if not items:
            raise LedgerInvariantError(f"payout {job.id} counts items that are not there")
        left_minor = job.unpaid_minor - sum(item.amount.minor for item in items)
        transfers = [_transfer(job, item) for item in items]
        outcomes, hold = spend(unit.ledger, job, transfers, left_minor=left_minor, origin=SYSTEM)
        if isinstance(hold, Rejected):
            raise _PayerRefusedError(job.id, hold.reason.code)
        settled = _settled(job, items, outcomes)
        unit.settle_items(job, settled)
        advanced = job.advance(settled, hold_id=hold, at=unit.opened_at)
        unit.update_job(advanced)
        if advanced.status is PayoutStatus.COMPLETED:
            unit.publish([PayoutChanged(unit.new_stamp(SYSTEM), PAYOUT_COMPLETED, advanced)])
        return PaidChunk(advanced, len(items))


def _transfer(job: PayoutJob, item: PayoutItem) -> Transfer:
    return Transfer(
        job.account_id, item.account_id, item.amount, reference=item.reference or job.name, source=job.source_of(item)
    )


def _settled(job: PayoutJob, items: Sequence[PayoutItem], outcomes: Sequence[Outcome]) -> list[PayoutItem]:
    """The items with what became of them. Raises: _PayerRefusedError."""
    return [_with_outcome(job, item, outcome) for item, outcome in zip(items, outcomes, strict=True)]


def _with_outcome(job: PayoutJob, item: PayoutItem, outcome: Outcome) -> PayoutItem:
    if not isinstance(outcome, Rejected):
        transaction_id = accepted_transaction(outcome).id
        return replace(item, status=PayoutItemStatus.PAID, transaction_id=transaction_id)
    if _concerns_payer(outcome.reason, job):
        raise _PayerRefusedError(job.id, outcome.reason.code)
    return replace(item, status=PayoutItemStatus.FAILED, problem=outcome.reason.code)


def _concerns_payer(reason: BankcoreError, job: PayoutJob) -> bool:
    of_account = (
        AccountFrozenError,
        AccountDormantError,
        AccountClosedError,
        InsufficientFundsError,
        LimitExceededError,
    )
    return isinstance(reason, of_account) and reason.account_id == job.account_id


def _pause(unit: PayoutUnit, refusal: _PayerRefusedError) -> PaidChunk | None:
    """Pause the job: whoever looks after the account decides how it goes on."""
    job = _lock_running(unit, refusal.job_id)
    if job is None:
        return None
    paused = job.pause(refusal.code)
    unit.update_job(paused)
    unit.publish([PayoutChanged(unit.new_stamp(SYSTEM), PAYOUT_PAUSED, paused)])
    return PaidChunk(paused, 0)


def _put_off(unit: PayoutUnit, job_id: PayoutJobId, due_in: timedelta) -> None:
    job = _lock_running(unit, job_id)
    if job is not None:
        unit.update_job(job, due_in=due_in)


def _lock_running(unit: PayoutUnit, job_id: PayoutJobId) -> PayoutJob | None:
    """The job, unless somebody paused or called it off meanwhile."""
    job = unit.lock_job(job_id)
    return job if job is not None and job.status is PayoutStatus.RUNNING else None
