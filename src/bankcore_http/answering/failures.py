"""Exception -> answer: the envelope or, if the client asks for it, RFC 9457 problem details."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from http import HTTPStatus
from traceback import extract_tb
from typing import Annotated, Final
from urllib.parse import quote

from flask import Flask, Response, request
from loguru import logger
from pydantic import with_config
from typing_extensions import TypedDict
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from bankcore.errors import (
    BankcoreError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    ThrottledError,
    UnauthenticatedError,
    UnavailableError,
)
from bankcore_http.answering.envelope import (
    ErrorShape,
    FieldErrorShape,
    Retryable,
    failure_body,
    json_response,
)
from bankcore_http.answering.errors import (
    INTERNAL,
    WAIT_STATUSES,
    BadRequestError,
    ErrorEntry,
    InvalidFieldsError,
    MethodNotAllowedError,
    PayloadTooLargeError,
    UnsupportedMediaTypeError,
    error_entry,
    problem_type,
)
from bankcore_http.answering.members import Doc, ErrorCode, ErrorDetails
from bankcore_http.answering.replays import replay_headers
from bankcore_http.answering.request_context import current_request
from bankcore_http.answering.wire import camel_case

PROBLEM_TYPE: Final = "application/problem+json"
RefusalNote = Callable[[BankcoreError], None]
SHOWN_ELSEWHERE: Final = frozenset({"pointer", "detail", "field_errors", "problems", "reason"})
"""Members of errors that are no facts in `details`: `errors` shows them, or they tell what goes on in our house."""

_LOGGED_FRAMES: Final = 6
_BY_STATUS: Final[Mapping[int, type[BankcoreError]]] = {
    401: UnauthenticatedError,
    403: ForbiddenError,
    415: UnsupportedMediaTypeError,
    429: ThrottledError,
    503: UnavailableError,
}


@with_config(extra="allow")
class ProblemShape(TypedDict):
    """A failure as RFC 9457 has it."""

    type: Annotated[str, Doc(format="uri")]
    title: str
    status: int
    detail: str
    instance: Annotated[str, Doc(format="uri-reference")]
    code: ErrorCode
    requestId: str
    errors: list[FieldErrorShape]
    details: ErrorDetails
    retryable: Retryable


@dataclass(frozen=True, slots=True)
class _Failure:
    entry: ErrorEntry
    details: dict[str, object]
    errors: list[FieldErrorShape]
    headers: Mapping[str, str]


def register_failures(app: Flask, note_refusal: RefusalNote) -> None:
    """Make an answer of every exception that leaves a view; `note_refusal` is called with each refusal."""

    def from_refusal(error: Exception) -> Response:
        if not isinstance(error, BankcoreError):
            return _from_defect(error)
        if isinstance(error, UnauthenticatedError):
            try:
                current_request().count_stranger(request.remote_addr)
            except ThrottledError as throttled:
                # It is not noted, or a flood would fill the audit log.
                return refusal_response(throttled)
        note_refusal(error)
        return refusal_response(error, replay_headers(replayed=error.replayed))

    app.register_error_handler(BankcoreError, from_refusal)
    app.register_error_handler(HTTPException, _from_werkzeug)
    app.register_error_handler(Exception, _from_defect)


def refusal_response(error: BankcoreError, extra_headers: Mapping[str, str] | None = None) -> Response:
    """The answer for a refusal."""
    entry = error_entry(type(error))
    headers = dict(extra_headers or {})
    if entry.retryable and entry.status in WAIT_STATUSES:
        headers["Retry-After"] = str(getattr(error, "retry_after_s", 1))
    if isinstance(error, UnauthenticatedError):
        headers["WWW-Authenticate"] = "Bearer"
    return _render(_Failure(entry, fact_members(error), _field_errors(error), headers))


def _from_werkzeug(error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return _from_defect(error)
    status = error.code or 500
    if error.response is not None or status < HTTPStatus.BAD_REQUEST:
        answer = error.get_response()
        return answer if isinstance(answer, Response) else Response(answer.response, answer.status, answer.headers)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in _BY_STATUS:
        return _from_defect(getattr(error, "original_exception", None) or error)
    allow = {"Allow": ", ".join(sorted(error.valid_methods or ()))} if isinstance(error, MethodNotAllowed) else {}
    return refusal_response(_refusal_for(error, status), allow)


def _refusal_for(error: HTTPException, status: int) -> BankcoreError:
    if isinstance(error, RequestEntityTooLarge):
        return PayloadTooLargeError(limit_bytes=request.max_content_length or 0)
    if isinstance(error, MethodNotAllowed):
        return MethodNotAllowedError()
    if isinstance(error, NotFound):
        return NotFoundError(resource="path", identifier=request.path[:200])
    return _BY_STATUS.get(status, BadRequestError)()


def _from_defect(error: BaseException) -> Response:
    # The type and the place only: messages of drivers repeat values, and locals hold secrets.
    place = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)]
    logger.bind(exception=type(error).__qualname__, place=place[-_LOGGED_FRAMES:]).critical("unhandled exception")
    return _render(_Failure(INTERNAL, {}, [], {}))


def fact_members(error: BankcoreError) -> dict[str, object]:
    """The facts of a refusal as `details` shows them."""
    shown = (field.name for field in fields(error) if field.name not in SHOWN_ELSEWHERE)
    return {camel_case(name): getattr(error, name) for name in shown}


def _field_errors(error: BankcoreError) -> list[FieldErrorShape]:
    if isinstance(error, InvalidFieldsError) and error.field_errors:
        return [{"pointer": found.pointer, "detail": found.detail} for found in error.field_errors]
    if isinstance(error, InvalidRequestError) and (error.pointer or error.detail):
        return [{"pointer": error.pointer, "detail": error.detail or error.title}]
    return []


def _render(failure: _Failure) -> Response:
    if _wants_problem():
        return json_response(_problem(failure), failure.entry.status, failure.headers, PROBLEM_TYPE)
    entry = failure.entry
    error: ErrorShape = {
        "code": entry.code,
        "details": failure.details,
        "errors": failure.errors,
        "retryable": entry.retryable,
    }
    return json_response(
        failure_body(status=entry.status, title=entry.title, error=error), entry.status, failure.headers
    )


def _problem(failure: _Failure) -> ProblemShape:
    entry = failure.entry
    details = [found["detail"] for found in failure.errors]
    return {
        "type": problem_type(entry),
        "title": entry.title,
        "status": entry.status,
        "detail": "; ".join(details) or entry.title,
        "instance": quote(request.path),
        "code": entry.code,
        "requestId": current_request().request_id,
        "errors": failure.errors,
        "details": failure.details,
        "retryable": entry.retryable,
    }


def _wants_problem() -> bool:
    accept = request.headers.get("Accept", "")
    if PROBLEM_TYPE not in accept.lower():
        return False
    offered = request.accept_mimetypes
    named = any(media_type.lower() == PROBLEM_TYPE and quality > 0 for media_type, quality in offered)
    return named and offered[PROBLEM_TYPE] >= offered["application/json"]
