"""A shop with psycopg and nothing else: an order and its payment are one transaction.

    SHOP_DATABASE_URL=... BANKCORE_DATABASE_URL=... granian --interface wsgi --workers 2 psycopg_shop:app

SHOP_DATABASE_URL is the shop's own login in the bank's database, which `bankcore db grant` has let keep books.
"""

import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import psycopg

from bankcore import (
    AccountId,
    BankcoreError,
    InsufficientFundsError,
    InvalidRequestError,
    Money,
    OutcomeUnknownError,
    Posting,
    PostTransaction,
    Source,
    UnavailableError,
)
from bankcore_infra import open_bank

shop = open_bank().tenant("main")
# A connection for each thread. One that was opened before a fork would be refused in the child, and is not opened here.
of_thread = threading.local()


def connection() -> psycopg.Connection[Any]:
    """This thread's connection, opened when it is needed first, and anew when it was lost."""
    if getattr(of_thread, "connection", None) is None or of_thread.connection.closed:
        of_thread.connection = psycopg.connect(os.environ["SHOP_DATABASE_URL"], autocommit=True)
    opened: psycopg.Connection[Any] = of_thread.connection
    return opened


def take(order: Mapping[str, str]) -> str:
    """Take an order: the buyer pays, the seller gets what is left of it after the shop's fee."""
    price = Money.of(order["price"], "NPR")
    for_seller, fee = price.allocate([95, 5])
    lines = {"buyer": -price, "seller": for_seller, "fees": fee}
    caller = connection()
    with caller.transaction():
        # The source is a permanent name: however often this is sent, the order is paid once.
        payment = shop.using(caller).ledger.post(
            PostTransaction(
                [Posting(AccountId(UUID(order[name])), amount) for name, amount in lines.items()],
                transaction_kind="order",
                source=Source("order", order["number"]),
            )
        )
        caller.execute("INSERT INTO orders VALUES (%s, %s, %s)", (order["number"], order["item"], payment.id))
    return str(payment.id)


def answer(order: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """What a client hears of the order; whatever is not 201 has left neither a row nor a payment."""
    try:
        return "201 Created", {"transaction": take(order)}
    except InsufficientFundsError as refused:
        return "402 Payment Required", {"available": str(refused.available), "needed": str(refused.needed)}
    except psycopg.errors.IntegrityError:
        return "409 Conflict", {"error": "there is an order with that number, or no such item"}
    except (UnavailableError, OutcomeUnknownError):
        # Whoever sends the same order again pays for it once.
        return "503 Service Unavailable", {"error": "send it again"}
    except BankcoreError as refused:
        if isinstance(refused, InvalidRequestError) and refused.pointer == "/connection":
            raise  # our own connection cannot keep books: a 500 and a line in our log
        return "422 Unprocessable Content", {"error": str(refused)}


def app(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """`POST /orders`, and nothing else."""
    if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) != ("POST", "/orders"):
        start_response("404 Not Found", [])
        return []
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    status, told = answer(dict(parse_qsl(body.decode())))
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]
