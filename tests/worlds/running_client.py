"""Somebody who uses a running bank over HTTP."""

import json
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from time import monotonic, sleep
from typing import Any, Final

from tests.worlds.identity import PASSWORD

_TIMEOUT_S: Final = 20.0
_POLL_S: Final = 0.1
_NUMBERS: Final = count()


@dataclass
class Person:
    """Registered with an account; every request has a key of its own."""

    url: str
    name: str
    account_id: str = ""
    token: str = field(default="", repr=False)

    def register(self) -> "Person":
        """Become a user, and log in."""
        who = {"email": f"{self.name}@example.com", "password": PASSWORD}
        self.account_id = self.post("/v1/auth/register", **who, currency="NPR")["account"]["id"]
        self.token = self.post("/v1/auth/login", **who)["accessToken"]
        return self

    def post(self, path: str, **body: str) -> Any:
        """Send that and give what is answered; the test ends if it is refused."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"{self.name}-{next(_NUMBERS)}"}
        return self._ask(urllib.request.Request(self.url + path, json.dumps(body).encode(), headers, method="POST"))

    def get(self, path: str) -> Any:
        """Read that."""
        return self._ask(urllib.request.Request(self.url + path))

    def open_account(self) -> str:
        """The id of one more account."""
        return str(self.post("/v1/accounts", currency="NPR")["id"])

    def deposit(self, amount: str, account_id: str | None = None) -> str:
        """The id of a deposit, on the first account if none is named."""
        return self._moved("deposit", accountId=account_id or self.account_id, amount=amount)

    def pay(self, other: "Person", amount: str) -> str:
        """The id of a transfer to the other's account."""
        return self._moved("transfer", fromAccountId=self.account_id, toAccountId=other.account_id, amount=amount)

    def _moved(self, kind: str, **body: str) -> str:
        return str(self.post(f"/v1/transactions/{kind}", currency="NPR", **body)["id"])

    def _ask(self, request: urllib.request.Request) -> Any:
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
            return json.load(answer)["data"]


def wait_for(holds: Callable[[], object], *, within_s: float) -> bool:
    """Whether it holds within that time."""
    deadline = monotonic() + within_s
    while not holds():
        if monotonic() > deadline:
            return False
        sleep(_POLL_S)
    return True
