"""Transfers over HTTP: the bank's API and the baseline's, on the same server program, asked by the same generator."""

import json
import os
import random
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Final

from bankcore.identity.create_user import NewUser
from bankcore.identity.services import IdentityDirectory
from bankcore.identity.users import Role
from bankcore.origin import Origin
from bankcore_infra.loopback import answers_ok, open_directly
from bankcore_infra.sockets import find_listening
from bench.baseline.web import DATABASE_VARIABLE, SECRET_VARIABLE, token_of
from bench.figures import Subject
from bench.http_load import HttpLoad
from bench.ours import TENANT, open_accounts
from bench.remote import RemoteSubject
from bench.world import BankPlace, orm_url

THREADS: Final = 32
CONNECTIONS: Final = 32
_HOLDERS: Final = 4
_READY_TIMEOUT_S: Final = 30.0
_STOP_TIMEOUT_S: Final = 25.0
_CREATED: Final = 201
_OPERATOR: Final = Origin(actor_type="operator", actor_id="benchmark")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTarget:
    """A server that carries out transfers: who may ask it, and for which accounts."""

    port: int
    path: str
    holders: Sequence[tuple[str, Sequence[str]]]
    """Tokens, each with the ids of the accounts it may debit."""


@contextmanager
def our_api(place: BankPlace, *, accounts: int) -> Iterator[HttpTarget]:
    """The bank's API, and holders with accounts who are logged in."""
    port = find_listening("127.0.0.1", 0).port
    environment = {
        "BANKCORE_DATABASE_URL": place.app_url,
        "BANKCORE_DATA_DIR": str(place.data_dir),
        "BANKCORE_API_WORKERS": "1",
        "BANKCORE_API_THREADS": str(THREADS),
        "BANKCORE_STARTER_PID": str(os.getpid()),
    }
    logins = _make_holders(place, accounts)
    with _served(["-m", "bankcore_infra", "api", "--port", str(port)], environment, port):
        holders = [(_log_in(port, login), ids) for login, ids in logins]
        yield HttpTarget(port=port, path="/v1/transactions/transfer", holders=holders)


@contextmanager
def orm_api(url: str, ids: Sequence[str]) -> Iterator[HttpTarget]:
    """The baseline's API."""
    port, secret = find_listening("127.0.0.1", 0).port, secrets.token_hex(32)
    command = ["-m", "bench.baseline.serve", str(port), str(THREADS), str(os.getpid())]
    with _served(command, {DATABASE_VARIABLE: orm_url(url), SECRET_VARIABLE: secret}, port):
        holders = [(token_of(f"holder-{number}", secret), ids[number::_HOLDERS]) for number in range(_HOLDERS)]
        yield HttpTarget(port=port, path="/transfers", holders=holders)


def http_transfers(target: HttpTarget, *, rate: float | None = None) -> RemoteSubject:
    """Load on that server from a process of its own."""
    return RemoteSubject.start(_load, target, rate)


@contextmanager
def _load(target: HttpTarget, rate: float | None) -> Iterator[Subject]:
    yield HttpLoad(target.port, _requests(target), connections=CONNECTIONS, wanted_status=_CREATED, rate=rate)


def _requests(target: HttpTarget) -> Callable[[], bytes]:
    """Makes one request after another, each with a key of its own."""
    chance = random.Random()
    prefix, numbers = f"{random.SystemRandom().getrandbits(64):016x}", count()
    head = (
        f"POST {target.path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer {token}\r\nIdempotency-Key: {key}\r\nContent-Length: {length}\r\n\r\n"
    )

    def make() -> bytes:
        token, ids = chance.choice(target.holders)
        source, destination = chance.sample(ids, 2)
        body = (
            f'{{"fromAccountId":"{source}","toAccountId":"{destination}","amount":"0.01","currency":"USD",'
            '"reference":"Rent"}'
        )
        return (head.format(token=token, key=f"{prefix}-{next(numbers)}", length=len(body)) + body).encode()

    return make


def _make_holders(place: BankPlace, accounts: int) -> list[tuple[Mapping[str, str], Sequence[str]]]:
    """Logins, each with the ids of its accounts."""
    made: list[tuple[Mapping[str, str], Sequence[str]]] = []
    with place.open() as bank:
        services = bank.get(IdentityDirectory).at_slug(TENANT)
        for _ in range(_HOLDERS):
            login = {"email": f"{secrets.token_hex(6)}@example.com", "password": secrets.token_urlsafe(18)}
            user = services.create_user(NewUser(**login, roles=frozenset({Role.HOLDER})), origin=_OPERATOR)
            ids = open_accounts(bank, max(2, accounts // _HOLDERS), owner_id=str(user.id))
            made.append((login, [str(account_id) for account_id in ids]))
    return made


def _log_in(port: int, login: Mapping[str, str]) -> str:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/auth/login",
        data=json.dumps(dict(login)).encode(),
        headers={"Content-Type": "application/json"},
    )
    with open_directly(request, timeout_s=_READY_TIMEOUT_S) as response:
        return str(json.load(response)["data"]["accessToken"])


@contextmanager
def _served(arguments: Sequence[str], environment: Mapping[str, str], port: int) -> Iterator[None]:
    """A server as a child process, once it answers, until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # Ctrl-C in a terminal reaches only us: servers stop when we say so.
        start_new_session=True,
    )
    try:
        _wait_until_ready(process, port)
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        if answers_ok(f"http://127.0.0.1:{port}/health/ready", timeout_s=2):
            return
        time.sleep(0.05)
    raise TimeoutError(f"the server on port {port} did not get ready")
