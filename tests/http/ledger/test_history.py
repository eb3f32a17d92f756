"""The history shows each transaction once, in its order, filtered by what was asked."""

from datetime import timedelta
from typing import Any

import pytest

from tests.worlds.http_client import AUDITOR, OPERATOR, RAM, SITA, HttpClient


def walk(client: HttpClient, filters: str = "", who: str = SITA, *, limit: int = 3) -> list[str]:
    """The ids of the whole history, page by page through the cursor."""
    found: list[str] = []
    cursor = ""
    while True:
        page: Any = client.get(f"/v1/transactions?limit={limit}{filters}{cursor}", who).get_json()
        assert len(page["data"]) <= limit
        assert page["data"] or not found, "a cursor leads to nothing"
        found += [transaction["id"] for transaction in page["data"]]
        if page["meta"]["page"]["nextCursor"] is None:
            return found
        cursor = f"&cursor={page['meta']['page']['nextCursor']}"


@pytest.fixture
def moved(client: HttpClient) -> dict[str, Any]:
    """Twelve movements of Sita, half of them with Ram, over six days, and one that is Ram's alone."""
    mine, savings, his = client.open(), client.open(), client.open(RAM)
    ids = []
    for day in range(1, 7):
        ids.append(client.move("deposit", accountId=str(mine.id), amount=f"{day}.00", currency="NPR")["id"])
        to = his if day % 2 else savings
        transfer = {"fromAccountId": str(mine.id), "toAccountId": str(to.id), "amount": "0.50", "currency": "NPR"}
        ids.append(client.move("transfer", **transfer, reference=f"day {day}")["id"])
        client.bank.clock.advance(timedelta(days=1))
    client.move("deposit", RAM, accountId=str(his.id), amount="99.00", currency="NPR")
    return {"mine": mine, "savings": savings, "his": his, "ids": ids[::-1]}


@pytest.mark.parametrize("limit", [1, 3, 4, 12, 100])
def test_the_cursor_walks_the_whole_history_without_gap_or_repeat(
    client: HttpClient, moved: dict[str, Any], limit: int
) -> None:
    assert walk(client, limit=limit) == moved["ids"]


def test_pages_by_number_show_the_same_history(client: HttpClient, moved: dict[str, Any]) -> None:
    pages = [client.get(f"/v1/transactions?page={number}&limit=5").get_json() for number in (1, 2, 3, 4)]

    assert [row["id"] for page in pages for row in page["data"]] == moved["ids"]
    assert [page["meta"]["page"]["page"] for page in pages] == [1, 2, 3, 4]
    assert [page["meta"]["page"]["nextCursor"] is None for page in pages] == [False, False, True, True]


def test_what_is_posted_meanwhile_does_not_shift_the_cursor(client: HttpClient, moved: dict[str, Any]) -> None:
    first = client.get("/v1/transactions?limit=5").get_json()
    client.move("deposit", accountId=str(moved["mine"].id), amount="1.00", currency="NPR")

    second = client.get(f"/v1/transactions?limit=7&cursor={first['meta']['page']['nextCursor']}").get_json()

    assert [row["id"] for row in first["data"] + second["data"]] == moved["ids"]


def test_a_cursor_goes_with_its_filters_only(client: HttpClient, moved: dict[str, Any]) -> None:
    cursor = client.get("/v1/transactions?kind=deposit&limit=1").get_json()["meta"]["page"]["nextCursor"]

    assert client.get(f"/v1/transactions?kind=deposit&limit=2&cursor={cursor}").status_code == 200
    for filters in ("", "kind=transfer&", "kind=deposit&min=1.00&", f"kind=deposit&accountId={moved['mine'].id}&"):
        answer = client.get(f"/v1/transactions?{filters}limit=1&cursor={cursor}")
        assert answer.status_code == 422
        assert answer.get_json()["error"]["errors"][0]["pointer"] == "/query/cursor"


@pytest.mark.parametrize(
    ("filters", "places"),
    [
        ("kind=deposit", [1, 3, 5, 7, 9, 11]),
        ("kind=withdrawal", []),
        ("reference=day 3", [6]),
        ("reference=day", []),
        ("min=4.00", [1, 3, 5]),
        ("max=0.50", [0, 2, 4, 6, 8, 10]),
        ("min=2&max=4.00", [5, 7, 9]),
        ("from=2026-02-04T12:00:00Z", [0, 1, 2, 3]),
        ("to=2026-02-01T12:00:00Z", [10, 11]),
        ("from=2026-02-01T12:00:00Z&to=2026-02-02T12:00:00Z", [8, 9]),
        ("kind=deposit&from=2026-02-04T12:00:00Z&min=6.00", [1]),
    ],
)
def test_filters_choose_what_is_listed(
    client: HttpClient, moved: dict[str, Any], filters: str, places: list[int]
) -> None:
    assert walk(client, f"&{filters}", limit=2) == [moved["ids"][place] for place in places]


@pytest.mark.parametrize(
    ("filters", "pointer"),
    [
        ("min=5.00&max=4.99", "/query/min"),
        ("min=10&max=9.00", "/query/min"),
        ("from=2026-02-04T12:00:00Z&to=2026-02-04T11:59:59Z", "/query/from"),
        ("from=2026-02-04T12:00:00Z&to=2026-02-04T17:44:59%2B05:45", "/query/from"),
    ],
)
def test_filters_that_contradict_each_other_are_a_mistake_and_no_empty_list(
    client: HttpClient, filters: str, pointer: str
) -> None:
    answer = client.get(f"/v1/transactions?{filters}")

    assert answer.status_code == 422
    assert [found["pointer"] for found in answer.get_json()["error"]["errors"]] == [pointer]


def test_a_range_of_one_value_is_a_range(client: HttpClient, moved: dict[str, Any]) -> None:
    assert len(walk(client, "&min=4.00&max=4")) == 1
    assert walk(client, "&from=2026-02-04T12:00:00Z&to=2026-02-04T12:00:00Z") == []


def test_the_history_of_one_account_has_only_its_movements(client: HttpClient, moved: dict[str, Any]) -> None:
    ids = moved["ids"]

    assert walk(client, f"&accountId={moved['savings'].id}") == [ids[0], ids[4], ids[8]]


def test_a_history_is_that_of_its_owner(client: HttpClient, moved: dict[str, Any]) -> None:
    ids = moved["ids"]

    assert walk(client, who=RAM)[1:] == [ids[2], ids[6], ids[10]]
    assert walk(client, who=OPERATOR) == []


@pytest.mark.parametrize("who", [OPERATOR, AUDITOR])
def test_staff_may_ask_for_the_history_of_any_account(client: HttpClient, moved: dict[str, Any], who: str) -> None:
    path = f"/v1/transactions?accountId={moved['mine'].id}&limit=100"

    rows = client.data(path, who)

    assert [row["id"] for row in rows] == moved["ids"]
    assert all("balanceAfter" in entry for row in rows for entry in row["entries"])


def test_somebody_without_movements_has_an_empty_history(client: HttpClient) -> None:
    page = client.get("/v1/transactions").get_json()

    assert page["data"] == []
    assert page["meta"]["page"] == {"limit": 20, "nextCursor": None}
