"""The one shape of every answer below `/v1`. It may get more members, so the document leaves it open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, NotRequired
from wsgiref.types import WSGIEnvironment

from flask import Response
from pydantic import with_config
from typing_extensions import TypedDict, override
from werkzeug.datastructures import Headers

from bankcore_http.answering.members import Doc, ErrorCode, ErrorDetails
from bankcore_http.answering.request_context import current_request
from bankcore_http.answering.wire import dump_json

SUCCESS_MESSAGE: Final = "Request completed successfully"


@with_config(extra="allow")
class PageShape(TypedDict):
    """Where a list stands."""

    limit: Annotated[int, Doc(minimum=1, maximum=100)]
    nextCursor: Annotated[str | None, Doc(description="Give it as `cursor` to get the next page.")]
    page: NotRequired[Annotated[int, Doc(minimum=1)]]
    total: NotRequired[Annotated[int, Doc(minimum=0)]]
    totalPages: NotRequired[Annotated[int, Doc(minimum=0)]]


@with_config(extra="allow")
class MetaShape(TypedDict):
    """Which answer this is, and of a list where it stands."""

    requestId: Annotated[str, Doc(pattern="^[A-Za-z0-9_-]{8,64}$")]
    timestamp: Annotated[str, Doc(format="date-time")]
    page: NotRequired[PageShape]


@with_config(extra="allow")
class FieldErrorShape(TypedDict):
    """What is wrong with one place of the request."""

    pointer: Annotated[str, Doc(description="into the body, or `/query/<name>`", example="/amount")]
    detail: str


Retryable = Annotated[
    bool, Doc(description="Whether the same request, with the same `Idempotency-Key`, may be sent again as it is.")
]


@with_config(extra="allow")
class ErrorShape(TypedDict):
    """Why a request was refused or failed."""

    code: ErrorCode
    details: ErrorDetails
    errors: list[FieldErrorShape]
    retryable: Retryable


@with_config(extra="allow")
class SuccessShape(TypedDict):
    """The envelope of what went well; `data` is described with each operation."""

    success: Annotated[Literal[True], Doc(const=True)]
    statusCode: Annotated[int, Doc(minimum=200, maximum=299)]
    # Its text is the description of the answer.
    message: str
    data: object
    error: None
    meta: MetaShape


@with_config(extra="allow")
class FailureShape(TypedDict):
    """The envelope of a failure."""

    success: Annotated[Literal[False], Doc(const=False)]
    statusCode: Annotated[int, Doc(minimum=400, maximum=599)]
    message: str
    data: None
    error: ErrorShape
    meta: MetaShape


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page of a list: by cursor (`next_cursor`) or by number (`page`, and the totals if they were counted)."""

    limit: int
    next_cursor: str | None = None
    page: int | None = None
    total: int | None = None

    def render(self) -> PageShape:
        """The page as `meta.page` shows it."""
        shown: PageShape = {"limit": self.limit, "nextCursor": self.next_cursor}
        if self.page is not None:
            shown["page"] = self.page
        if self.total is not None:
            shown["total"] = self.total
            shown["totalPages"] = -(-self.total // self.limit)
        return shown


@dataclass(frozen=True, slots=True)
class Answer:
    """What a view returns when plain data is not enough; `data` is JSON-ready with camelCase names."""

    data: object
    page: Page | None = field(default=None, kw_only=True)
    status: int | None = field(default=None, kw_only=True)
    message: str | None = field(default=None, kw_only=True)
    headers: Mapping[str, str] | None = field(default=None, kw_only=True)


def success_response(answer: Answer, *, status: int, message: str) -> Response:
    """The answer in its envelope. Its own status and message, if it has them, replace those of the route."""
    request = current_request()
    shown_status = answer.status or status
    meta: MetaShape = {"requestId": request.request_id, "timestamp": request.timestamp()}
    if answer.page is not None:
        meta["page"] = answer.page.render()
    body = {
        "success": True,
        "statusCode": shown_status,
        "message": answer.message or message,
        "data": answer.data,
        "error": None,
        "meta": meta,
    }
    return json_response(body, shown_status, answer.headers)


def failure_body(*, status: int, title: str, error: ErrorShape) -> FailureShape:
    """The envelope of a failure; `error` is its `error` member."""
    request = current_request()
    return {
        "success": False,
        "statusCode": status,
        "message": title,
        "data": None,
        "error": error,
        "meta": {"requestId": request.request_id, "timestamp": request.timestamp()},
    }


def json_response(
    body: object, status: int, headers: Mapping[str, str] | None = None, content_type: str = "application/json"
) -> Response:
    """Compact JSON as an answer."""
    content = dump_json(body).encode()
    shown = Headers((("Content-Type", content_type), ("Content-Length", str(len(content)))))
    if headers:
        shown.extend(headers)
    # The list is sent as it is; werkzeug would check it once more.
    return _JsonResponse([content], status, shown, direct_passthrough=True)


class _JsonResponse(Response):
    """An answer with complete headers, so that werkzeug need not check them again."""

    @override
    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        return self.headers
