"""The OpenAPI 3.1 document: the shared components, and every blueprint's operations."""

from collections.abc import Iterable
from typing import Any, ClassVar, Final

import flask_smorest
from flask import Flask
from typing_extensions import override

from bankcore_http.answering.envelope import FailureShape
from bankcore_http.answering.errors import documented_codes
from bankcore_http.answering.failures import ProblemShape
from bankcore_http.documenting.json_schema import components_of

OPENAPI_VERSION: Final = "3.1.0"
_DESCRIPTION: Final = (
    "A double-entry ledger over HTTP. Every answer below `/v1` has one envelope; with "
    "`Accept: application/problem+json` a failure is an RFC 9457 document instead. "
    "Amounts are decimal strings, ids are UUIDs, times are RFC 3339 in UTC."
)
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
    components.schema("ErrorCode", {"type": "string", "enum": sorted(documented_codes())})
    document_shapes(api, (FailureShape, ProblemShape))
    for name, header in _HEADERS.items():
        components.header(name, header)
    for name, scheme in _SECURITY.items():
        components.security_scheme(name, scheme)
    return api
