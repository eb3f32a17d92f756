"""Who sends requests to a served bank, whatever comes of them."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

TENANT: Final = "shop"
_PATIENCE_S: Final = 20.0


@dataclass
class Visitor:
    """Sends requests, whatever comes of them, and keeps every refusal whole."""

    url: str
    refusals: list[bytes] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=count)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """The data of the answer; None if it is a refusal."""
        sent = {"Content-Type": "application/json", "Idempotency-Key": f"run-{next(self.numbers)}"}
        sent |= {"X-Tenant": TENANT} | {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.url + path, content, sent, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=_PATIENCE_S) as answer:
                return json.load(answer).get("data")
        except urllib.error.HTTPError as refusal:
            assert refusal.code < 500, refusal.read()
            self.refusals.append(str(refusal.headers).encode() + refusal.read())
            return None

    def must(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """As `ask`, of what must go well."""
        before = len(self.refusals)
        data = self.ask(method, path, body, **headers)
        assert len(self.refusals) == before, self.refusals[-1]
        return data
