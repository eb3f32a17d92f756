"""A body is received before a thread is taken: all of it, in time, or not at all."""

import asyncio
import json

import pytest

from bankcore_http.serving.bodies import BodyLimits
from bankcore_http.serving.threads import ThreadedApplication
from tests.http.serving.asgi_client import Client, Lines, scope_of
from tests.worlds.http_framework import FIELDS, FakeService

BODY = json.dumps(FIELDS).encode()
SHORT = BodyLimits(grace_s=0.05, bytes_per_s=1_000_000)
PATH = "/v1/till/money"


def lines_for(length: int) -> Lines:
    return [("Content-Type", "application/json"), ("Content-Length", str(length))]


CHUNKED: Lines = [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]


@pytest.mark.parametrize("pieces", [[BODY], [BODY[:5], BODY[5:]], [BODY[i : i + 1] for i in range(len(BODY))]])
@pytest.mark.parametrize("lines", [lines_for(len(BODY)), CHUNKED])
def test_a_body_arrives_in_any_number_of_pieces(world: FakeService, pieces: list[bytes], lines: Lines) -> None:
    answer = Client(ThreadedApplication(world.app, threads=1)).ask("POST", PATH, lines, pieces)

    assert (answer.status, answer.json["data"]["amount"]) == (201, "1.50")


@pytest.mark.parametrize("lines", [lines_for(500), CHUNKED])
def test_a_body_that_does_not_come_in_time_is_408_and_may_be_sent_again(world: FakeService, lines: Lines) -> None:
    answer = Client(ThreadedApplication(world.app, threads=1, limits=SHORT)).ask("POST", PATH, lines, None)

    assert (answer.status, answer.code, answer.json["error"]["retryable"]) == (408, "request_timeout", True)
    assert (b"connection", b"close") in answer.headers


def test_others_are_served_while_bodies_do_not_come(world: FakeService) -> None:
    client = Client(ThreadedApplication(world.app, threads=1, limits=BodyLimits(grace_s=60)))

    async def ask_beside_slow_ones() -> int:
        slow = [asyncio.ensure_future(client.ask_in_loop("POST", PATH, lines_for(500), None)) for _ in range(50)]
        await asyncio.sleep(0)
        answer = await asyncio.wait_for(client.ask_in_loop("POST", PATH, lines_for(len(BODY)), [BODY]), 5)
        for each in slow:
            assert not each.done()
            each.cancel()
        return answer.status

    assert asyncio.run(ask_beside_slow_ones()) == 201


def test_a_longer_body_may_take_longer() -> None:
    limits = BodyLimits(grace_s=5, bytes_per_s=1_000)

    assert (limits.time_s(0), limits.time_s(10_000)) == (5, 15)


def test_a_body_that_is_announced_as_too_large_is_not_received(world: FakeService) -> None:
    answer = Client(ThreadedApplication(world.app, threads=1)).ask("POST", PATH, lines_for(70_000), None)

    assert (answer.status, answer.code) == (413, "payload_too_large")
    assert (b"connection", b"close") in answer.headers


def test_a_chunked_body_that_is_too_large_is_received_up_to_the_limit(world: FakeService) -> None:
    pieces = [b"x" * 10_000] * 100
    answer = Client(ThreadedApplication(world.app, threads=1)).ask("POST", PATH, CHUNKED, pieces)

    assert (answer.status, answer.code) == (413, "payload_too_large")


@pytest.mark.parametrize("coding", ["gzip, chunked", "identity", "chunked, chunked"])
def test_only_plain_chunks_are_taken(world: FakeService, coding: str) -> None:
    lines = [("Content-Type", "application/json"), ("Transfer-Encoding", coding)]
    answer = Client(ThreadedApplication(world.app, threads=1)).ask("POST", PATH, lines, [BODY])

    assert (answer.status, answer.code) == (400, "bad_request")


def test_a_client_that_leaves_while_it_sends_has_asked_nothing(world: FakeService) -> None:
    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(_message: object) -> None:
        pass

    application = ThreadedApplication(world.app, threads=1)
    asyncio.run(application(scope_of("POST", PATH, lines_for(500)), receive, send))

    assert [line.status for line in world.lines] == [400]


def test_who_may_not_ask_hears_that_and_not_of_the_body(world: FakeService) -> None:
    application = ThreadedApplication(world.app, threads=1, limits=SHORT)

    answer = Client(application).ask("GET", "/v1/till/mine", lines_for(500), None)

    assert answer.status == 401
