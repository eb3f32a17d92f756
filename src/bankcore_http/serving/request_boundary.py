"""The outermost layer of a request: its id, its fixed headers, its one log line."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Final
from uuid import UUID
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from loguru import logger

from bankcore.clock import Clock
from bankcore_http.answering.rates import NO_LIMITS, RateLimits
from bankcore_http.answering.request_context import RequestContext
from bankcore_http.answering.security_headers import with_security_headers

REFUSAL: Final = "bankcore.refusal"
"""The key of the error with which a request is answered instead of being carried out."""

REQUEST_MESSAGE: Final = "request"
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """The log line of a request: it has the route's template, never the raw path, the query or the body."""

    method: str
    route: str
    status: int
    duration_ms: float
    request_id: str
    tenant: str | None
    actor: str | None
    client_ip: str | None


RequestLog = Callable[[RequestLine], None]


def log_with_loguru(line: RequestLine) -> None:
    """Write the line through loguru: a constant message, every value a bound field, so that none can forge a line."""
    logger.bind(**fields_of(line)).info(REQUEST_MESSAGE)


def fields_of(line: RequestLine) -> dict[str, object]:
    """The fields of the line by their names."""
    return {
        "method": line.method,
        "route": line.route,
        "status": line.status,
        "duration_ms": line.duration_ms,
        "request_id": line.request_id,
        "tenant": line.tenant,
        "actor": line.actor,
        "client_ip": line.client_ip,
    }


class RequestBoundary:
    """Wraps the whole WSGI application, so that answers that Flask makes itself carry id, headers and log line too."""

    def __init__(
        self,
        application: WSGIApplication,
        *,
        clock: Clock,
        new_id: Callable[[], UUID],
        log_request: RequestLog,
        rates: RateLimits = NO_LIMITS,
    ) -> None:
        self._application = application
        self._clock = clock
        self._new_id = new_id
        self._log_request = log_request
        self._rates = rates

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; the logged duration ends where a streamed body begins."""
        started = perf_counter()
        context = RequestContext(self._request_id(environ), self._clock, self._rates)
        own_header = ("X-Request-Id", context.request_id)

        def start(status: str, headers: list[tuple[str, str]], *rest: object) -> Callable[[bytes], object]:
            context.status = int(status[:3])
            complete = with_security_headers(headers)
            complete.append(own_header)
            complete.extend(context.rate_headers)
            return start_response(status, complete, *rest)  # type: ignore[arg-type]

        with context:
            try:
                return self._application(environ, start)
            finally:
                self._log_request(_line(environ, context, perf_counter() - started))

    def _request_id(self, environ: WSGIEnvironment) -> str:
        offered = environ.get("HTTP_X_REQUEST_ID", "")
        return offered if _REQUEST_ID.fullmatch(offered) else f"req_{self._new_id().hex}"


def _line(environ: WSGIEnvironment, context: RequestContext, duration_s: float) -> RequestLine:
    method = environ["REQUEST_METHOD"]
    return RequestLine(
        method=method if method in _METHODS else "(other)",
        route=context.route,
        status=context.status,
        duration_ms=round(duration_s * 1000, 3),
        request_id=context.request_id,
        tenant=context.tenant,
        actor=context.actor,
        client_ip=environ.get("REMOTE_ADDR"),
    )
