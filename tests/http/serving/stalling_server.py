"""Serves an endless answer to readers who have half a second, on the port that it is given: a process of its own."""

import sys
from collections.abc import Iterable
from itertools import repeat
from wsgiref.types import StartResponse, WSGIEnvironment

from granian import Granian
from granian.constants import HTTPModes, Interfaces, TaskImpl

from bankcore_http.serving.readers import ReaderLimits
from bankcore_http.serving.threads import ThreadedApplication


def create() -> ThreadedApplication:
    """`/endless` is streamed, `/long` has a length; anything else is small."""
    return ThreadedApplication(_application, threads=2, reader_limits=ReaderLimits(grace_s=0.5))


def _application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    match environ["PATH_INFO"]:
        case "/endless":
            start_response("200 OK", [("Content-Type", "text/csv")])
            return repeat(b"x" * 65_536)
        case "/long":
            content = b"x" * 30_000_000
            start_response("200 OK", [("Content-Length", str(len(content)))])
            return [content]
        case _:
            start_response("200 OK", [("Content-Length", "5")])
            return [b"small"]


if __name__ == "__main__":
    Granian(
        f"{__spec__.name}:create",
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGINL,
        task_impl=TaskImpl.asyncio,
        http=HTTPModes.http1,
        websockets=False,
        factory=True,
        log_enabled=False,
    ).serve()
