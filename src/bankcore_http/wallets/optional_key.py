"""An `Idempotency-Key` where these paths know none: taken if it is sent."""

from flask import Request
from typing_extensions import override

from bankcore_http.reading.arguments import Addition
from bankcore_http.reading.idempotency import HEADER, IdempotencyKeyHeader


class OptionalKey(IdempotencyKeyHeader):
    """Gives a view the caller's key, or None if the header is not there."""

    @override
    def read(self, request: Request) -> str | None:  # type: ignore[override] # the header may be left out
        """The key, read as strictly as elsewhere."""
        return super().read(request) if HEADER in request.headers else None

    @override
    def describe(self) -> Addition:
        """The header, which may be left out."""
        (parameter,) = super().describe().parameters
        return Addition(parameters=[{**parameter, "required": False}])
