"""A receiver of webhooks on this machine: it checks signatures with the standard's own library, and answers as told."""

import asyncio
import json
import threading
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from standardwebhooks import Webhook

_BAD: Final = 400


class WebhookReceiver:
    """Many receivers behind one port, one for each path. `behaviour` names the status by path, or 0 for silence, and
    `slowness` how long it takes. Of `requests` the latest thousand are kept.
    """

    def __init__(self) -> None:
        self.port = 0
        self.behaviour: dict[str, int] = {}
        self.slowness: dict[str, float] = {}
        self.secrets: dict[str, str] = {}
        self.events: Counter[str] = Counter()
        self.received: Counter[tuple[str, str]] = Counter()
        self.requests: deque[tuple[str, Mapping[str, str], bytes]] = deque(maxlen=1_000)
        self.arrivals: dict[tuple[str, str], float] = {}
        self.unsigned = 0

    def url(self, path: str) -> str:
        """The address of the receiver with that path."""
        return f"http://127.0.0.1:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
                    body = await reader.readexactly(int(headers["content-length"]))
                    path = first.split()[1]
                    await asyncio.sleep(self.slowness.get(path, 0))
                    status = self._take(path, headers, body)
                    if status == 0:
                        await reader.read()
                        break
                    writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)
                    await writer.drain()
        finally:
            writer.close()

    def _take(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        status = self.behaviour.get(path, 200)
        self.requests.append((path, headers, body))
        try:
            Webhook(self.secrets[path]).verify(body, dict(headers))
        except Exception:  # noqa: BLE001 - whatever it is, the signature was not understood
            self.unsigned += 1
            return _BAD
        if status == 200:
            event = (path, json.loads(body)["data"]["eventId"])
            self.events[path] += event not in self.received
            self.received[event] += 1
            self.arrivals[event] = asyncio.get_running_loop().time()
        return status


@contextmanager
def webhook_receiver() -> Iterator[WebhookReceiver]:
    """A running receiver."""
    receiver, ready, loop = WebhookReceiver(), threading.Event(), asyncio.new_event_loop()

    async def start() -> asyncio.Server:
        server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, backlog=1_000)
        receiver.port = server.sockets[0].getsockname()[1]
        return server

    def run() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(start())
        ready.set()
        loop.run_forever()
        server.close()
        open_connections = asyncio.all_tasks(loop)
        for task in open_connections:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*open_connections, return_exceptions=True))
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    try:
        yield receiver
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
