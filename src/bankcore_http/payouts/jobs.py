"""Payouts started and steered for a caller, and pages of them and of their items."""

from functools import partial
from typing import Final
from uuid import UUID

from bankcore.approvals.refusals import ApprovalAdvice
from bankcore.payouts.jobs import PayoutJobId
from bankcore.payouts.ports import PayoutQueries
from bankcore.payouts.rows import InvalidRowsError
from bankcore.payouts.start import StartPayout, StartPayouts
from bankcore.payouts.steer import Steering, SteerPayout, SteerPayouts
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import Caller
from bankcore_http.payouts.asking import PayoutFile, refuse_rows
from bankcore_http.payouts.shapes import PayoutBody, PayoutItemsQuery, present_item, present_payout
from bankcore_http.reading.pagination import CursorFormat, ListQuery

_JOBS: Final = CursorFormat("payouts", UUID, into=PayoutJobId)
_ITEMS: Final[CursorFormat[int]] = CursorFormat("payout-items", int, into=int)


def start_payout(start: StartPayouts, caller: Caller, command: StartPayout, body: PayoutBody | PayoutFile) -> Answer:
    """Start it, and show it.

    Raises:
        InvalidFieldsError: some items are wrong; it names every one of them by its pointer.
        ApprovalRequiredError: all together are more than one person moves.
    """
    check_sum = partial(caller.require_may_move, advice=ApprovalAdvice.ONE_BY_ONE)
    try:
        started = start(command, origin=caller.origin, check_sum=check_sum)
    except InvalidRowsError as error:
        refuse_rows(body, error)
    return Answer(present_payout(started.value), headers=replay_headers(replayed=started.replayed))


def steer_payout(steer: SteerPayouts, caller: Caller, key: str, payout_id: UUID, steering: Steering) -> Answer:
    """Do this with it, and show it."""
    command = SteerPayout(PayoutJobId(payout_id), steering, idempotency_key=key)
    steered = steer(command, origin=caller.origin)
    return Answer(present_payout(steered.value), headers=replay_headers(replayed=steered.replayed))


def read_payouts(queries: PayoutQueries, caller: Caller, query: ListQuery) -> Answer:
    """One page of the caller's payouts, the latest first."""
    found, page = _JOBS.page_by_id(query, partial(queries.list_jobs, owner_id=caller.origin.owner_id))
    return Answer([present_payout(job) for job in found], page=page)


def read_items(queries: PayoutQueries, owner_id: str | None, query: PayoutItemsQuery, payout_id: UUID) -> Answer:
    """One page of the items of a payout, in their order."""
    job_id = PayoutJobId(payout_id)
    found, page = _ITEMS.page_of(
        query,
        lambda after, limit: queries.list_items(
            job_id, owner_id=owner_id, status=query.status, after=after or 0, limit=limit
        ),
        lambda item: (item.place,),
        payout_id=payout_id,
    )
    return Answer([present_item(item) for item in found], page=page)
