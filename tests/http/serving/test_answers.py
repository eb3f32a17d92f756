"""An answer is sent after its thread is given back; a long one is made as fast as it is taken."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bankcore_http.request_boundary import REFUSAL
from bankcore_http.serving import threads
from bankcore_http.serving.threads import ThreadedApplication
from tests.http.foundations.till import World
from tests.http.serving.asgi_client import Client, scope_of


class Pieces:
    """An answer of many pieces that knows how many were made and whether it was closed."""

    def __init__(self, number: int) -> None:
        self.made = 0
        self.closed = threading.Event()
        self._number = number

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._number):
            self.made += 1
            yield b"x" * 10

    def close(self) -> None:
        self.closed.set()


def streaming(pieces: Iterable[bytes]) -> Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]:
    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/csv")])
        return pieces

    return application


def test_an_answer_of_many_pieces_arrives_whole_and_is_closed() -> None:
    pieces = Pieces(5)

    answer = Client(ThreadedApplication(streaming(pieces), threads=1)).ask("GET", "/")

    assert (b"".join(answer.pieces), answer.ended) == (b"x" * 50, True)
    assert pieces.closed.is_set()


def test_a_reader_that_takes_nothing_holds_no_thread_and_lets_nothing_be_made() -> None:
    pieces = Pieces(1_000)
    application = ThreadedApplication(streaming(pieces), threads=1)

    async def ask_beside_slow_reader() -> int:
        taken = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.body":
                taken.set()
                await asyncio.Event().wait()

        slow = asyncio.ensure_future(application(scope_of("GET", "/"), receive, send))
        await taken.wait()
        made = pieces.made
        other = Client(application)
        answer = await asyncio.wait_for(other.ask_in_loop("GET", "/"), 5)
        assert answer.status == 200
        slow.cancel()
        await asyncio.wait([slow])
        return made

    assert asyncio.run(ask_beside_slow_reader()) == 1
    assert pieces.closed.wait(5)


def test_a_reader_that_leaves_ends_the_making() -> None:
    pieces = Pieces(1_000_000)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(_message: dict[str, Any]) -> None:
        pass

    application = ThreadedApplication(streaming(pieces), threads=1)
    asyncio.run(application(scope_of("GET", "/"), receive, send))

    assert pieces.made < 100
    assert pieces.closed.is_set()


def test_an_answer_that_breaks_off_does_not_look_whole() -> None:
    def breaking() -> Iterator[bytes]:
        yield b"first"
        raise RuntimeError

    client, seen = Client(ThreadedApplication(streaming(breaking()), threads=1)), []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        seen.append(message)

    with pytest.raises(RuntimeError):
        asyncio.run(client.application(scope_of("GET", "/"), receive, send))  # type: ignore[arg-type]

    assert all(message.get("more_body", True) for message in seen)


def test_a_request_that_waited_too_long_for_a_thread_is_not_carried_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "_QUEUE_TIMEOUT_S", -1)

    answer = Client(ThreadedApplication(world.app, threads=1)).ask("GET", "/v1/till/broken")

    assert (answer.status, answer.code, answer.json["error"]["retryable"]) == (503, "unavailable", True)
    assert REFUSAL == "bankcore.refusal"


def test_other_protocols_are_not_spoken(world: World) -> None:
    asyncio.run(ThreadedApplication(world.app, threads=1)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
