"""What the OpenAPI document says of one view: parameters, body, and every answer inside its envelope."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bankcore.errors import BankcoreError, InvalidRequestError, UnavailableError
from bankcore_http.answering.envelope import FailureShape
from bankcore_http.answering.errors import (
    INTERNAL,
    WAIT_STATUSES,
    BadRequestError,
    ErrorEntry,
    MalformedJsonError,
    PayloadTooLargeError,
    RequestTimeoutError,
    UnsupportedMediaTypeError,
    error_entry,
    problem_type,
)
from bankcore_http.answering.failures import ProblemShape
from bankcore_http.answering.wire import camel_case
from bankcore_http.documenting.json_schema import parameters_of, reference_to
from bankcore_http.reading.arguments import Addition
from bankcore_http.reading.shapes import BodyShape, QueryShape

EVERYWHERE: Final[tuple[type[BankcoreError], ...]] = (
    BadRequestError,
    MalformedJsonError,
    PayloadTooLargeError,
    RequestTimeoutError,
    UnsupportedMediaTypeError,
    InvalidRequestError,
    UnavailableError,
)
"""What any route can answer: even one that takes no body has to refuse a bad one."""

OpenApi = dict[str, object]
_REQUEST_ID: Final = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
_RETRY_AFTER: Final = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
_EXAMPLE_REQUEST: Final = "req_019c13d1a6007000800000000000abcd"
_ENVELOPE_MEMBERS: Final = ("success", "statusCode", "message", "data", "error", "meta")


@dataclass(frozen=True, slots=True)
class SuccessDoc:
    """How a view answers when all is well."""

    status: int
    shape: type
    many: bool
    message: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One view, before it becomes a part of the document."""

    name: str
    success: SuccessDoc
    body: type[BodyShape] | None
    query: type[QueryShape] | None
    additions: Sequence[Addition]
    errors: Iterable[type[BankcoreError]]

    def document(self) -> OpenApi:
        """The parts in the form in which flask-smorest keeps them on a view."""
        responses: dict[int, list[OpenApi]] = {self.success.status: [_success(self.success)]}
        for status, entries in _entries_by_status((*EVERYWHERE, *self.errors)).items():
            responses[status] = _failure(status, entries)
        manual: OpenApi = {"operationId": camel_case(self.name)}
        for addition in self.additions:
            manual.update(addition.members)
        return {
            "arguments": {"parameters": self._parameters()},
            "response": {"responses": responses},
            "manual_doc": manual,
        }

    def _parameters(self) -> list[OpenApi]:
        found: list[OpenApi] = []
        for addition in self.additions:
            found.extend(dict(parameter) for parameter in addition.parameters)
        if self.query is not None:
            found.extend(parameters_of(self.query))
        if self.body is not None:
            found.append({"in": "json", "required": True, "schema": reference_to(self.body)})
        return found


def _entries_by_status(errors: Iterable[type[BankcoreError]]) -> dict[int, list[ErrorEntry]]:
    found: dict[int, dict[str, ErrorEntry]] = defaultdict(dict)
    for error_type in errors:
        entry = error_entry(error_type)
        found[entry.status].setdefault(entry.code, entry)
    found[INTERNAL.status][INTERNAL.code] = INTERNAL
    return {status: [entries[code] for code in sorted(entries)] for status, entries in sorted(found.items())}


def _success(success: SuccessDoc) -> OpenApi:
    one = reference_to(success.shape)
    data: object = {"type": "array", "items": one} if success.many else one
    envelope: OpenApi = {
        "type": "object",
        "required": list(_ENVELOPE_MEMBERS),
        "properties": {
            "success": {"const": True},
            "statusCode": {"const": success.status},
            "message": {"type": "string", "example": success.message},
            "data": data,
            "error": {"type": "null"},
            "meta": {"$ref": "#/components/schemas/Meta"},
        },
    }
    own = {name: {"description": said, "schema": {"type": "string"}} for name, said in success.headers.items()}
    return {
        "description": success.message,
        "schema": envelope,
        "headers": {**_REQUEST_ID, **own},
        "content_type": "application/json",
    }


def _failure(status: int, entries: list[ErrorEntry]) -> list[OpenApi]:
    shown: OpenApi = {
        "description": " or ".join(f"`{entry.code}`" for entry in entries),
        "headers": {**_REQUEST_ID, **(_RETRY_AFTER if status in WAIT_STATUSES else {})},
    }
    only = {"type": "object", "properties": {"code": {"enum": [entry.code for entry in entries]}}}
    envelope = {"type": "object", "properties": {"statusCode": {"const": status}, "error": only}}
    # flask-smorest shows the last one first.
    return [
        {
            **shown,
            "schema": {"allOf": [{"$ref": "#/components/schemas/Problem"}, only]},
            "example": _problem_example(entries[0]),
            "content_type": "application/problem+json",
        },
        {
            **shown,
            "schema": {"allOf": [{"$ref": "#/components/schemas/Failure"}, envelope]},
            "example": _failure_example(entries[0]),
            "content_type": "application/json",
        },
    ]


def _failure_example(entry: ErrorEntry) -> FailureShape:
    return {
        "success": False,
        "statusCode": entry.status,
        "message": entry.title,
        "data": None,
        "error": {"code": entry.code, "details": {}, "errors": [], "retryable": entry.retryable},
        "meta": {"requestId": _EXAMPLE_REQUEST, "timestamp": "2026-01-31T12:00:00.000000Z"},
    }


def _problem_example(entry: ErrorEntry) -> ProblemShape:
    return {
        "type": problem_type(entry),
        "title": entry.title,
        "status": entry.status,
        "detail": entry.title,
        "instance": "/v1/accounts",
        "code": entry.code,
        "requestId": _EXAMPLE_REQUEST,
        "errors": [],
        "details": {},
        "retryable": entry.retryable,
    }
