"""One id, one log line a request; nothing secret in either."""

from collections.abc import Iterator

import pytest
from loguru import logger

from bankcore_http.answering.request_context import current_request
from bankcore_http.serving.request_boundary import RequestLine, log_with_loguru
from tests.worlds.http_framework import FIELDS, FakeService


@pytest.fixture
def logged() -> Iterator[list[dict[str, object]]]:
    """What loguru wrote: the message and the bound fields of each record."""
    records: list[dict[str, object]] = []
    handler = logger.add(
        lambda message: records.append({"message": message.record["message"], **message.record["extra"]}), level="DEBUG"
    )
    yield records
    logger.remove(handler)


@pytest.mark.parametrize("offered", ["order-0001", "A_b-12345", "x" * 64])
def test_a_good_request_id_is_taken_and_echoed(world: FakeService, offered: str) -> None:
    answer = world.client.get("/v1/till/rows", headers={"X-Request-Id": offered})

    assert (
        answer.headers["X-Request-Id"] == answer.get_json()["meta"]["requestId"] == world.lines[0].request_id == offered
    )


@pytest.mark.parametrize("offered", ["", "short", "x" * 65, "has space 1", "dot.dot.dot", "semi;colon", "\u00e9" * 8])
def test_any_other_request_id_is_replaced(world: FakeService, offered: str) -> None:
    answer = world.client.get("/v1/till/rows", headers={"X-Request-Id": offered})

    assert answer.headers["X-Request-Id"] == "req_" + "0" * 31 + "1"


def test_each_request_logs_one_line_with_the_template_of_its_route(world: FakeService) -> None:
    world.client.get("/v1/till/mine", headers={"X-Caller": "alice", "X-Request-Id": "order-0001"})
    world.client.get("/v1/till/refusals/till?secret=4111", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    world.client.open("/nowhere/4111", method="BREW")

    shown = [(line.method, line.route, line.status, line.tenant, line.actor, line.client_ip) for line in world.lines]
    assert shown == [
        ("GET", "/v1/till/mine", 200, "main", "alice", "127.0.0.1"),
        ("GET", "/v1/till/refusals/<name>", 422, None, None, "192.0.2.7"),
        ("(other)", "(no route)", 404, None, None, "127.0.0.1"),
    ]
    assert all(line.duration_ms >= 0 for line in world.lines)
    assert "4111" not in repr(world.lines)


def test_the_client_address_is_the_socket_s_and_not_a_header_s(world: FakeService) -> None:
    world.client.get("/health/live", headers={"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"})

    assert world.lines[0].client_ip == "127.0.0.1"


def test_a_defect_is_logged_once_by_type_and_place_without_values(
    world: FakeService, logged: list[dict[str, object]]
) -> None:
    answer = world.client.get("/v1/till/broken", headers={"X-Request-Id": "order-0001"})

    assert answer.get_json()["error"] == {
        "code": "internal_error",
        "details": {},
        "errors": [],
        "retryable": False,
    }
    assert "4111" not in answer.get_data(as_text=True)
    assert len(logged) == 1
    assert logged[0]["exception"] == "LedgerInvariantError"
    assert logged[0]["request_id"] == "order-0001"
    assert "http_framework.py" in str(logged[0]["place"])
    assert "4111" not in str(logged)


def test_log_lines_of_a_view_carry_request_tenant_and_actor(
    world: FakeService, logged: list[dict[str, object]]
) -> None:
    world.client.get("/v1/till/mine", headers={"X-Caller": "alice", "X-Request-Id": "order-0001"})
    logger.info("afterwards")

    during, after = logged
    assert during == {"message": "asked", "request_id": "order-0001", "tenant": "main", "actor": "alice"}
    assert after == {"message": "afterwards"}


def test_no_request_is_left_behind_in_the_thread(world: FakeService) -> None:
    world.client.post("/v1/till/money", json=FIELDS)

    with pytest.raises(LookupError):
        current_request()


def test_the_log_line_through_loguru_has_a_constant_message(logged: list[dict[str, object]]) -> None:
    line = RequestLine(
        method="GET",
        route="/v1/{x.y}",
        status=200,
        duration_ms=1.5,
        request_id="order-0001",
        tenant="main",
        actor="a\nb",
        client_ip="127.0.0.1",
    )

    log_with_loguru(line)

    assert logged[0]["message"] == "request"
    assert logged[0]["actor"] == "a\nb"


def test_nobody_registers_hooks_that_the_application_would_pass_over(world: FakeService) -> None:
    app = world.app

    hooks = (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs, app.url_value_preprocessors)

    assert not any(functions for registered in hooks for functions in registered.values())
