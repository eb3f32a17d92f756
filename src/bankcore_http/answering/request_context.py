"""The caller and the request id of the current request, bound into every log line."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar, Token
from datetime import datetime
from typing import Final, Self

from loguru import logger

from bankcore.api_keys.keys import ServicePrincipal
from bankcore.clock import Clock
from bankcore.errors import ThrottledError
from bankcore.identity.principals import Principal
from bankcore_http.answering.rates import NO_LIMITS, RateLimits, Taken
from bankcore_http.answering.wire import render_instant

NO_ROUTE: Final = "(no route)"


class RequestContext:
    """What is known of the request that this thread answers; a context manager around the answering."""

    __slots__ = (
        "_clock",
        "_log_scopes",
        "_rates",
        "_token",
        "actor",
        "offered_token",
        "principal",
        "rate_headers",
        "request_id",
        "route",
        "status",
        "tenant",
    )

    def __init__(self, request_id: str, clock: Clock, rates: RateLimits = NO_LIMITS) -> None:
        self.request_id = request_id
        self.tenant: str | None = None
        self.actor: str | None = None
        self.offered_token: str | None = None
        self.principal: Principal | ServicePrincipal | None = None
        self.route = NO_ROUTE
        self.status = 500
        self.rate_headers: Sequence[tuple[str, str]] = ()
        self._clock = clock
        self._rates = rates
        self._log_scopes: list[AbstractContextManager[None]] = []
        self._token: Token[RequestContext] | None = None

    def timestamp(self) -> str:
        """The present instant as the wire shows it."""
        return render_instant(self._clock.now())

    def bind_caller(self, *, tenant: str, actor: str) -> None:
        """Set the proven caller; later log lines carry the caller and the tenant."""
        self.tenant, self.actor = tenant, actor
        self._bind(logger.contextualize(tenant=tenant, actor=actor))

    def count_caller(self, caller: str) -> None:
        """Count this request for the caller. Raises: ThrottledError: it is one too many."""
        self._count(self._rates.take_caller(caller))

    def count_stranger(self, address: str | None) -> None:
        """Count this request for an address, once, unless a caller is known. Raises: ThrottledError: one too many."""
        if self.actor is None and not self.rate_headers:
            self._count(self._rates.take_stranger(address))

    def _count(self, taken: Taken) -> None:
        self.rate_headers = taken.headers
        if taken.wait_s:
            raise ThrottledError(retry_after_s=taken.wait_s)

    def __enter__(self) -> Self:
        """Become the current request of this thread."""
        self._token = _current.set(self)
        self._bind(logger.contextualize(request_id=self.request_id))
        return self

    def __exit__(self, *_exception: object) -> None:
        """Give the thread back as it was."""
        while self._log_scopes:
            self._log_scopes.pop().__exit__(None, None, None)
        if self._token is not None:
            _current.reset(self._token)

    def _bind(self, scope: AbstractContextManager[None]) -> None:
        scope.__enter__()
        self._log_scopes.append(scope)


_current: Final[ContextVar[RequestContext]] = ContextVar("bankcore_http_request")


def current_request() -> RequestContext:
    """The request being answered.

    Raises:
        LookupError: this thread answers none.
    """
    return _current.get()


def requested_at() -> datetime:
    """When the request that is answered came, by the clock of this process."""
    return datetime.fromisoformat(current_request().timestamp())
