"""Tells all processes what a scheduler does all the time, by a word in Redis that expires unless it is renewed."""

import time
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from redis import Redis, RedisError

from bankcore_infra.work.redis_clients import redis_client

_KEY: Final = "bankcore:duty:"
_TIMEOUT_S: Final = 0.5
# A step of sealing or publishing may take this long on a bad day. After it, the duty counts as not done.
_FADES_S: Final = 120
_RENEW_S: Final = 5.0


class Duty(StrEnum):
    """What has to go on beside the API."""

    SEALING = "sealing"
    PUBLICATION = "publication"
    RELAY = "relay"


class DutyState(StrEnum):
    """How a duty is done at present."""

    OK = "ok"
    FAILING = "failing"
    OFF = "off"
    """The settings leave it out."""
    MISSING = "missing"
    """Nobody has done it for minutes: no scheduler runs, or it hangs."""


class Duties:
    """The duties of one bank, told and asked for through its Redis or Valkey; without one they are left out."""

    def __init__(self, redis_url: str | None) -> None:
        self._redis: Redis | None = None if redis_url is None else redis_client(redis_url, timeout_s=_TIMEOUT_S)
        self._told: dict[Duty, tuple[DutyState, float]] = {}

    def tell(self, duty: Duty, state: DutyState) -> None:
        """Tell how the duty goes; repeated now and then, and left out while Redis is away.

        A scheduler that leaves the duty out does not overwrite the word of one that does it.
        """
        told, at = self._told.get(duty, (None, 0.0))
        if self._redis is None or (told == state and time.monotonic() - at < _RENEW_S):
            return
        try:
            self._redis.set(_KEY + duty, state, ex=_FADES_S, nx=state is DutyState.OFF)
            self._told[duty] = (state, time.monotonic())
        except RedisError:
            self._told.pop(duty, None)

    def states(self) -> Mapping[str, DutyState]:
        """How each duty goes, by what was told last."""
        if self._redis is None:
            return dict.fromkeys(Duty, DutyState.OFF)
        try:
            words = self._redis.mget([_KEY + duty for duty in Duty])
        except RedisError:
            return dict.fromkeys(Duty, DutyState.MISSING)
        return {duty: _state_of(word) for duty, word in zip(Duty, words, strict=True)}


def _state_of(word: bytes | str | None) -> DutyState:
    told = word.decode(errors="replace") if isinstance(word, bytes) else word
    return DutyState(told) if told in set(DutyState) else DutyState.MISSING
