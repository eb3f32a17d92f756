"""The audit log over HTTP: lists with filters and pages, single records, and the export."""

import json
from collections.abc import Iterator
from uuid import UUID

import pytest

from bankcore.audit.queries import AuditedEvent, AuditOutcome
from bankcore.errors import UnavailableError
from bankcore.identifiers import EventId
from tests.worlds.http_audit import AuditClient
from tests.worlds.http_client import AUDITOR, OPERATOR, RAM, SITA, STRANGER, UNKNOWN_ID

PATHS = [
    "/v1/audit/events",
    f"/v1/audit/events/{UUID(int=1)}",
    f"/v1/audit/events/{UUID(int=1)}/proof",
    "/v1/audit/export",
    "/v1/audit/checkpoints",
    "/v1/audit/checkpoints/latest",
    "/v1/ledger/trial-balance",
    f"/v1/ledger/transactions/{UNKNOWN_ID}/verify",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("who", "status"), [(SITA, 403), (RAM, 403), (OPERATOR, 403), ("nobody", 401)])
def test_only_auditors_and_admins_come_in(client: AuditClient, path: str, who: str, status: int) -> None:
    client.record(1)

    answer = client.get(path, who)

    assert answer.status_code == status
    # Who is known is told what he lacks, and a stranger nothing.
    assert set(answer.get_json()["error"]["details"]) == (set() if who == "nobody" else {"permission", "advice"})
    assert [event.action for event in client.audit.events] == ["transaction.posted"]


def test_records_are_listed_latest_first_page_by_page(client: AuditClient) -> None:
    for number in range(1, 6):
        client.record(number)

    first = client.get("/v1/audit/events?limit=3&action=transaction.posted", AUDITOR).get_json()
    cursor = first["meta"]["page"]["nextCursor"]
    second = client.get(f"/v1/audit/events?limit=3&action=transaction.posted&cursor={cursor}", AUDITOR).get_json()

    assert [event["record"]["n"] for event in first["data"]] == [5, 4, 3]
    assert [event["record"]["n"] for event in second["data"]] == [2, 1]
    assert second["meta"]["page"]["nextCursor"] is None


@pytest.mark.parametrize(
    "query",
    [
        f"accountId={UUID(int=0xB)}",
        "actorId=ram",
        "action=transfer.rejected",
        "outcome=rejected",
        "requestId=req_of_ram",
        "from=2026-01-30T12:00:02Z",
        "to=2026-01-30T12:00:03Z&from=2026-01-30T12:00:02Z",
        f"accountId={UUID(int=0xB)}&actorId=ram&action=transfer.rejected&outcome=rejected&requestId=req_of_ram",
    ],
)
def test_every_filter_reaches_the_log(client: AuditClient, query: str) -> None:
    client.record(1)
    client.record(
        2,
        account_ids=(UUID(int=0xB),),
        actor_id="ram",
        action="transfer.rejected",
        outcome=AuditOutcome.REJECTED,
        request_id="req_of_ram",
    )

    assert [event["record"]["n"] for event in client.data(f"/v1/audit/events?{query}", AUDITOR)] == [2]


@pytest.mark.parametrize(
    "query",
    ["accountId=1", "outcome=maybe", "action=", "from=yesterday", "limit=0", "cursor=AAAA", "unknown=1", "actorId=%00"],
)
def test_a_filter_that_is_none_is_refused_with_its_place(client: AuditClient, query: str) -> None:
    answer = client.get(f"/v1/audit/events?{query}", AUDITOR)

    assert answer.status_code in {400, 422}
    assert answer.get_json()["error"]["errors"][0]["pointer"].startswith(f"/query/{query.partition('=')[0]}")
    assert client.audit.events == []


def test_a_record_shows_its_columns_its_text_and_what_the_text_says(client: AuditClient) -> None:
    recorded = client.record(1)

    shown = client.data(f"/v1/audit/events/{recorded.id}", AUDITOR)

    assert shown == {
        "id": str(recorded.id),
        "at": "2026-01-30T12:00:01.000000Z",
        "action": "transaction.posted",
        "outcome": "success",
        "actorType": "user",
        "actorId": "sita",
        "subjectId": str(UUID(int=1)),
        "accountIds": [str(UUID(int=0xA))],
        "requestId": "req_of_sita",
        "ipAddress": "203.0.113.7",
        "userAgent": None,
        "body": '{"n":1,"v":1}',
        "record": {"n": 1, "v": 1},
    }


