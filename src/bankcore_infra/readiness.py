"""Whether the servers a process needs answer at this moment."""

from collections.abc import Callable, Mapping

from redis import Redis, RedisError

from bankcore.errors import BankcoreError
from bankcore_infra.audit.positions import PositionsStoppedError, count_stopped
from bankcore_infra.db.engine import Database
from bankcore_infra.wiring import Bank

_PING_TIMEOUT_S = 0.5


def readiness_of(bank: Bank) -> Callable[[], Mapping[str, bool]]:
    """A check that asks each server by name; it never raises, and is quick."""
    redis_url = bank.installation.redis_url
    redis = None if redis_url is None else Redis.from_url(redis_url, socket_timeout=_PING_TIMEOUT_S)

    def check() -> Mapping[str, bool]:
        checks = {"database": _answers(bank.database.ping), "log": _answers(lambda: _require_positions(bank.database))}
        if redis is not None:
            checks["redis"] = _answers(redis.ping)
        return checks

    return check


def _require_positions(database: Database) -> None:
    """Nothing, unless a tenant's log has stopped. Raises: PositionsStoppedError."""
    with database.begin() as connection:
        if count_stopped(connection):
            raise PositionsStoppedError


def _answers(ping: Callable[[], object]) -> bool:
    try:
        ping()
    except (BankcoreError, RedisError, PositionsStoppedError):
        return False
    return True
