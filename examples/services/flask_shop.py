"""A shop with Flask and SQLAlchemy: an order and its payment are one transaction.

    SHOP_DATABASE_URL=... BANKCORE_DATABASE_URL=... gunicorn --preload --workers 4 flask_shop:app

SHOP_DATABASE_URL is the shop's own login in the bank's database, which `bankcore db grant` has let keep books.
"""

import os
from uuid import UUID

from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy import create_engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

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


class Base(DeclarativeBase):
    """The shop's tables."""


class Order(Base):
    """What somebody has bought; its number is the shop's name for it, for ever."""

    __tablename__ = "orders"
    number: Mapped[str] = mapped_column(primary_key=True)
    item: Mapped[str]
    transaction_id: Mapped[UUID]


app = Flask(__name__)
# With --preload all of this is done once, before the workers are forked. Each worker then connects by itself: the bank
# takes care of that, and an engine is told to.
shop = open_bank().tenant("main")
engine = create_engine(os.environ["SHOP_DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://"))
os.register_at_fork(after_in_child=lambda: engine.dispose(close=False))
Session = sessionmaker(engine)


def account(name: str) -> AccountId:
    """The account in that field of the request."""
    return AccountId(UUID(request.form[name]))


@app.post("/orders")
def order() -> ResponseReturnValue:
    """Take an order: the buyer pays, the seller gets what is left of it after the shop's fee."""
    number, price = request.form["number"], Money.of(request.form["price"], "NPR")
    for_seller, fee = price.allocate([95, 5])
    with Session.begin() as session:
        # The source is a permanent name: however often this is sent, the order is paid once.
        payment = shop.using(session).ledger.post(
            PostTransaction(
                [
                    Posting(account("buyer"), -price),
                    Posting(account("seller"), for_seller),
                    Posting(account("fees"), fee),
                ],
                transaction_kind="order",
                source=Source("order", number),
            )
        )
        session.add(Order(number=number, item=request.form["item"], transaction_id=payment.id))
    return {"transaction": str(payment.id)}, 201


@app.errorhandler(InsufficientFundsError)
def refuse(refused: InsufficientFundsError) -> ResponseReturnValue:
    """Nothing was recorded; the order's row went with it."""
    return {"available": str(refused.available), "needed": str(refused.needed)}, 402


@app.errorhandler(BankcoreError)
def reject(refused: BankcoreError) -> ResponseReturnValue:
    """What else the ledger refuses; but that our own connection cannot keep books is a 500 and a line in our log."""
    if isinstance(refused, InvalidRequestError) and refused.pointer == "/connection":
        raise refused
    return {"error": str(refused)}, 422


@app.errorhandler(IntegrityError)
def undo(_refused: IntegrityError) -> ResponseReturnValue:
    """The row could not be kept, and the money went back with it: an order of that number is there, or no such item."""
    return {"error": "there is an order with that number, or no such item"}, 409


@app.errorhandler(UnavailableError)
@app.errorhandler(OutcomeUnknownError)
def repeat(_failed: UnavailableError | OutcomeUnknownError) -> ResponseReturnValue:
    """Whoever sends the same order again pays for it once."""
    return {"error": "send it again"}, 503
