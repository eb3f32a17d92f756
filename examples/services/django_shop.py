"""A shop with Django: an order and its payment are one transaction.

    SHOP_DATABASE_URL=... BANKCORE_DATABASE_URL=... gunicorn --preload --workers 4 django_shop:app

SHOP_DATABASE_URL is the shop's own login in the bank's database, which `bankcore db grant` has let keep books.
A project of several files does the same; what matters here stands in `take`.
"""

import os
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.http import require_POST
from psycopg.conninfo import conninfo_to_dict

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

address = conninfo_to_dict(os.environ["SHOP_DATABASE_URL"])
settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": address["dbname"],
            "USER": address["user"],
            "PASSWORD": address.get("password", ""),
            "HOST": address["host"],
            "PORT": address.get("port", ""),
            "CONN_MAX_AGE": 60,
        }
    },
)
app = get_wsgi_application()
# With --preload this is done once, before the workers are forked; each of them then connects by itself.
shop = open_bank().tenant("main")
paid: list[str] = []


def take(number: str, item: str, price: Money, accounts: dict[str, AccountId]) -> UUID:
    """Take an order: the buyer pays, the seller gets what is left of it after the shop's fee."""
    for_seller, fee = price.allocate([95, 5])
    with transaction.atomic():
        # The source is a permanent name: however often this is sent, the order is paid once.
        payment = shop.using(connection).ledger.post(
            PostTransaction(
                [
                    Posting(accounts["buyer"], -price),
                    Posting(accounts["seller"], for_seller),
                    Posting(accounts["fees"], fee),
                ],
                transaction_kind="order",
                source=Source("order", number),
            )
        )
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO orders VALUES (%s, %s, %s)", [number, item, payment.id])
        # It runs when row and money are there, and not at all if they are not.
        transaction.on_commit(lambda: paid.append(number))
    return payment.id


def answering(view: Callable[[HttpRequest], JsonResponse]) -> Callable[[HttpRequest], JsonResponse]:
    """The view; whatever it does not answer with 201 has left neither a row nor a payment."""

    def answer(request: HttpRequest) -> JsonResponse:
        try:
            return view(request)
        except InsufficientFundsError as refused:
            return JsonResponse({"available": str(refused.available), "needed": str(refused.needed)}, status=402)
        except IntegrityError:
            return JsonResponse({"error": "there is an order with that number, or no such item"}, status=409)
        except (UnavailableError, OutcomeUnknownError):
            # Whoever sends the same order again pays for it once.
            return JsonResponse({"error": "send it again"}, status=503)
        except BankcoreError as refused:
            if isinstance(refused, InvalidRequestError) and refused.pointer == "/connection":
                raise  # our own connection cannot keep books: a 500 and a line in our log
            return JsonResponse({"error": str(refused)}, status=422)

    return answer


@require_POST
@answering
def orders(request: HttpRequest) -> JsonResponse:
    """`POST /orders`."""
    sent = request.POST
    accounts = {name: AccountId(UUID(sent[name])) for name in ("buyer", "seller", "fees")}
    price = Money.of(sent["price"], "NPR")
    return JsonResponse({"transaction": str(take(sent["number"], sent["item"], price, accounts))}, status=201)


urlpatterns = [path("orders", orders)]
