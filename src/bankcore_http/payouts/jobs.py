"""Payouts started and steered for a caller, and pages of them and of their items."""

from typing import Final, NoReturn
from uuid import UUID

from bankcore.payouts.jobs import PayoutJobId
from bankcore.payouts.ports import PayoutQueries
from bankcore.payouts.rows import InvalidRowsError, RowField
from bankcore.payouts.start import StartPayouts
from bankcore.payouts.steer import Steering, SteerPayout, SteerPayouts
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.errors import FieldError, InvalidFieldsError
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import Caller
from bankcore_http.payouts.shapes import PayoutBody, PayoutItemsQuery, present_item, present_payout
from bankcore_http.reading.pagination import CursorFormat, ListQuery

_JOBS: Final = CursorFormat("payouts", UUID, into=PayoutJobId)
_ITEMS: Final[CursorFormat[int]] = CursorFormat("payout-items", int, into=int)


def start_payout(start: StartPayouts, caller: Caller, key: str, body: PayoutBody) -> Answer:
    """Start it, and show it.

    Raises:
        InvalidFieldsError: some items are wrong; it names every one of them by its pointer.
    """
    _require_one_destination(body)
    try:
        started = start(body.command(key), origin=caller.origin)
    except InvalidRowsError as error:
        _refuse(body, error)
    return Answer(present_payout(started.value), headers=replay_headers(replayed=started.replayed))


def steer_payout(steer: SteerPayouts, caller: Caller, key: str, payout_id: UUID, steering: Steering) -> Answer:
    """Do this with it, and show it."""
    command = SteerPayout(PayoutJobId(payout_id), steering, idempotency_key=key)
    steered = steer(command, origin=caller.origin)
    return Answer(present_payout(steered.value), headers=replay_headers(replayed=steered.replayed))


def read_payouts(queries: PayoutQueries, caller: Caller, query: ListQuery) -> Answer:
    """One page of the caller's payouts, the latest first."""
    found, page = _JOBS.page_of(
        query,
        lambda before, limit: queries.list_jobs(owner_id=caller.origin.owner_id, before=before, limit=limit),
        lambda job: (job.id,),
    )
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


def _require_one_destination(body: PayoutBody) -> None:
    wrong = [
        FieldError(f"/items/{index}/toAccountId", "give one of toAccountId and toAccountNumber")
        for index, item in enumerate(body.items)
        if (item.to_account_id is None) == (item.to_account_number is None)
    ]
    if wrong:
        raise InvalidFieldsError(field_errors=tuple(wrong))


def _refuse(body: PayoutBody, error: InvalidRowsError) -> NoReturn:
    """Tell the problems as those of the body's members; the line of an item is its place."""
    raise InvalidFieldsError(
        field_errors=tuple(
            FieldError(f"/items/{line - 1}/{_member_of(body, line, wrong)}", detail)
            for line, wrong, detail in error.problems
        )
    ) from None


def _member_of(body: PayoutBody, line: int, wrong: RowField | None) -> str:
    if wrong is None or wrong is RowField.ACCOUNT:
        return body.items[line - 1].account_member
    return wrong.value
