"""The real application's notifications over HTTP, on a real database."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bankcore.notifications.service import NotificationService
from bankcore.testing.services import ListedServices
from bankcore_http.auth import BearerToken
from bankcore_http.notifications.blueprint import notifications_blueprint
from bankcore_http.serving.app import create_app
from bankcore_infra.identity.wiring import identity_directory
from tests.worlds.sql_bank import SqlBank
from tests.worlds.sql_notifications import NotificationWorld


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """A client of the application, and the tenant behind it."""

    client: FlaskClient
    world: NotificationWorld

    def token(self, name: str) -> str:
        """An access token of that user's."""
        return self.world.identity.login(f"{name}@example.com").access_token

    def get(self, path: str, token: str) -> TestResponse:
        """Ask with that token."""
        return self.client.get(f"/v1/notifications{path}", headers={"Authorization": f"Bearer {token}"})

    def put(self, token: str, body: Any, *, key: str | None = "k-1") -> TestResponse:
        """Choose with that token."""
        headers = {"Authorization": f"Bearer {token}"} | ({} if key is None else {"Idempotency-Key": key})
        return self.client.put("/v1/notifications/preferences", json=body, headers=headers)


@pytest.fixture
def letterbox(bank: SqlBank, tmp_path: Path) -> Letterbox:
    """The application on a database with one tenant and no users."""
    world = NotificationWorld.of(bank, tmp_path / "keys")
    directory = identity_directory(world.identity.parts)

    services = ListedServices({NotificationService: lambda _tenant_id: world.service})
    app = create_app(
        [notifications_blueprint(services, BearerToken(directory))],
        clock=world.identity.parts.clock,
        new_id=bank.ids.new_id,
        readiness=dict,
        log_request=lambda _line: None,
    )
    return Letterbox(client=app.test_client(), world=world)
