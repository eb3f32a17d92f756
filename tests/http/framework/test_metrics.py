"""Metrics are for whoever knows the token, and for nobody if there is none."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bankcore_http.serving.app import create_app
from bankcore_http.serving.metrics import MetricsPage, metrics_blueprint
from bankcore_infra.clock import SystemClock
from bankcore_infra.identifiers import RandomIdentifiers

TOKEN = "token-of-the-monitoring"


@pytest.fixture
def plain() -> Flask:
    """An application without metrics."""
    return create_app(
        [],
        clock=SystemClock(),
        new_id=RandomIdentifiers().new_id,
        readiness=dict,
        log_request=lambda _line: None,
    )


@pytest.fixture
def client(plain: Flask) -> FlaskClient:
    """An application with metrics."""
    plain.register_blueprint(metrics_blueprint(MetricsPage(lambda: b"bankcore_database_up 1.0\n", TOKEN)))
    return plain.test_client()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_whoever_knows_the_token_reads_them(client: FlaskClient, scheme: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": f"{scheme} {TOKEN}"})

    assert (answer.status_code, answer.data) == (200, b"bankcore_database_up 1.0\n")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.parametrize("said", [None, "", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ", "Bearer \u00fc"])
def test_nobody_else_does(client: FlaskClient, said: str | None) -> None:
    answer = client.get("/metrics", headers={} if said is None else {"Authorization": said})

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert b"bankcore_" not in answer.data


def test_without_a_token_there_are_none(plain: Flask) -> None:
    assert plain.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 404


def test_the_token_is_in_no_repr() -> None:
    assert TOKEN not in repr(MetricsPage(bytes, TOKEN))
