"""Tenants over HTTP: behind one token, and every change may be sent twice."""

from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from bankcore.services import Services
from bankcore.tenancy.administration import TenantAdministration
from bankcore.testing.identifiers import SequentialIdentifiers
from bankcore.testing.services import ListedServices
from bankcore.testing.tenant_administration import InMemoryTenantAdministration
from bankcore_http.blueprint import Blueprint
from bankcore_http.tenancy.blueprint import tenants_blueprint
from tests.worlds.http_client import HttpClient, LedgerApplication

TOKEN: Final = "token-of-the-installation-itself-01"
TENANTS: Final = "/v1/installation/tenants"
SECOND: Final = {"name": "Second Bank", "kind": "test"}
REQUESTS: Final[list[tuple[str, str, object]]] = [
    ("GET", "", None),
    ("GET", "/second", None),
    ("PUT", "/third", SECOND),
    ("PUT", "/second/status", {"status": "suspended", "reason": "a try"}),
    ("GET", "/second/settings", None),
    ("PUT", "/second/settings/registration", {"value": "closed"}),
]


class Operator:
    """Asks with the token."""

    def __init__(self, http: HttpClient, tenants: InMemoryTenantAdministration) -> None:
        self.http = http
        self.tenants = tenants

    def ask(self, method: str, path: str, body: object = None, token: str | None = TOKEN) -> TestResponse:
        headers = {} if token is None else {"X-Operator-Token": token}
        return self.http.flask.open(TENANTS + path, method=method, json=body, headers=headers)

    def told(self, method: str, path: str, body: object = None) -> Any:
        answer = self.ask(method, path, body)
        assert answer.status_code in {200, 201}, answer.get_json()
        return answer.get_json()["data"]


@pytest.fixture
def operator() -> Operator:
    """Somebody with the token, and the tenant `second`."""
    tenants = InMemoryTenantAdministration(SequentialIdentifiers())

    def blueprint(_services: Services, _caller: object) -> Blueprint:
        return tenants_blueprint(ListedServices({}, shared={TenantAdministration: tenants}), TOKEN)

    made = Operator(LedgerApplication(blueprint).open(), tenants)
    assert made.ask("PUT", "/second", SECOND).status_code == 201
    return made


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS, ids=lambda value: str(value)[:30])
@pytest.mark.parametrize("token", [None, "", "another-token-of-the-installation-x", TOKEN + "x", "tökèn"])
def test_without_the_token_nothing_is_shown_and_nothing_changes(
    operator: Operator, method: str, path: str, body: object, token: str | None
) -> None:
    refused = operator.ask(method, path, body, token)

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (401, "unauthenticated")
    assert len(operator.tenants.changes) == 1


def test_a_tenant_is_made_once_and_another_of_its_slug_is_refused(operator: Operator) -> None:
    again = operator.ask("PUT", "/second", SECOND)
    other = operator.ask("PUT", "/second", {**SECOND, "kind": "live"})
    wrong = operator.ask("PUT", "/Not%20a%20slug", SECOND)

    assert again.status_code == 200
    assert (other.status_code, other.get_json()["error"]["code"]) == (409, "tenant_exists")
    assert wrong.status_code == 422
    assert [each["slug"] for each in operator.told("GET", "")] == ["second"]
    assert operator.told("GET", "/second") == again.get_json()["data"]


def test_a_tenant_is_suspended_and_resumed_in_the_name_of_the_installation(operator: Operator) -> None:
    asked = [{"status": status, "reason": "an inspection"} for status in ("suspended", "suspended", "active")]

    told = [operator.told("PUT", "/second/status", body)["status"] for body in asked]

    assert told == ["suspended", "suspended", "active"]
    assert [(origin.actor_type, origin.actor_id) for _slug, origin in operator.tenants.changes] == [
        ("operator", "installation")
    ] * 3
    assert operator.ask("PUT", "/nobody/status", asked[0]).status_code == 404
    assert operator.ask("PUT", "/second/status", {"status": "gone", "reason": "x"}).status_code == 422


def test_settings_are_changed_and_taken_back(operator: Operator) -> None:
    closed = operator.told("PUT", "/second/settings/registration", {"value": "closed"})
    read = operator.told("GET", "/second/settings")
    opened = operator.told("PUT", "/second/settings/registration", {})

    assert closed["settings"]["registration"] == "closed"
    assert read == closed
    assert opened["settings"]["registration"] == "open"
    for path, body in (("colour", {"value": "red"}), ("registration", {"value": "ajar"})):
        assert operator.ask("PUT", f"/second/settings/{path}", body).status_code == 422
