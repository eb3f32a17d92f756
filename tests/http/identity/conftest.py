"""The real application's identity over HTTP, on a real database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bankcore.identity.services import IdentityDirectory
from bankcore.origin import Origin
from bankcore.permissions import Permission
from bankcore.testing.services import ListedServices
from bankcore_http.answering.rates import NO_LIMITS, RateLimits
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.identity.blueprint import identity_blueprint
from bankcore_http.identity.team import team_blueprint
from bankcore_http.serving.app import create_app
from bankcore_http.serving.request_boundary import RequestLine
from bankcore_infra.identity.wiring import identity_directory
from tests.worlds.identity import PASSWORD, IdentityWorld
from tests.worlds.sql_bank import SqlBank


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The application, a client of it, and what was logged."""

    app: Flask
    client: FlaskClient
    identity: IdentityWorld
    lines: list[RequestLine]
    origins: list[Origin] = field(default_factory=list)

    def register(
        self, changes: Mapping[str, object] = MappingProxyType({}), *, key: str = "first", slug: str = "main"
    ) -> TestResponse:
        """Register Sita, or somebody else."""
        body = {"email": "sita@example.com", "password": PASSWORD, "fullName": "Sita Sharma", **changes}
        headers = {"Idempotency-Key": key, "X-Tenant": slug}
        return self.client.post("/v1/auth/register", json=body, headers=headers)

    def login(self, **changes: object) -> TestResponse:
        """Log Sita in, or somebody else."""
        return self.client.post("/v1/auth/login", json={"email": "sita@example.com", "password": PASSWORD, **changes})

    def tokens(self) -> dict[str, str]:
        """The pair of a new session of Sita's."""
        data: dict[str, str] = self.login().get_json()["data"]
        return data

    def get(self, path: str, token: str) -> TestResponse:
        """Ask with an access token."""
        return self.client.get(path, headers={"Authorization": f"Bearer {token}"})


def guarded_blueprint(caller: BearerToken, origins: list[Origin]) -> Blueprint:
    """Two routes of another capability: one for anybody who is known, one for auditors."""
    blueprint = Blueprint("guarded", url_prefix="/v1/guarded")

    @blueprint.route("/anybody")
    @blueprint.takes(caller.who_may(Permission.PROFILE_READ))
    @blueprint.response(200)
    def anybody(caller: Caller) -> dict[str, object]:
        """For anybody who is known."""
        origins.append(caller.origin)
        return {}

    @blueprint.route("/auditors")
    @blueprint.takes(caller.who_may(Permission.AUDIT_READ))
    @blueprint.response(200)
    def auditors(caller: Caller) -> dict[str, object]:
        """For auditors."""
        origins.append(caller.origin)
        return {}

    return blueprint


def open_door(identity: IdentityWorld, rates: RateLimits = NO_LIMITS) -> Door:
    """The application for the tenants of that database, with those limits."""
    directory: IdentityDirectory = identity_directory(identity.parts)
    caller = BearerToken(directory)
    lines: list[RequestLine] = []
    origins: list[Origin] = []
    services = ListedServices({}, shared={IdentityDirectory: directory})
    app = create_app(
        [
            identity_blueprint(services, caller),
            team_blueprint(services, caller),
            guarded_blueprint(caller, origins),
        ],
        clock=identity.parts.clock,
        new_id=identity.bank.ids.new_id,
        readiness=dict,
        log_request=lines.append,
        rates=rates,
    )
    return Door(app=app, client=app.test_client(), identity=identity, lines=lines, origins=origins)


@pytest.fixture
def door(bank: SqlBank, tmp_path: Path) -> Door:
    """The application on a database with one tenant and no users."""
    return open_door(IdentityWorld.of(bank, tmp_path / "keys"))
