"""The OpenAPI 3.1 document: the shared components, and every blueprint's operations."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final

import flask_smorest
from flask import Flask
from typing_extensions import override

from bankcore.identity.roles import roles_with
from bankcore.permissions import Permission
from bankcore_http.answering.envelope import FailureShape, SuccessShape
from bankcore_http.answering.errors import documented_codes, registered_errors
from bankcore_http.answering.failures import ProblemShape
from bankcore_http.documenting.facts import details_schema
from bankcore_http.documenting.failure_answers import FailureAnswer
from bankcore_http.documenting.json_schema import components_of
from bankcore_http.documenting.operation import REPLAYED, Operation
from bankcore_http.reading.idempotency import REPLAY_HEADERS

OPENAPI_VERSION: Final = "3.1.0"
_DESCRIPTION: Final = (
    "A double-entry ledger over HTTP. Every answer below `/v1` has one envelope; with "
    "`Accept: application/problem+json` a failure is an RFC 9457 document instead. "
    "Amounts are decimal strings, ids are UUIDs, times are RFC 3339 in UTC."
)
_HEADERS: Final = {
    "X-Request-Id": {"description": "The id under which this request is logged", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait before sending it again", "schema": {"type": "integer"}},
    "RateLimit": {"description": "What is left (r) for how many seconds (t)", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "How many requests (q) in how many seconds (w)", "schema": {"type": "string"}},
}
_HEADERS_OF_REPLAYS: Final = {
    REPLAYED: {"description": ", ".join(REPLAY_HEADERS.values()), "schema": {"type": "string"}}
}
_SECURITY: Final = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


class BankcoreApi(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest for the document only; failures and the pages that show it are ours."""

    DEFAULT_ERROR_RESPONSE_NAME: ClassVar[str | None] = None

    def __init__(self, app: Flask, *, spec_kwargs: dict[str, Any]) -> None:
        self._tags: set[str] = set()
        super().__init__(app, spec_kwargs=spec_kwargs)

    @override
    def register_blueprint(self, blp: Any, *, parameters: Any = None, **options: Any) -> None:
        """Serve and document what the blueprint has; blueprints of one tag are one group, which the first describes."""
        self._app.register_blueprint(blp, **options)
        blp.register_views_in_doc(self, self._app, self.spec, name=blp.name, parameters=parameters)
        if blp.tag not in self._tags:
            self._tags.add(blp.tag)
            self.spec.tag({"name": blp.tag, "description": blp.description})

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


def document_operations(api: BankcoreApi, operations: Sequence[Operation]) -> None:
    """Add the components that these operations refer to, each once."""
    shapes = {shape for operation in operations for shape in (operation.success.shape, operation.body) if shape}
    _document_shapes(api, shapes)
    components = api.spec.components
    answers: dict[str, FailureAnswer] = {}
    for answer in (answer for operation in operations for answer in operation.failures()):
        if answers.setdefault(answer.name, answer) != answer:
            raise LookupError(f"two kinds of failures have the name {answer.name}")
    for name in sorted(answers):
        components.response(name, answers[name].component())
    examples = {code: shown for answer in answers.values() for code, shown in answer.examples.items()}
    for code in sorted(examples):
        components.example(code, {"value": examples[code]})
    shared = [parameter for operation in operations for parameter in operation.shared_parameters()]
    parameters = {str(parameter["name"]): parameter for parameter in shared}
    for name in sorted(parameters):
        components.parameter(name, str(parameters[name]["in"]), parameters[name])


def _document_shapes(api: BankcoreApi, shapes: Iterable[type]) -> None:
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
            "info": {
                "description": _DESCRIPTION,
                "contact": {"name": "Whoever runs this bank"},
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "x-roles": {permission: sorted(roles_with(permission)) for permission in Permission},
            "servers": [{"url": "/", "description": "Where this document comes from"}],
        },
    )
    components = api.spec.components
    components.schema("ErrorCode", {"type": "string", "enum": sorted(documented_codes())})
    components.schema("ErrorDetails", details_schema(registered_errors()))
    _document_shapes(api, (SuccessShape, FailureShape, ProblemShape))
    for name, header in (_HEADERS | _HEADERS_OF_REPLAYS).items():
        components.header(name, header)
    for name, scheme in _SECURITY.items():
        components.security_scheme(name, scheme)
    return api
