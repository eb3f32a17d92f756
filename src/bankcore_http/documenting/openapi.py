"""The OpenAPI 3.1 document: the shared components, and every blueprint's operations."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final

import flask_smorest
from flask import Flask
from typing_extensions import override

from bankcore_http.answering.errors import documented_codes
from bankcore_http.documenting.json_schema import components_of

OPENAPI_VERSION: Final = "3.1.0"
_INSTANT: Final = {"type": "string", "format": "date-time"}
_DESCRIPTION: Final = (
    "A double-entry ledger over HTTP. Every answer below `/v1` has one envelope; with "
    "`Accept: application/problem+json` a failure is an RFC 9457 document instead. "
    "Amounts are decimal strings, ids are UUIDs, times are RFC 3339 in UTC."
)
_META: Final = {
    "type": "object",
    "required": ["requestId", "timestamp"],
    "properties": {
        "requestId": {"type": "string", "pattern": "^[A-Za-z0-9_-]{8,64}$"},
        "timestamp": _INSTANT,
        "page": {"$ref": "#/components/schemas/Page"},
    },
}
_PAGE: Final = {
    "type": "object",
    "required": ["limit", "nextCursor"],
    "properties": {
        "limit": {"type": "integer", "minimum": 1, "maximum": 100},
        "nextCursor": {"type": ["string", "null"], "description": "Give it as `cursor` to get the next page."},
        "page": {"type": "integer", "minimum": 1},
        "total": {"type": "integer", "minimum": 0},
        "totalPages": {"type": "integer", "minimum": 0},
    },
}
_FIELD_ERROR: Final = {
    "type": "object",
    "required": ["pointer", "detail"],
    "properties": {
        "pointer": {
            "type": "string",
            "description": "into the body, or `/query/<name>`",
            "example": "/amount",
        },
        "detail": {"type": "string"},
    },
}
_DETAILS: Final = {"type": "object", "description": "The facts of this refusal, by code."}
_FIELD_ERRORS: Final = {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}}
_RETRYABLE: Final = {"type": "boolean", "description": "Whether the same request may be sent again as it is."}
_ERROR: Final = {
    "type": "object",
    "required": ["code", "details", "errors", "retryable"],
    "properties": {
        "code": {"$ref": "#/components/schemas/ErrorCode"},
        "details": _DETAILS,
        "errors": _FIELD_ERRORS,
        "retryable": _RETRYABLE,
    },
}
_FAILURE: Final = {
    "type": "object",
    "required": ["success", "statusCode", "message", "data", "error", "meta"],
    "properties": {
        "success": {"const": False},
        "statusCode": {"type": "integer", "minimum": 400, "maximum": 599},
        "message": {"type": "string"},
        "data": {"type": "null"},
        "error": {"$ref": "#/components/schemas/Error"},
        "meta": {"$ref": "#/components/schemas/Meta"},
    },
}
_PROBLEM: Final = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail", "instance", "code", "requestId", "errors", "details"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "code": {"$ref": "#/components/schemas/ErrorCode"},
        "requestId": {"type": "string"},
        "errors": _FIELD_ERRORS,
        "details": _DETAILS,
        "retryable": _RETRYABLE,
    },
}
_HEADERS: Final = {
    "X-Request-Id": {"description": "The id under which this request is logged", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait before sending it again", "schema": {"type": "integer"}},
}
_SECURITY: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


class BankcoreApi(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest for the document only; failures and the pages that show it are ours."""

    DEFAULT_ERROR_RESPONSE_NAME: ClassVar[str | None] = None

    @override
    def _register_error_handlers(self) -> None:
        """Leave errors to `bankcore_http.answering.failures`."""

    @override
    def _register_responses(self) -> None:
        """Leave answers to `bankcore_http.documenting.operation`."""

    @override
    def _register_pagination_header(self) -> None:
        """Pages are told in the envelope."""

    @override
    def _register_etag_headers(self) -> None:
        """No answer has an ETag."""


def document_shapes(api: BankcoreApi, shapes: Iterable[type]) -> None:
    """Add the components of these shapes, each once."""
    found: dict[str, dict[str, Any]] = {}
    for shape in shapes:
        found |= components_of(shape)
    for name in sorted(found):
        api.spec.components.schema(name, found[name])


def make_api(app: Flask, *, title: str, version: str) -> BankcoreApi:
    """An empty document with the components that every operation refers to."""
    api = BankcoreApi(
        app,
        spec_kwargs={
            "title": title,
            "version": version,
            "openapi_version": OPENAPI_VERSION,
            "info": {"description": _DESCRIPTION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        },
    )
    components = api.spec.components
    codes: dict[str, Any] = {"type": "string", "enum": sorted(documented_codes())}
    schemas = {
        "ErrorCode": codes,
        "FieldError": _FIELD_ERROR,
        "Error": _ERROR,
        "Page": _PAGE,
        "Meta": _META,
        "Failure": _FAILURE,
        "Problem": _PROBLEM,
    }
    for name, schema in schemas.items():
        components.schema(name, schema)
    for name, header in _HEADERS.items():
        components.header(name, header)
    for name, scheme in _SECURITY.items():
        components.security_scheme(name, scheme)
    return api
