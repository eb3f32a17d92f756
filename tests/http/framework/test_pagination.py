"""Lists go on where they stopped, and a cursor fits its own list only."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

import pytest

from bankcore.errors import InvalidRequestError
from bankcore_http.answering.envelope import Page
from bankcore_http.reading.pagination import CursorFormat, CursorValue, PagedListQuery
from tests.worlds.http_framework import ACCOUNT, FakeService


def query(*, cursor: str | None = None) -> PagedListQuery:
    return PagedListQuery.model_construct(cursor=cursor)


def in_a_row(*values: CursorValue) -> tuple[CursorValue, ...]:
    return values


def test_a_list_starts_with_twenty_rows_and_goes_on_by_cursor(world: FakeService) -> None:
    first = world.client.get("/v1/till/rows").get_json()
    cursor = first["meta"]["page"]["nextCursor"]

    second = world.client.get(f"/v1/till/rows?limit=100&cursor={cursor}")

    assert first["meta"]["page"] == {"limit": 20, "nextCursor": cursor}
    assert second.status_code == 200
    assert second.get_json()["data"] == [[17, str(ACCOUNT)], None]


def test_a_cursor_with_other_filters_is_refused(world: FakeService) -> None:
    cursor = world.client.get("/v1/till/rows?currency=NPR").get_json()["meta"]["page"]["nextCursor"]

    assert world.client.get(f"/v1/till/rows?currency=NPR&limit=5&cursor={cursor}").status_code == 200
    assert world.client.get(f"/v1/till/rows?currency=JPY&cursor={cursor}").status_code == 422
    assert world.client.get(f"/v1/till/rows?cursor={cursor}").status_code == 422


def test_a_page_counts_from_one_and_excludes_a_cursor(world: FakeService) -> None:
    cursor = world.client.get("/v1/till/rows").get_json()["meta"]["page"]["nextCursor"]

    assert world.client.get("/v1/till/rows?page=3&limit=50").get_json()["data"] == [[], 100]
    assert world.client.get("/v1/till/rows?page=101&limit=100").get_json()["data"] == [[], 10_000]
    assert world.client.get("/v1/till/rows?page=102&limit=100").status_code == 422
    assert world.client.get(f"/v1/till/rows?page=1&cursor={cursor}").status_code == 422


def test_every_kind_of_value_survives_the_cursor() -> None:
    cursors = CursorFormat("all", str, int, UUID, datetime, into=in_a_row)
    position = ("caf\u00e9", -(2**63) + 1, ACCOUNT, datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC))

    page = cursors.page(query(), position)

    assert cursors.read(query(cursor=page.next_cursor)) == position
    assert cursors.page(query(), None) == Page(limit=20)


def test_a_cursor_of_another_list_is_refused() -> None:
    cursor = CursorFormat("holds", int, into=int).page(query(), (1,)).next_cursor

    with pytest.raises(InvalidRequestError):
        CursorFormat("entries", int, into=int).read(query(cursor=cursor))


@pytest.mark.parametrize(
    "values",
    ['"17"', "true", "1.0", "9223372036854775808", "null", "NaN", "[1]", "1,2", "", "9" * 5000, "[" * 300],
)
def test_a_cursor_with_values_of_another_kind_is_refused(values: str) -> None:
    cursors = CursorFormat("rows", int, into=int)
    good = cursors.page(query(), (17,)).next_cursor
    assert good is not None
    forged = urlsafe_b64encode(f'["x",{values}]'.encode()).decode()

    with pytest.raises(InvalidRequestError):
        cursors.read(query(cursor=forged))


@pytest.mark.parametrize("text", ["2026-01-31", "2026-01-31T12:00:00", "0001-01-01T00:00:00+14:00", "soon", "\ud800"])
def test_a_cursor_with_a_time_that_is_none_is_refused(text: str) -> None:
    cursors = CursorFormat("rows", datetime, into=in_a_row)
    forged = urlsafe_b64encode(f'["x","{text}"]'.encode("utf-8", "surrogatepass")).decode()

    with pytest.raises(InvalidRequestError):
        cursors.read(query(cursor=forged))


@pytest.mark.parametrize(("limit", "shown", "goes_on"), [(2, 2, True), (3, 3, False), (4, 3, False)])
def test_a_page_has_a_next_one_where_a_row_follows(limit: int, shown: int, *, goes_on: bool) -> None:
    cursors, asked = CursorFormat("rows", int, into=int), PagedListQuery.model_construct(limit=limit)

    rows, page = cursors.page_of(asked, lambda after, most: [1, 2, 3][after or 0 :][:most], lambda row: (row,))

    assert rows == [1, 2, 3][:shown]
    assert page.limit == limit
    assert (page.next_cursor is not None) == goes_on
    going_on = PagedListQuery.model_construct(limit=limit, cursor=page.next_cursor)
    assert cursors.read(going_on) == (shown if goes_on else None)


def test_a_cursor_belongs_to_what_the_list_belongs_to() -> None:
    cursors = CursorFormat("entries", int, into=int)
    asked = query(cursor=cursors.page(query(), (7,), account_id=ACCOUNT).next_cursor)

    assert cursors.read(asked, account_id=ACCOUNT) == 7
    with pytest.raises(InvalidRequestError):
        cursors.read(asked, account_id=UUID(int=1))
    with pytest.raises(InvalidRequestError):
        cursors.read(asked)


def test_totals_are_shown_when_they_were_counted() -> None:
    page = Page(limit=20, page=2, total=41)

    assert page.render() == {"limit": 20, "nextCursor": None, "page": 2, "total": 41, "totalPages": 3}
