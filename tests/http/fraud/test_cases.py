"""Operators list, read, clear and confirm cases; nobody else sees that there are any."""

import json

import pytest

from bankcore.fraud.cases import CaseStatus, FraudCase
from tests.http.fraud.conftest import FraudClient
from tests.worlds.http_client import user_id

PATH = "/v1/admin/fraud-cases"


def test_a_case_is_shown_with_its_score_explained(client: FraudClient) -> None:
    case = client.case()

    assert client.data(f"{PATH}/{case.id}") == {
        "id": str(case.id),
        "accountId": str(case.account_id),
        "transactionId": str(case.transaction_id),
        "status": "open",
        "score": 50,
        "signals": [
            {
                "rule": "velocity",
                "points": 50,
                "explanation": "at least 1 movements out of the account within 1 hours",
                "facts": {"count": 1, "countMin": 1, "windowSeconds": 3_600},
            }
        ],
        "frozeAccount": False,
        "openedAt": "2026-01-31T12:00:00.000000Z",
        "decision": None,
    }


def test_cases_are_listed_page_by_page_and_by_status_and_account(client: FraudClient) -> None:
    cases = [client.case() for _ in range(3)]
    client.post(f"{PATH}/{cases[0].id}/clear", {"note": "a call"})

    first = client.get(f"{PATH}?limit=2").get_json()
    rest = client.get(f"{PATH}?limit=2&cursor={first['meta']['page']['nextCursor']}").get_json()

    listed = [case["id"] for case in first["data"] + rest["data"]]
    assert listed == [str(case.id) for case in cases[::-1]]
    assert rest["meta"]["page"]["nextCursor"] is None
    assert [case["id"] for case in client.data(f"{PATH}?status=cleared")] == [str(cases[0].id)]
    assert [case["id"] for case in client.data(f"{PATH}?accountId={cases[1].account_id}")] == [str(cases[1].id)]


@pytest.mark.parametrize("query", ["status=closed", "accountId=7", "cursor=nonsense", "limit=0", "unknown=1"])
def test_a_wrong_filter_is_refused_by_name(client: FraudClient, query: str) -> None:
    answer = client.get(f"{PATH}?{query}")

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"] == f"/query/{query.partition('=')[0]}"


@pytest.mark.parametrize(("word", "status"), [("clear", "cleared"), ("confirm", "confirmed")])
@pytest.mark.parametrize("who", ["operator", "admin"])
def test_staff_decide_a_case_and_are_named_with_it(client: FraudClient, word: str, status: str, who: str) -> None:
    case = client.case()

    answer = client.post(f"{PATH}/{case.id}/{word}", {"note": "we have called"}, who)

    assert answer.status_code == 200
    data = answer.get_json()["data"]
    assert data["status"] == status
    assert data["decision"] == {
        "by": user_id(who),
        "at": "2026-01-31T12:00:00.000000Z",
        "note": "we have called",
    }
    assert client.data(f"{PATH}/{case.id}") == data


def test_a_decision_is_made_once_and_answered_again(client: FraudClient) -> None:
    case = client.case()
    path = f"{PATH}/{case.id}/clear"

    first, again = (client.post(path, {"note": "a call"}, key="d-1") for _ in range(2))
    refused, refused_again = (client.post(f"{PATH}/{case.id}/confirm", {"note": "oh"}, key="d-2") for _ in range(2))

    assert (first.status_code, first.headers.get("Idempotent-Replayed")) == (200, None)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert again.get_json()["data"] == first.get_json()["data"]
    assert refused.status_code == 409
    assert refused.get_json()["error"]["code"] == "invalid_state"
    assert refused.get_json()["error"]["details"]["state"] == "cleared"
    assert (refused_again.status_code, refused_again.headers["Idempotent-Replayed"]) == (409, "true")
    assert client.post(path, {"note": "another"}, key="d-1").get_json()["error"]["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("body", [{}, {"note": ""}, {"note": "a", "by": "me"}, {"note": "x" * 1_001}])
def test_a_decision_needs_its_reason_and_nothing_else(client: FraudClient, body: dict[str, str]) -> None:
    case = client.case()

    assert client.post(f"{PATH}/{case.id}/clear", body).status_code == 422
    assert client.data(f"{PATH}/{case.id}")["status"] == CaseStatus.OPEN


def test_a_decision_needs_a_key(client: FraudClient) -> None:
    case = client.case()

    answer = client.flask.post(
        f"{PATH}/{case.id}/clear", json={"note": "a"}, headers={"Authorization": "Bearer operator"}
    )

    assert answer.get_json()["error"]["code"] == "idempotency_key_required"


def ask_everything(client: FraudClient, case: FraudCase, who: str) -> set[int]:
    """The statuses of every way to reach that case."""
    answers = [
        client.get(f"{PATH}/{case.id}", who),
        client.post(f"{PATH}/{case.id}/clear", {"note": "a"}, who),
        client.post(f"{PATH}/{case.id}/confirm", {"note": "a"}, who),
    ]
    return {answer.status_code for answer in answers}


@pytest.mark.parametrize(("who", "status"), [("sita", 403), ("auditor", 403), ("nobody", 401), ("stranger", 404)])
def test_others_reach_no_case(client: FraudClient, who: str, status: int) -> None:
    case = client.case()

    assert ask_everything(client, case, who) == {status}
    assert client.get(PATH, who).status_code == (200 if who == "stranger" else status)
    assert client.data(f"{PATH}/{case.id}")["status"] == CaseStatus.OPEN


def test_the_document_says_who_may_decide_and_what_can_go_wrong(client: FraudClient) -> None:
    document = client.flask.get("/openapi.json").get_json()
    operation = document["paths"][f"{PATH}/{{case_id}}/clear"]["post"]

    assert document["x-roles"][operation["x-permission"]] == ["admin", "operator"]
    named = [answer["$ref"].rpartition("/")[2] for answer in operation["responses"].values() if "$ref" in answer]
    text = json.dumps([document["components"]["responses"][name] for name in named])
    assert all(code in text for code in ("invalid_state", "not_found", "forbidden", "idempotency_key_reused"))
