"""The doorbell: tells the relay at once that a tenant has something new. If the relay misses it, it looks by itself
soon after.
"""

import threading
import time
from typing import Final
from uuid import UUID

from redis import Redis, RedisError
from redis.client import PubSub
from typing_extensions import override

from bankcore.identifiers import TenantId
from bankcore_infra.processes import renew_in_children
from bankcore_infra.work.queue_listener import Doorbell
from bankcore_infra.work.redis_clients import redis_client

_CHANNEL: Final = "bankcore:doorbell"
_RING_TIMEOUT_S: Final = 0.25
# The first ring is heard at once; those of a busy process that come soon after it are one. Ringing after each commit
# cost callers a quarter of their throughput, because a thread that rings takes Python from those that post (measured).
_PAUSE_S: Final = 0.02
_SILENCE_S: Final = 1.0
_RINGS_MAX: Final = 1_000


class RedisDoorbell(Doorbell):
    """Rings through Redis from a thread of its own, many rings at once as one, so that no caller waits for Redis."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._is_closed = False
        self._begin_anew()
        renew_in_children(self._begin_anew)

    def _begin_anew(self) -> None:
        """Begin with nothing to ring for: the parent's thread rings for the parent, and may hold the client's locks."""
        self._redis: Redis = redis_client(self._url, timeout_s=_RING_TIMEOUT_S)
        self._tenants: set[TenantId] = set()
        self._rung = threading.Condition()
        self._thread: threading.Thread | None = None

    @override
    def ring(self, tenant_id: TenantId) -> None:
        with self._rung:
            if self._is_closed:
                return
            self._tenants.add(tenant_id)
            if self._thread is None:
                # The thread starts with the first ring, because a process may fork before it.
                self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)
                self._thread.start()
            self._rung.notify()

    @override
    def close(self) -> None:
        with self._rung:
            self._is_closed = True
            self._rung.notify()
            thread = self._thread
        if thread is not None:
            thread.join(_RING_TIMEOUT_S * 4)
        self._redis.close()

    def _run(self) -> None:
        while True:
            with self._rung:
                self._rung.wait_for(lambda: self._tenants or self._is_closed)
                if self._is_closed:
                    return
                tenants, self._tenants = self._tenants, set()
            try:
                self._redis.publish(_CHANNEL, " ".join(sorted(str(tenant_id) for tenant_id in tenants)))
            except RedisError:
                # The relay looks by itself once a second, so a quicker retry gains nothing.
                time.sleep(_SILENCE_S)
            else:
                time.sleep(_PAUSE_S)


class DoorbellListener:
    """Hears the doorbell."""

    def __init__(self, url: str) -> None:
        """Listen at that address; while it cannot be reached, `wait` only pauses."""
        self._redis: Redis = redis_client(url)
        self._heard: PubSub | None = None

    def wait(self, timeout_s: float) -> set[TenantId]:
        """Wait for a ring at most that long. Returns the tenants that rang, perhaps none."""
        deadline = time.monotonic() + timeout_s
        try:
            return self._listen(deadline)
        except RedisError:
            self._heard = None
            time.sleep(max(0.0, deadline - time.monotonic()))
            return set()

    def close(self) -> None:
        """Listen no more."""
        if self._heard is not None:
            self._heard.close()
        self._redis.close()

    def _listen(self, deadline: float) -> set[TenantId]:
        if self._heard is None:
            heard: PubSub = self._redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
            heard.subscribe(_CHANNEL)
            self._heard = heard
        while (left_s := deadline - time.monotonic()) > 0:
            message = self._heard.get_message(timeout=left_s)
            if message is not None:
                return _tenants_of(message["data"]) | self._drain(self._heard)
        return set()

    def _drain(self, heard: PubSub) -> set[TenantId]:
        """The other tenants that have rung by now, so that many rings lead to one look."""
        tenants: set[TenantId] = set()
        for _ in range(_RINGS_MAX):
            message = heard.get_message(timeout=0)
            if message is None:
                break
            tenants |= _tenants_of(message["data"])
        return tenants


def _tenants_of(data: bytes) -> set[TenantId]:
    """The tenants that rang. Every client of Redis can write here, so a text that is no id is ignored."""
    try:
        return {TenantId(UUID(name)) for name in data.decode("ascii").split()}
    except ValueError:
        return set()
