"""Operators list dead letters over HTTP and have them tried again; holders and auditors do not."""

from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from typing_extensions import override

from bankcore.identifiers import SessionId, UserId
from bankcore.identity.principals import Principal
from bankcore.identity.users import Role
from bankcore.testing.services import ListedServices
from bankcore.work.dead_letters import DeadLetters
from bankcore_http.auth import Authenticator, BearerToken
from bankcore_http.serving.app import create_app
from bankcore_http.work.blueprint import dead_letters_blueprint
from bankcore_infra.clock import SystemClock
from bankcore_infra.identifiers import RandomIdentifiers
from tests.worlds.workers import Workers, dead_letters, failing, pay


class RoleIsToken(Authenticator):
    """Believes whoever says a role."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    @override
    def authenticate(self, access_token: str) -> Principal:
        return Principal(
            user_id=UserId(UUID(int=7)),
            tenant_id=self._workers.bank.tenant_id,
            tenant_slug="main",
            session_id=SessionId(UUID(int=1)),
            roles=frozenset({Role(access_token)}),
        )


@pytest.fixture
def client(workers: Workers) -> FlaskClient:
    """The workers of the operators, with two dead letters on it."""
    (consumer,) = workers.consumers
    pay(workers)
    consumer.before = failing(ValueError("no"), when=lambda _event: True)
    for _ in range(workers.policy.tries_max):
        workers.run()
        workers.make_due()
    consumer.before = lambda _event: None
    services = ListedServices({DeadLetters: lambda _tenant_id: dead_letters(workers)})
    app = create_app(
        [dead_letters_blueprint(services, BearerToken(RoleIsToken(workers)))],
        clock=SystemClock(),
        new_id=RandomIdentifiers().new_id,
        readiness=dict,
        log_request=lambda _line: None,
    )
    return app.test_client()


def ask(client: FlaskClient, query: str = "", role: str = "operator") -> Any:
    """The list, or what was said instead."""
    return client.get(f"/v1/admin/dead-letters{query}", headers={"Authorization": f"Bearer {role}"}).get_json()


def test_they_are_listed_in_pages_and_by_consumer(client: FlaskClient) -> None:
    everything = ask(client)["data"]
    first = ask(client, "?limit=1")
    second = ask(client, f"?limit=1&cursor={first['meta']['page']['nextCursor']}")

    assert len(everything) == 2
    assert first["data"] + second["data"] == everything
    assert second["meta"]["page"]["nextCursor"] is None
    assert ask(client, "?consumer=nobody")["data"] == []
    assert {(letter["consumer"], letter["tries"], letter["lastError"]) for letter in everything} == {
        ("recorder", 3, "ValueError")
    }


@pytest.mark.parametrize("role", ["holder", "auditor"])
def test_others_may_not(client: FlaskClient, role: str) -> None:
    assert ask(client, role=role)["error"]["code"] == "forbidden"


def test_one_is_tried_again_once_and_said_to_be_a_replay_the_second_time(client: FlaskClient, workers: Workers) -> None:
    letter_id = ask(client)["data"][0]["id"]
    headers = {"Authorization": "Bearer operator", "Idempotency-Key": "again"}

    answers = [client.post(f"/v1/admin/dead-letters/{letter_id}/redrive", headers=headers) for _ in range(2)]
    missing = client.post(
        f"/v1/admin/dead-letters/{letter_id}/redrive", headers={**headers, "Idempotency-Key": "other"}
    )
    workers.run()

    assert [answer.status_code for answer in answers] == [202, 202]
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true"]
    assert missing.status_code == 404
    assert len(workers.effects()) == 1
    assert len(ask(client)["data"]) == 1
