"""Clients of Redis or Valkey that give up in bounded time."""

from typing import Any, Final

from redis import ConnectionError as RedisConnectionError
from redis import Redis
from redis import TimeoutError as RedisTimeoutError
from redis.backoff import NoBackoff
from redis.retry import Retry
from typing_extensions import override

_TIMEOUT_S: Final = 2.0
_CONNECT_TIMEOUT_S: Final = 1.0


class _BoundedRedis(Redis):
    """A client that reports a late answer as a lost connection, because Dramatiq repeats only after that error."""

    @override
    def execute_command(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().execute_command(*arguments, **options)  # type: ignore[no-untyped-call]
        except RedisTimeoutError as error:
            raise RedisConnectionError(str(error)) from error


def redis_client(url: str, *, timeout_s: float = _TIMEOUT_S) -> Redis:
    """A client that gives up in bounded time and never repeats by itself."""
    return _BoundedRedis.from_url(
        url,
        socket_timeout=timeout_s,
        socket_connect_timeout=min(timeout_s, _CONNECT_TIMEOUT_S),
        **({} if url.startswith("unix") else {"socket_keepalive": True}),
        retry=Retry(NoBackoff(), 0),
    )
