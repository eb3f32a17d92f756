"""Webhooks over HTTP: endpoints are made, changed and removed, a secret is shown once, and what was missed is sent."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any, Final

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bankcore.testing.bank import in_memory_bank
from bankcore.testing.services import ListedServices
from bankcore.testing.webhooks import InMemoryWebhooks, in_memory_webhooks
from bankcore.webhooks.deliveries import WebhookAnswered
from bankcore.webhooks.messages import message_of
from bankcore.webhooks.ports import WebhookQueries, WebhookUnit
from bankcore.webhooks.service import Webhooks
from bankcore.webhooks.settle import settle_answers
from bankcore_http.auth import BearerToken
from bankcore_http.serving.app import create_app
from bankcore_http.webhooks.blueprint import webhooks_blueprint
from tests.contract.webhook_adapters import NOWHERE, SENDER, find_problem
from tests.worlds.http_client import ADMIN, MAIN, OPERATOR, OTHER, SITA, STRANGER, NameIsToken

PATH: Final = "/v1/webhook-endpoints"
BODY: Final[dict[str, object]] = {
    "url": "https://hooks.example.com/bank",
    "events": ["hold.placed"],
    "description": "Accounting",
}
_LEASE: Final = timedelta(minutes=1)


@dataclass
class WebhookClient:
    """A client of two tenants without endpoints."""

    flask: FlaskClient
    made: InMemoryWebhooks
    keys: "count[int]" = field(default_factory=count)

    def send(self, method: str, path: str = "", body: object = None, who: str = ADMIN, key: str = "") -> TestResponse:
        """Send that below the path, as that person, with a new key if none is given."""
        headers = {"Authorization": f"Bearer {who}", "Idempotency-Key": key or f"key-{next(self.keys)}"}
        return self.flask.open(f"{PATH}{path}", method=method, json=body, headers=headers)

    def data(self, method: str, path: str = "", body: object = None, who: str = ADMIN) -> Any:
        """The data of what must go well."""
        answer = self.send(method, path, body, who)
        assert answer.status_code < 300, answer.get_json()
        return answer.get_json()["data"]

    def create(self, **changes: object) -> Any:
        """A new endpoint."""
        return self.data("POST", body={**BODY, **changes})

    def owe(self, event_type: str = "hold.placed") -> None:
        """Let that event happen, and be tried once in vain by every endpoint that wants it."""

        def work(unit: WebhookUnit) -> None:
            stamp = unit.new_stamp(SENDER)
            unit.owe([message_of(stamp.id, event_type, stamp.occurred_at)])
            due = unit.take_due({}, otherwise=1, most=10, lease=_LEASE)
            tried = [WebhookAnswered(due=each, at=unit.opened_at, took_ms=7, http_status=503) for each in due]
            settle_answers(unit, tried, lambda: 0, SENDER)

        self.made.units.run(work)


@pytest.fixture
def client() -> WebhookClient:
    """Nobody is told of anything yet."""
    hooks = {tenant_id: in_memory_webhooks(in_memory_bank(tenant_id), find_problem) for tenant_id in (MAIN, OTHER)}
    services = ListedServices(
        {
            Webhooks: lambda tenant_id: hooks[tenant_id].service,
            WebhookQueries: lambda tenant_id: hooks[tenant_id].queries,
        }
    )
    bank = in_memory_bank()
    app = create_app(
        [webhooks_blueprint(services, BearerToken(NameIsToken()))],
        clock=bank.clock,
        new_id=bank.ids.new_id,
        readiness=dict,
        log_request=lambda _line: None,
    )
    return WebhookClient(app.test_client(), hooks[MAIN])


def test_an_endpoint_is_made_once_and_tells_its_secret_once(client: WebhookClient) -> None:
    first, again = (client.send("POST", body=BODY, key="once") for _ in range(2))

    made, repeated = first.get_json()["data"], again.get_json()["data"]
    assert (first.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert made["secret"].startswith("whsec_")
    assert repeated == made | {"secret": None}
    assert client.data("GET", who=OPERATOR) == [repeated]
    assert client.data("GET", f"/{made['id']}", who=OPERATOR) == repeated
    assert made == {
        "id": made["id"],
        **BODY,
        "createdAt": made["createdAt"],
        "disabledBecause": None,
        "failingSince": None,
        "secretVersion": 1,
        "previousSecretUntil": None,
        "secret": made["secret"],
    }


def test_what_is_no_public_address_or_no_event_is_refused_at_its_place(client: WebhookClient) -> None:
    wrong: list[tuple[dict[str, object], str]] = [
        ({"url": "https://127.0.0.1/"}, "/url"),
        ({"url": "http://hooks.example.com/bank"}, "/url"),
        ({"events": ["transaction"]}, "/events"),
        ({"events": []}, "/events"),
        ({"description": ""}, "/description"),
        ({"secret": "whsec_mine"}, "/secret"),
    ]

    for changes, pointer in wrong:
        answer = client.send("POST", body=BODY | changes)
        assert (answer.status_code, answer.get_json()["error"]["errors"][0]["pointer"]) == (422, pointer)
    assert client.data("GET") == []


def test_an_endpoint_is_changed_where_it_is_named_rotated_and_removed(client: WebhookClient) -> None:
    made = client.create()
    path = f"/{made['id']}"

    disabled = client.data("PATCH", path, {"enabled": False})
    changed = client.data("PATCH", path, {"events": ["*"], "enabled": True})
    rotated = client.data("POST", f"{path}/rotate-secret")
    removed = client.data("DELETE", path)

    same = made | {"secret": None}
    assert disabled == same | {"disabledBecause": "by_hand"}
    assert changed == same | {"events": ["*"]}
    assert rotated["secret"] not in {made["secret"], None}
    assert (rotated["secretVersion"], rotated["previousSecretUntil"] is None) == (2, False)
    assert removed == rotated | {"secret": None}
    assert client.send("GET", path).status_code == 404


def test_what_was_sent_is_shown_and_sent_again(client: WebhookClient) -> None:
    path = f"/{client.create()['id']}"
    for _ in range(3):
        client.owe()

    first = client.send("GET", f"{path}/deliveries?limit=2&status=pending").get_json()
    shown, cursor = first["data"], first["meta"]["page"]["nextCursor"]
    (oldest,) = client.data("GET", f"{path}/deliveries?limit=2&status=pending&cursor={cursor}")
    again = client.data("POST", f"{path}/deliveries/{oldest['eventId']}/redeliver")
    test = client.data("POST", f"{path}/test")
    recovered = client.data("POST", f"{path}/recover", {"since": "2020-01-01T00:00:00Z"})

    assert [delivery["status"] for delivery in shown] == ["pending"] * 2
    assert oldest["log"][0] == {
        "number": 1,
        "at": oldest["log"][0]["at"],
        "httpStatus": 503,
        "problem": None,
        "tookMs": 7,
    }
    assert again == {"count": 1, "eventId": oldest["eventId"]}
    assert (test["count"], recovered) == (1, {"count": 0, "eventId": None})
    assert client.data("GET", f"{path}/deliveries?limit=1")[0]["type"] == "webhook.test"
    assert client.send("POST", f"{path}/deliveries/{NOWHERE}/redeliver").status_code == 404


def test_operators_look_admins_change_and_other_tenants_find_nothing(client: WebhookClient) -> None:
    path = f"/{client.create()['id']}"
    changing = [("PATCH", path, {"enabled": False}), ("DELETE", path, None), ("POST", f"{path}/test", None)]

    statuses = {who: {client.send(*asked, who).status_code for asked in changing} for who in (SITA, OPERATOR, STRANGER)}

    assert statuses == {SITA: {403}, OPERATOR: {403}, STRANGER: {404}}
    assert client.send("GET", path, who=SITA).status_code == 403
    assert client.send("GET", f"{path}/deliveries", who=STRANGER).status_code == 404
    assert client.data("GET", path)["disabledBecause"] is None
