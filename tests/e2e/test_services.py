"""The example services: under many clients and in forked workers, an order is there if its payment is."""

import http.client
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import psutil
import psycopg
import pytest
from typing_extensions import override

from bankcore import Account, Money
from bankcore_infra import Bank, TenantBank, open_bank
from bankcore_infra.db.grants import let_keep_books
from tests.worlds.begun_bank import begin_bank, folder_of_servers
from tests.worlds.program import environment

pytestmark = [pytest.mark.timeout(180), pytest.mark.enable_socket, pytest.mark.usefixtures("unmeasured")]

SERVICES: Final = Path(__file__).resolve().parents[2] / "examples" / "services"
SHOP: Final = "shop"
CLIENTS: Final = 12
ORDERS_EACH: Final = 16
READY_S: Final = 60
GUNICORN: Final = ("gunicorn", "--preload", "--workers", "3", "--bind", "unix:{socket}")
GRANIAN: Final = ("granian", "--interface", "wsgi", "--workers", "2", "--uds", "{socket}")
SERVERS: Final = {"flask_shop": GUNICORN, "django_shop": GUNICORN, "psycopg_shop": GRANIAN}


@pytest.fixture(scope="module")
def bank() -> Iterator[Bank]:
    """A bank, in whose database the shop has a login and a table of its own."""
    with folder_of_servers() as folder, open_bank(data_dir=begin_bank(folder / "data")) as opened:
        superuser = opened.installation.superuser_url
        assert superuser is not None
        with psycopg.connect(superuser, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {SHOP} LOGIN".encode())
            connection.execute(b"""
                CREATE TABLE public.orders (
                    number text PRIMARY KEY,
                    item text NOT NULL CHECK (item <> 'contraband'),
                    transaction_id uuid NOT NULL)
            """)
            connection.execute(f"ALTER TABLE public.orders OWNER TO {SHOP}".encode())
        let_keep_books(superuser, SHOP)
        yield opened


def shops_address(bank: Bank) -> str:
    return bank.installation.app_url.replace("//bankcore_app", f"//{SHOP}")


class _Connection(http.client.HTTPConnection):
    """HTTP over the socket of a service."""

    def __init__(self, path: str) -> None:
        super().__init__("shop", timeout=30)
        self._path = path

    @override
    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


@dataclass(frozen=True, slots=True)
class Service:
    """A running service."""

    socket: str
    process: subprocess.Popen[str]

    def order(self, order: Mapping[str, str]) -> int:
        """Send the order until there is an answer, as a client does that must know; the last status."""
        while True:
            connection = _Connection(self.socket)
            try:
                connection.request(
                    "POST", "/orders", urlencode(order), {"Content-Type": "application/x-www-form-urlencoded"}
                )
                answer = connection.getresponse()
                said = answer.read()
            except (ConnectionError, http.client.HTTPException):
                assert self.process.poll() is None
                continue
            finally:
                connection.close()
            assert answer.status < 500 or answer.status == 503, said
            if answer.status != 503:
                return answer.status

    def kill_a_worker(self) -> None:
        """End one of the forked workers in the middle of what it does."""
        psutil.Process(self.process.pid).children()[0].send_signal(signal.SIGKILL)


@contextmanager
def running(name: str, bank: Bank, folder: Path) -> Iterator[Service]:
    path = str(folder / "s")
    command = [word.format(socket=path) for word in SERVERS[name]]
    process = subprocess.Popen(
        [sys.executable, "-m", *command, f"{name}:app"],
        cwd=SERVICES,
        env=environment()
        | {"BANKCORE_DATABASE_URL": bank.installation.app_url, "SHOP_DATABASE_URL": shops_address(bank)}
        | {"PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: list[str] = []
    is_ready = threading.Event()

    def listen() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if "Booting worker" in line or "Started worker" in line:
                is_ready.set()
        is_ready.set()

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        assert is_ready.wait(READY_S)
        assert process.poll() is None, "".join(lines)
        yield Service(path, process)
    finally:
        process.terminate()
        process.wait(30)
        listener.join(30)
        if process.stdout is not None:
            process.stdout.close()


def orders_of(client: int, buyer: Account, seller: Account, fees: Account, name: str) -> Iterator[dict[str, str]]:
    """What a client sends: orders, some twice, some that somebody else sends too, some that cannot be kept."""
    for index in range(ORDERS_EACH):
        number = f"{name}-{client}-{index}"
        match index % 8:
            case 3:
                number = f"{name}-{client}-{index - 1}"
            case 5:
                number = f"{name}-shared-{index}"
            case _:
                pass
        yield {
            "number": number,
            "item": "contraband" if index % 8 == 6 else "tea",
            "price": "10.01",
            "buyer": str(buyer.id),
            "seller": str(seller.id),
            "fees": str(fees.id),
        }


def send_all(
    service: Service, main: TenantBank, name: str, buyers: Sequence[Account], others: tuple[Account, Account]
) -> list[tuple[str, int]]:
    """Send the orders of all clients at once; each order's number with its answer."""

    def be_client(place: int) -> list[tuple[str, int]]:
        orders = orders_of(place, buyers[place], *others, name)
        return [(order["number"], service.order(order)) for order in orders]

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [pool.submit(be_client, place) for place in range(CLIENTS)]
        if SERVERS[name] is GUNICORN:
            while not main.queries.list_entries(others[1].id, limit=CLIENTS)[CLIENTS - 1 :]:
                assert not all(answer.done() for answer in answers)
            service.kill_a_worker()
        return [answer for client in answers for answer in client.result()]


@pytest.mark.parametrize("name", SERVERS)
def test_an_order_and_its_payment_are_both_there_or_neither(name: str, bank: Bank, tmp_path: Path) -> None:
    main = bank.tenant("main")
    seller, fees = (main.accounts.open(currency="NPR", owner_id=f"{name} {who}") for who in ("seller", "fees"))
    buyers = [main.accounts.open(currency="NPR", owner_id=f"{name} {place}") for place in range(CLIENTS)]
    for buyer in buyers:
        main.ledger.deposit(buyer.id, Money.of("75.00", "NPR"))

    with running(name, bank, tmp_path) as service:
        answers = send_all(service, main, name, buyers, (seller, fees))

    with psycopg.connect(shops_address(bank)) as shop:
        kept = shop.execute("SELECT number, transaction_id FROM orders WHERE number LIKE %s", [f"{name}-%"]).fetchall()
        rows = {str(number): transaction for number, transaction in kept}
    with psycopg.connect(bank.installation.superuser_url or "") as everything:
        paid = everything.execute(
            "SELECT source_id, t.id, count(*), sum(e.amount_minor) FROM bankcore.transactions AS t"
            " JOIN bankcore.entries AS e ON e.transaction_id = t.id"
            " WHERE source_type = 'order' AND source_id LIKE %s GROUP BY source_id, t.id",
            [f"{name}-%"],
        ).fetchall()
    assert {number: transaction for number, transaction, _entries, _sum in paid} == rows
    assert {(entries, total) for _number, _transaction, entries, total in paid} == {(3, 0)}
    assert {number for number, status in answers if status == 201} <= set(rows)
    assert {status for _number, status in answers} == {201, 402, 409, 422}
    spent = sum((Money.of("75.00", "NPR") - main.accounts.get(buyer.id).balance for buyer in buyers), Money.zero("NPR"))
    got = main.accounts.get(seller.id).balance + main.accounts.get(fees.id).balance
    assert spent == got == Money.of("10.01", "NPR") * len(rows)


def test_each_service_is_short_enough_to_be_read_at_once() -> None:
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in SERVICES.glob("*.py")}

    assert set(SERVERS) <= {Path(name).stem for name in lengths}
    assert {name: length for name, length in lengths.items() if length >= 120} == {}
