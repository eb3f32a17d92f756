"""The baseline over HTTP: Flask, a signed token, a checked body, the same server as the bank's."""

import os
from decimal import Decimal
from typing import Annotated, Final
from uuid import UUID

import jwt
from flask import Flask, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import create_engine

from bench.baseline.service import RefusedError, TransferRequest, TransferService

DATABASE_VARIABLE: Final = "BASELINE_DATABASE_URL"
SECRET_VARIABLE: Final = "BASELINE_SECRET"  # noqa: S105 - the name of a variable
THREADS_VARIABLE: Final = "BASELINE_THREADS"
_ALGORITHM: Final = "HS256"


class TransferBody(BaseModel):
    """The body of a transfer."""

    model_config = ConfigDict(extra="forbid")

    from_account_id: Annotated[UUID, Field(alias="fromAccountId")]
    to_account_id: Annotated[UUID, Field(alias="toAccountId")]
    amount: Annotated[Decimal, Field(gt=0, max_digits=20, decimal_places=2)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    reference: str | None = None


def create_application() -> Flask:
    """The application of one worker process."""
    secret = os.environ[SECRET_VARIABLE]
    engine = create_engine(os.environ[DATABASE_VARIABLE], pool_size=int(os.environ[THREADS_VARIABLE]), max_overflow=0)
    service = TransferService(engine)
    application = Flask(__name__)

    @application.post("/transfers")
    def transfer() -> tuple[Response, int]:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            actor = jwt.decode(token if scheme == "Bearer" else "", secret, algorithms=[_ALGORITHM])["sub"]
        except jwt.InvalidTokenError:
            return jsonify(error="unauthenticated"), 401
        try:
            body = TransferBody.model_validate_json(request.get_data())
            wanted = TransferRequest(
                actor_id=actor,
                source_id=body.from_account_id,
                target_id=body.to_account_id,
                amount=body.amount,
                currency=body.currency,
                key=request.headers["Idempotency-Key"],
            )
        except (ValidationError, KeyError) as error:
            return jsonify(error=type(error).__name__), 422
        try:
            return jsonify(service.transfer(wanted)), 201
        except RefusedError as error:
            return jsonify(error=str(error)), 422

    @application.get("/health/ready")
    def ready() -> Response:
        return jsonify(ready=True)

    return application


def token_of(actor: str, secret: str) -> str:
    """A token that the application takes."""
    return jwt.encode({"sub": actor}, secret, algorithm=_ALGORITHM)