def test_another_tenants_records_are_not_there(client: AuditClient) -> None:
    recorded = client.record(1)

    assert client.data("/v1/audit/events", STRANGER) == []
    assert client.get(f"/v1/audit/events/{recorded.id}", STRANGER).status_code == 404
    assert client.get(f"/v1/audit/events/{UNKNOWN_ID}", AUDITOR).status_code == 404
    assert client.get("/v1/audit/events/1", AUDITOR).status_code == 404


def test_reading_is_recorded_once_for_each_request_whatever_it_shows(client: AuditClient) -> None:
    for number in range(1, 4):
        client.record(number)

    client.data("/v1/audit/events?limit=2", AUDITOR)
    client.data(f"/v1/audit/events/{UUID(int=1)}", AUDITOR)
    client.get("/v1/audit/export", AUDITOR)

    assert [event.action for event in client.audit.events][3:] == ["audit.read"] * 3


def test_an_export_is_one_line_for_each_record_oldest_first(client: AuditClient) -> None:
    for number in range(1, 251):
        client.record(number)

    answer = client.get("/v1/audit/export?from=2026-01-30T12:00:02Z&to=2026-01-30T12:04:00Z", AUDITOR)

    lines = [json.loads(line) for line in answer.get_data(as_text=True).splitlines()]
    assert answer.content_type == "application/x-ndjson"
    assert [json.loads(line["body"])["n"] for line in lines] == list(range(2, 240))
    assert lines[0].keys() >= {"id", "at", "action", "outcome", "actorId", "accountIds", "body"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_export_is_called_bytes_for_a_client_that_wants_those(client: AuditClient) -> None:
    client.record(1)
    lines = client.get("/v1/audit/export", AUDITOR)

    plain = client.get("/v1/audit/export", AUDITOR, accept="application/octet-stream")
    others = [client.get("/v1/audit/export", AUDITOR, accept=accept) for accept in ("*/*", "application/json", "")]

    assert plain.content_type == "application/octet-stream"
    assert plain.data.startswith(lines.data)
    assert {answer.content_type for answer in others} == {lines.content_type} == {"application/x-ndjson"}


def test_an_export_that_cannot_be_read_is_told_like_any_other_failure(
    client: AuditClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_nothing(**_period: object) -> Iterator[AuditedEvent]:
        yield from ()
        raise UnavailableError

    monkeypatch.setattr(client.audit, "export_events", read_nothing)

    answer = client.get("/v1/audit/export", AUDITOR)

    assert answer.status_code == 503
    assert answer.get_json()["error"]["retryable"] is True


def test_checkpoints_and_proofs_are_read_from_the_sealed_log(client: AuditClient) -> None:
    assert client.sealed is not None
    assert client.get("/v1/audit/checkpoints/latest", AUDITOR).status_code == 404
    for number in range(12):
        client.sealed.add(EventId(UUID(int=number)), b"record")
        if number + 1 in {5, 9, 12}:
            client.sealed.seal()

    first = client.get("/v1/audit/checkpoints?limit=2", AUDITOR).get_json()
    cursor = first["meta"]["page"]["nextCursor"]
    second = client.data(f"/v1/audit/checkpoints?limit=2&cursor={cursor}", AUDITOR)
    proof = client.data(f"/v1/audit/events/{UUID(int=7)}/proof", AUDITOR)

    assert [state["size"] for state in first["data"]] == [12, 9]
    assert [state["size"] for state in second] == [5]
    assert client.data("/v1/audit/checkpoints/latest", AUDITOR)["note"] == "unsigned\n12\n"
    assert (proof["leafIndex"], len(proof["path"]), proof["checkpoint"]["size"]) == (7, 4, 12)
    assert client.get(f"/v1/audit/events/{UUID(int=12)}/proof", AUDITOR).status_code == 404
