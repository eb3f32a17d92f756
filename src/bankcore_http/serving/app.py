"""The application factory: blueprints and ports in, one Flask application out; nothing is global."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask, Request, Response, request
from typing_extensions import override
from werkzeug.exceptions import NotFound
from werkzeug.routing import MapAdapter

from bankcore.clock import Clock
from bankcore.errors import BankcoreError
from bankcore_http.answering.failures import RefusalNote, register_failures
from bankcore_http.answering.rates import NO_LIMITS, RateLimits
from bankcore_http.answering.request_context import current_request
from bankcore_http.answering.wire import CompactJsonProvider
from bankcore_http.blueprint import Blueprint
from bankcore_http.documenting.docs_pages import docs_blueprint
from bankcore_http.documenting.openapi import document_operations, make_api
from bankcore_http.reading.header_lines import require_single_lines
from bankcore_http.reading.request_body import MAX_BODY_BYTES
from bankcore_http.serving.bodies import LONGER_BODIES
from bankcore_http.serving.health import Duties, Readiness, health_blueprint
from bankcore_http.serving.request_boundary import REFUSAL, RequestBoundary, RequestLog


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiInfo:
    """What the document says of itself."""

    title: str = "bankcore"
    version: str = "0.1.0"


class _BankFlask(Flask):
    """Flask without features that no route here uses: other hosts, coroutines as views, hooks, cookies."""

    @override
    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Route by path and method alone; the `Host` header is ignored."""
        if request is None:
            return None
        return MapAdapter(
            self.url_map, "localhost", request.root_path, "", request.scheme, request.path, request.method
        )

    @override
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself; Flask would check four times a request whether it is a coroutine."""
        return func

    @override
    def preprocess_request(self) -> None:
        """Check the request before its view. Flask would look for hooks in five places."""
        _refuse_at_once()
        _require_one_spelling()
        _note_route()

    @override
    def process_response(self, response: Response) -> Response:
        """The answer as it is: there are no hooks and no cookies."""
        return response

    @override
    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """Do nothing: no hook waits for the end of a request."""


def create_app(  # noqa: PLR0913 - the outermost layer has this many ports, half of them required
    blueprints: Sequence[Blueprint],
    *,
    clock: Clock,
    new_id: Callable[[], UUID],
    readiness: Readiness,
    log_request: RequestLog,
    duties: Duties = dict,
    rates: RateLimits = NO_LIMITS,
    note_refusal: RefusalNote = lambda _error: None,
    info: ApiInfo = ApiInfo(),
) -> Flask:
    """A WSGI application that serves these blueprints, health, the OpenAPI document and its page.

    `new_id` gives the UUIDs of minted request ids; `log_request` gets one line per request, and
    `note_refusal` every refusal that a view raises, before it is answered.
    """
    app = _BankFlask("bankcore_http", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, PROVIDE_AUTOMATIC_OPTIONS=False)
    app.config[LONGER_BODIES] = {path: size for each in blueprints for path, size in each.longer_bodies.items()}
    app.json = CompactJsonProvider(app)
    # A path has one spelling; a redirect to another one would lose the body of a POST.
    app.url_map.merge_slashes = False
    register_failures(app, note_refusal)
    api = make_api(app, title=info.title, version=info.version)
    document_operations(api, [operation for blueprint in blueprints for operation in blueprint.operations])
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    app.register_blueprint(health_blueprint(readiness, duties))
    app.register_blueprint(docs_blueprint(api))
    app.wsgi_app = RequestBoundary(  # type: ignore[method-assign]
        app.wsgi_app, clock=clock, new_id=new_id, log_request=log_request, rates=rates
    )
    return app


def _refuse_at_once() -> None:
    """Raise what the server or the header lines forbid, before any code reads a header."""
    refusal: BankcoreError | None = request.environ.get(REFUSAL)
    if refusal is not None:
        raise refusal
    require_single_lines(request.environ)


def _require_one_spelling() -> None:
    """Refuse a path with several slashes at its beginning, which routing takes for one."""
    if request.environ["PATH_INFO"].startswith("//"):
        raise NotFound


def _note_route() -> None:
    rule = request.url_rule
    if rule is not None:
        current_request().route = rule.rule
