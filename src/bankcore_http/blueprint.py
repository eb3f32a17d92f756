"""The blueprint that capabilities are built with: views parse, call and return; everything else is declared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import flask_smorest
from flask import Request, Response, request
from typing_extensions import TypedDict, override

from bankcore.errors import BankcoreError, NotFoundError
from bankcore_http.answering.envelope import SUCCESS_MESSAGE, Answer, success_response
from bankcore_http.documenting.operation import Operation, SuccessDoc
from bankcore_http.reading.arguments import ArgumentSource
from bankcore_http.reading.request_body import has_body, read_json_object
from bankcore_http.reading.shapes import BodyShape, QueryShape
from bankcore_http.reading.strict_query import load_query

View = TypeVar("View", bound=Callable[..., object])
Reader = Callable[[Request], object]
_PLAN: Final = "_bankcore_plan"
_SMOREST_DOCS: Final = "_apidoc"
"""Where flask-smorest looks for what the decorators of a view have said."""


class NothingShape(TypedDict):
    """No members at all: `{}`."""


@dataclass(slots=True)
class _Plan:
    """What the decorators of one view have said so far; the innermost speaks first."""

    readers: list[Reader] = field(default_factory=list)
    sources: list[ArgumentSource] = field(default_factory=list)
    body: type[BodyShape] | None = None
    query: type[QueryShape] | None = None
    success: SuccessDoc | None = None
    errors: list[type[BankcoreError]] = field(default_factory=list)


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A flask-smorest blueprint whose decorators only declare; `route` turns the declarations into one function.

    A capability makes its blueprint in a function that gets what it needs:

    ```python
    @blueprint.route("/deposit", methods=["POST"])
    @blueprint.takes(caller)  # arguments arrive in the order they are written here,
    @blueprint.takes(key)  # after those of the path, which arrive by name
    @blueprint.arguments(DepositBody)
    @blueprint.response(201, TransactionShape, message="Deposit posted")
    @blueprint.raises(InsufficientFundsError, AccountFrozenError)
    def deposit(caller: Caller, key: str, body: DepositBody) -> Answer:
        '''Put money into an account.'''
        posted = ledger.deposit(caller, key, body)
        return Answer(present_transaction(posted), headers=replay_headers(posted))
    ```

    A view returns JSON-ready data of the declared shape (`Money`, `UUID` and `datetime` render by themselves), an
    `Answer` with page, status, message or headers, or a finished `Response`, which goes out as it is. A route that
    declares no body takes none or `{}`, and one that declares no query takes none. Every error must be declared with
    `raises` to be in the document.
    """

    def __init__(self, name: str, *, url_prefix: str, description: str = "") -> None:
        super().__init__(name, __name__, url_prefix=url_prefix, description=description)
        self.shapes: set[type] = set()

    def takes(self, source: ArgumentSource) -> Callable[[View], View]:
        """Give the view what this source reads from the request."""

        def declare(view: View) -> View:
            plan = _plan(view)
            plan.sources.insert(0, source)
            plan.readers.insert(0, source.read)
            return view

        return declare

    @override
    def arguments(self, shape: type[BodyShape] | type[QueryShape]) -> Callable[[View], View]:
        """Give the view the body or the query, read into this shape."""

        def declare(view: View) -> View:
            plan = _plan(view)
            if issubclass(shape, QueryShape):
                plan.query = shape
                plan.readers.insert(0, _query_reader(shape))
            else:
                plan.body = shape
                plan.readers.insert(0, _body_reader(shape))
            return view

        return declare

    @override
    def response(
        self,
        status_code: int,
        shape: type = NothingShape,
        *,
        many: bool = False,
        message: str = SUCCESS_MESSAGE,
        headers: Mapping[str, str] | None = None,
    ) -> Callable[[View], View]:
        """Say what success looks like: `many` for a list with a page, `headers` as name -> description."""

        def declare(view: View) -> View:
            _plan(view).success = SuccessDoc(status_code, shape, many, message, headers or {})
            return view

        return declare

    def raises(self, *errors: type[BankcoreError]) -> Callable[[View], View]:
        """Say which errors of the domain this view can end in."""

        def declare(view: View) -> View:
            _plan(view).errors.extend(errors)
            return view

        return declare

    @override
    def route(self, rule: str, *, methods: Sequence[str] = ("GET",)) -> Callable[[View], View]:
        """Serve the view below it at this path; the outermost decorator."""

        def register(view: View) -> View:
            self.add_url_rule(rule, view_func=view, methods=list(methods))
            return view

        return register

    @override
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Callable[..., object] | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a view that was declared with the decorators above; classes of views are not taken."""
        if view_func is None or isinstance(view_func, type):
            message = "a view is a function"
            raise TypeError(message)
        plan = _plan(view_func)
        if plan.success is None:
            message = f"{view_func.__name__} does not say its response"
            raise TypeError(message)
        self.shapes |= {plan.success.shape, *([] if plan.body is None else [plan.body])}
        answering = _compile(view_func, plan, plan.success)
        setattr(answering, _SMOREST_DOCS, _operation(rule, view_func, plan, plan.success).document())
        super().add_url_rule(rule, endpoint or view_func.__name__, answering, provide_automatic_options, **options)


def _plan(view: Callable[..., object]) -> _Plan:
    plan: _Plan | None = getattr(view, _PLAN, None)
    if plan is None:
        plan = _Plan()
        setattr(view, _PLAN, plan)
    return plan


def _compile(view: Callable[..., object], plan: _Plan, success: SuccessDoc) -> Callable[..., Response]:
    readers = tuple(plan.readers)
    # What a route does not take is refused last, so that strangers learn no more than that they are strangers.
    guards = (
        *((_require_no_query,) if plan.query is None else ()),
        *((_require_no_body,) if plan.body is None else ()),
    )
    status, message = success.status, success.message

    def answering(**path: object) -> Response:
        received = request._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - each use of the proxy costs
        arguments = [read(received) for read in readers]
        for guard in guards:
            guard(received)
        returned = view(*arguments, **path)
        if isinstance(returned, Response):
            return returned
        answer = returned if type(returned) is Answer else Answer(returned)
        return success_response(answer, status=status, message=message)

    answering.__name__, answering.__doc__ = view.__name__, view.__doc__
    return answering


def _operation(rule: str, view: Callable[..., object], plan: _Plan, success: SuccessDoc) -> Operation:
    declared = [error for source in plan.sources for error in source.errors] + plan.errors
    return Operation(
        name=view.__name__,
        success=success,
        body=plan.body,
        query=plan.query,
        additions=[source.describe() for source in plan.sources],
        # A path that does not match its converters is a path that does not exist.
        errors=[*declared, NotFoundError] if "<" in rule else declared,
    )


def _body_reader(shape: type[BodyShape]) -> Reader:
    return lambda received: shape.read(read_json_object(received))


def _query_reader(shape: type[QueryShape]) -> Reader:
    return lambda received: shape.read(load_query(received.environ.get("QUERY_STRING", "")))


def _require_no_query(received: Request) -> None:
    if received.environ.get("QUERY_STRING"):
        QueryShape.read(load_query(received.environ["QUERY_STRING"]))


def _require_no_body(received: Request) -> None:
    if has_body(received):
        BodyShape.read(read_json_object(received))
