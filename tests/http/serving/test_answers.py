"""An answer is sent after its thread is given back; a long one is made as fast as it is taken."""

import asyncio
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bankcore_http.serving import threads
from bankcore_http.serving.readers import ReaderLimits, UntakenError
from bankcore_http.serving.request_boundary import REFUSAL
from bankcore_http.serving.threads import ThreadedApplication
from tests.http.serving.asgi_client import Client, scope_of
from tests.worlds.http_framework import FakeService


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


@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 65_537, 200_000])
def test_an_answer_with_a_length_arrives_whole_in_pieces_that_are_not_too_long(length: int) -> None:
    content = random.Random(length).randbytes(length)

    def application(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", str(length))])
        return [content]

    answer = Client(ThreadedApplication(application, threads=1)).ask("GET", "/")

    assert (b"".join(answer.pieces), answer.ended) == (content, True)
    assert max(map(len, answer.pieces)) <= 65_536
    assert dict(answer.headers)[b"content-length"] == str(length).encode()


class Reader:
    """A client that takes each piece after so long."""

    def __init__(self, *, seconds: float) -> None:
        self.taken = 0
        self._seconds = seconds

    async def receive(self) -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body" and message["body"]:
            await asyncio.sleep(self._seconds)
            self.taken += 1


def read(reader: Reader, pieces: Pieces, limits: ReaderLimits) -> None:
    application = ThreadedApplication(streaming(pieces), threads=1, reader_limits=limits)
    asyncio.run(asyncio.wait_for(application(scope_of("GET", "/"), reader.receive, reader.send), 10))


def test_a_reader_that_takes_nothing_is_given_up() -> None:
    reader, pieces = Reader(seconds=3_600), Pieces(1_000)

    with pytest.raises(UntakenError):
        read(reader, pieces, ReaderLimits(grace_s=0.05))

    assert (reader.taken, pieces.made) == (0, 1)
    assert pieces.closed.is_set()


def test_a_reader_that_takes_each_piece_late_is_given_up_though_no_piece_waits_long() -> None:
    reader, pieces = Reader(seconds=0.02), Pieces(1_000_000)

    with pytest.raises(UntakenError):
        read(reader, pieces, ReaderLimits(grace_s=0.2, bytes_per_s=4_096))

    assert 3 <= reader.taken <= 12
    assert pieces.closed.is_set()


def test_a_reader_that_is_fast_enough_gets_all_of_it_however_long_it_is() -> None:
    reader, pieces = Reader(seconds=0.002), Pieces(200)

    # Ten bytes in two milliseconds are more than one in ten, and 200 pieces take longer than the grace.
    read(reader, pieces, ReaderLimits(grace_s=0.2, bytes_per_s=100))

    assert reader.taken == pieces.made == 200


def test_what_an_answer_takes_to_be_made_is_not_the_reader_s_fault() -> None:
    def slowly_made() -> Iterator[bytes]:
        for _ in range(5):
            threading.Event().wait(0.05)
            yield b"x" * 10

    reader = Reader(seconds=0)
    application = ThreadedApplication(
        streaming(slowly_made()), threads=1, reader_limits=ReaderLimits(grace_s=0.1, bytes_per_s=1_000_000)
    )
    asyncio.run(application(scope_of("GET", "/"), reader.receive, reader.send))

    assert reader.taken == 5


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
    world: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "_QUEUE_TIMEOUT_S", -1)

    answer = Client(ThreadedApplication(world.app, threads=1)).ask("GET", "/v1/till/broken")

    assert (answer.status, answer.code, answer.json["error"]["retryable"]) == (503, "unavailable", True)
    assert REFUSAL == "bankcore.refusal"


def test_other_protocols_are_not_spoken(world: FakeService) -> None:
    asyncio.run(ThreadedApplication(world.app, threads=1)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
