"""A client that does what the contract tells it: after a failure it sends the same request with the same key again."""

import http.client
import json
import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

_TIMEOUT_S: Final = 10.0
_PAUSE_S: Final = 0.2
_ASK_AGAIN: Final = frozenset({409, 429, 500, 502, 503, 504})


@dataclass
class RetryingClient:
    """For one thread; `retries` counts what was sent again. With an API key it is a service."""

    url: str
    token: str
    give_up_at: float
    retries: int = 0
    api_key: str = field(default="", repr=False)
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def post(self, path: str, body: dict[str, str], *, key: str) -> dict[str, Any]:
        """The data of the answer that says it is done."""
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            **({"X-API-Key": self.api_key} if self.api_key else {"Authorization": f"Bearer {self.token}"}),
        }
        while True:
            status, answer = self._try(path, json.dumps(body), headers)
            if status == 201:
                data: dict[str, Any] = answer["data"]
                return data
            assert status in _ASK_AGAIN | {0}, (status, answer)
            assert time.monotonic() < self.give_up_at, (status, answer)
            self.retries += 1
            time.sleep(_PAUSE_S)

    def close(self) -> None:
        """Send nothing more."""
        if self._connection is not None:
            self._connection.close()

    def _try(self, path: str, body: str, headers: dict[str, str]) -> tuple[int, Any]:
        """Status and answer; 0 if there was none."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_TIMEOUT_S)
        try:
            self._connection.request("POST", path, body, headers)
            answer = self._connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            self._connection.close()
            self._connection = None
            return 0, None
