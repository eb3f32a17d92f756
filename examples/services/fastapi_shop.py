"""A shop on FastAPI: an order and its payment are in one database transaction, so both are there or neither is.

The payment has three postings: the buyer pays, the seller gets 95 %, and the platform the rest. Start it with
`uvicorn --factory fastapi_shop:from_settings`, with the bank's address in BANKCORE_DATABASE_URL, and that of the shop's
own role, to which `bankcore_app` is granted, in SHOP_DATABASE_URL. Both lead to the same database.
"""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bankcore import (
    AccountId,
    BankcoreError,
    ConflictError,
    InvalidRequestError,
    Money,
    NotFoundError,
    Posting,
    PostTransaction,
    RejectedError,
)
from bankcore_infra import Bank, open_bank

SHARES: Final = (95, 5)
STATUS: Final[Mapping[type[BankcoreError], int]] = {
    InvalidRequestError: 400,
    NotFoundError: 404,
    ConflictError: 409,
    RejectedError: 422,
}
UNAVAILABLE: Final = 503  # nothing was recorded, or it is unknown: the same order number is sent again


class Table(DeclarativeBase):
    """The shop's own tables, beside those of the bank."""


class Order(Table):
    """What was bought, and the transaction that paid for it."""

    __tablename__ = "orders"

    number: Mapped[str] = mapped_column(primary_key=True)
    transaction_id: Mapped[UUID]


class NewOrder(BaseModel):
    """What a client sends; sent twice with one number, it is one order."""

    number: str
    buyer: UUID
    seller: UUID
    price: str


def shop(bank: Bank, database_url: str, platform: AccountId) -> FastAPI:
    """The shop, on a bank that may have been opened before the process was forked."""
    main = bank.tenant("main")

    async def pay(session: AsyncSession, order: NewOrder) -> UUID:
        price = Money.of(order.price, "NPR")
        seller, fee = price.allocate(SHARES)
        payment = PostTransaction(
            (
                Posting(AccountId(order.buyer), -price),
                Posting(AccountId(order.seller), seller),
                Posting(platform, fee),
            ),
            idempotency_key=f"order-{order.number}",
        )
        return (await main.ledger.aio.using(session).post(payment)).id

    @asynccontextmanager
    async def connected(app: FastAPI) -> AsyncIterator[None]:
        # In the process and the event loop that serve, whichever opened the bank.
        engine = create_async_engine(database_url)
        app.state.sessions = async_sessionmaker(engine)
        yield
        await engine.dispose()

    app = FastAPI(lifespan=connected)

    @app.post("/orders", status_code=201)
    async def place(order: NewOrder, request: Request) -> dict[str, str]:
        async with request.app.state.sessions.begin() as session:
            transaction_id = await pay(session, order)
            row = insert(Order).values(number=order.number, transaction_id=transaction_id)
            await session.execute(row.on_conflict_do_nothing())
        return {"number": order.number, "transactionId": str(transaction_id)}

    @app.get("/balances/{account_id}")
    async def balance(account_id: UUID) -> dict[str, str]:
        return {"balance": str((await main.aio.accounts.balance(AccountId(account_id))).balance)}

    @app.exception_handler(BankcoreError)
    async def refuse(_request: Request, error: BankcoreError) -> JSONResponse:
        if isinstance(error, InvalidRequestError) and error.pointer == "/connection":
            raise error  # our own connection cannot keep books: a 500 and a line in our log
        status = next((status for branch, status in STATUS.items() if isinstance(error, branch)), UNAVAILABLE)
        return JSONResponse({"code": error.code, "detail": str(error)}, status_code=status)

    return app


def from_settings() -> FastAPI:
    """The shop with what the environment says."""
    platform = AccountId(UUID(os.environ["SHOP_PLATFORM_ACCOUNT"]))
    return shop(open_bank(), os.environ["SHOP_DATABASE_URL"], platform)
