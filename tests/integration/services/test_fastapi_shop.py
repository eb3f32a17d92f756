"""The shop on FastAPI of the examples: order row and payment together or not at all, whoever comes, forks or leaves."""

import asyncio
import os
import random
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from bankcore.ledger.accounts import Account
from bankcore_infra import open_bank
from bankcore_infra.db.engine import Database, driver_url
from bankcore_infra.embedded import scratch_postgres
from tests.integration.ledger.books import require_sound
from tests.worlds.shop import HOST, make_shop
from tests.worlds.sql_bank import ScratchCluster, SqlBank, sql_bank

EXAMPLE: Final = Path(__file__).parents[3] / "examples" / "services" / "fastapi_shop.py"
CLIENTS: Final = 12
ORDERS: Final = 4  # of each client
PROCESSES: Final = 2
PATIENCE_S: Final = 60


def example() -> Any:
    """The module of the example."""
    spec = spec_from_file_location("fastapi_shop", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The shop, with a buyer who has 1,000 rupees."""

    app: FastAPI
    bank: SqlBank
    buyer: Account
    seller: Account
    platform: Account

    def order(self, number: str, price: str = "10.00") -> dict[str, str]:
        """What a client sends."""
        return {"number": number, "price": price, "buyer": str(self.buyer.id), "seller": str(self.seller.id)}

    def require_whole(self, *numbers: str) -> None:
        """These orders of ten rupees are there, each paid once, and nothing else."""
        rows = self.bank.scratch.rows(
            "SELECT number, count(t.id) FROM public.orders LEFT JOIN bankcore.transactions AS t "
            "ON t.id = transaction_id GROUP BY number"
        )
        assert {str(number): paid for number, paid in rows} == dict.fromkeys(numbers, 1)
        balances = [self.bank.queries.get_account(each.id).balance_minor for each in (self.seller, self.platform)]
        assert balances == [950 * len(numbers), 50 * len(numbers)]
        require_sound(self.bank)


@pytest.fixture(scope="module")
def cluster() -> Iterator[ScratchCluster]:
    """A server that keeps what it has committed, as a bank that is opened wants it."""
    with scratch_postgres({}) as server, closing(ScratchCluster(server)) as templates:
        yield templates


@pytest.fixture
def bank(cluster: ScratchCluster) -> Iterator[SqlBank]:
    """A tenant called main."""
    with cluster.database() as scratch, Database(scratch.url()) as database:
        yield sql_bank(scratch, database)


@pytest.fixture
def shop(bank: SqlBank) -> Iterator[Shop]:
    """A shop whose bank was opened, and used, before anybody forks."""
    make_shop(bank, "number text PRIMARY KEY CHECK (number <> 'cursed'), transaction_id uuid NOT NULL")
    buyer, seller, platform = bank.open_account(balance="1000.00"), bank.open_account("s"), bank.open_account("p")
    url = driver_url(bank.scratch.url(HOST)).render_as_string(hide_password=False)
    with open_bank(bank.scratch.url()) as opened:
        assert opened.tenant("main").accounts.balance(buyer.id).balance.minor == 100_000
        app = example().shop(opened, url, platform.id)
        yield Shop(app=app, bank=bank, buyer=buyer, seller=seller, platform=platform)


@contextmanager
def forked_servers(app: FastAPI) -> Iterator[str]:
    """The address that processes forked from this one serve."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    pids = [pid for pid in (serve_in_child(app, listening) for _ in range(PROCESSES)) if pid]
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGTERM)
        for pid in pids:
            os.waitpid(pid, 0)
        listening.close()


def serve_in_child(app: FastAPI, listening: socket.socket) -> int:
    if pid := os.fork():
        return pid
    try:
        signal.alarm(PATIENCE_S)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])
    finally:
        # Nothing of the test may go on in the child.
        signal.alarm(0)
        os._exit(0)


def test_twelve_clients_of_forked_servers_pay_each_order_once(shop: Shop) -> None:
    numbers = [f"{client}-{order}" for client in range(CLIENTS) for order in range(ORDERS)]

    def buy(client: int) -> list[int]:
        with httpx.Client(base_url=address, timeout=PATIENCE_S) as http:
            own = [shop.order(f"{client}-{order}") for order in range(ORDERS)]
            # Each of them twice, as after a lost answer, and one that the buyer cannot pay.
            orders = [*own, *own, shop.order(f"dear-{client}", "9999.00")]
            return [http.post("/orders", json=order).status_code for order in orders]

    with forked_servers(shop.app) as address, ThreadPoolExecutor(CLIENTS) as threads:
        statuses = Counter(status for answers in threads.map(buy, range(CLIENTS)) for status in answers)

    assert statuses == {201: 2 * CLIENTS * ORDERS, 422: CLIENTS}
    shop.require_whole(*numbers)


async def test_requests_that_are_cancelled_anywhere_leave_whole_orders(shop: Shop) -> None:
    numbers = [f"o-{number}" for number in range(40)]
    delays = random.Random(7)

    async with (
        shop.app.router.lifespan_context(shop.app),
        httpx.AsyncClient(transport=httpx.ASGITransport(shop.app), base_url="http://shop") as http,
    ):

        async def leave(number: str) -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(delays.uniform(0, 0.2)):
                    await http.post("/orders", json=shop.order(number))

        await asyncio.gather(*(leave(number) for number in numbers))
        rows = shop.bank.scratch.rows("SELECT number FROM public.orders")
        shop.require_whole(*(str(number) for (number,) in rows))
        again = await asyncio.gather(*(http.post("/orders", json=shop.order(number)) for number in numbers))

    assert {answer.status_code for answer in again} == {201}
    shop.require_whole(*numbers)


async def test_an_order_that_cannot_be_written_is_not_paid(shop: Shop) -> None:
    transport = httpx.ASGITransport(shop.app, raise_app_exceptions=False)
    async with (
        shop.app.router.lifespan_context(shop.app),
        httpx.AsyncClient(transport=transport, base_url="http://shop") as http,
    ):
        cursed = await http.post("/orders", json=shop.order("cursed"))
        unknown = await http.post("/orders", json=shop.order("o-1") | {"seller": str(shop.bank.tenant_id)})
        placed = await http.post("/orders", json=shop.order("o-1"))
        reused = await http.post("/orders", json=shop.order("o-1", "11.00"))
        shown = await http.get(f"/balances/{shop.seller.id}")

    assert [answer.status_code for answer in (cursed, unknown, placed, reused)] == [500, 404, 201, 409]
    assert shown.json() == {"balance": "9.50 NPR"}
    shop.require_whole("o-1")
