"""The blueprint of all capabilities: a view parses, calls and returns; everything else is declared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import flask_smorest
from flask import Request, Response, request
from typing_extensions import TypedDict, override

from bankcore.errors import BankcoreError, NotFoundError
from bankcore_http.answering.envelope import SUCCESS_MESSAGE, Answer, success_response
from bankcore_http.documenting.operation import Operation, SuccessDoc
from bankcore_http.reading.arguments import ArgumentSource
from bankcore_http.reading.files import FileTypes
from bankcore_http.reading.request_body import MAX_BODY_BYTES, has_body, read_json_object
from bankcore_http.reading.shapes import BodyShape, QueryShape
from bankcore_http.reading.strict_query import load_query

Reader = Callable[[Request], object]
_SMOREST_DOCS: Final = "_apidoc"
"""The attribute in which flask-smorest keeps the documentation of a view."""


class NothingShape(TypedDict):
    """No members at all: `{}`."""


@dataclass(slots=True)
class _Declared:
    """A view with the declarations of its decorators so far; the innermost decorator comes first."""

    view: Callable[..., object]
    readers: list[Reader] = field(default_factory=list)
    sources: list[ArgumentSource] = field(default_factory=list)
    body: type[BodyShape] | None = None
    files: FileTypes[Any] | None = None
    query: type[QueryShape] | None = None
    success: SuccessDoc | None = None
    errors: list[type[BankcoreError]] = field(default_factory=list)


View = Callable[..., object] | _Declared
Declaring = Callable[[View], _Declared]


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A flask-smorest blueprint whose decorators only declare; `route` turns the declarations into one function.

    A capability makes its blueprint in a function that takes what it needs:

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

    def __init__(self, name: str, *, url_prefix: str, description: str = "", tag: str | None = None) -> None:
        """With the group of the document that its operations belong to; by default that of its name in words."""
        super().__init__(name, __name__, url_prefix=url_prefix, description=description)
        self.tag = tag or name.replace("-", " ").capitalize()
        self.operations: list[Operation] = []
        self.longer_bodies: dict[str, int] = {}
        """Paths that take longer bodies than others, and how many bytes."""

    def takes(self, source: ArgumentSource) -> Declaring:
        """Give the view what this source reads from the request."""

        def declare(view: View) -> _Declared:
            declared = _declared(view)
            declared.sources.insert(0, source)
            declared.readers.insert(0, source.read)
            return declared

        return declare

    @override
    def arguments(
        self, shape: type[BodyShape] | type[QueryShape], *, or_file: FileTypes[Any] | None = None
    ) -> Declaring:
        """Give the view the body or the query, read into this shape; or an `Uploaded` file of one of these types."""

        def declare(view: View) -> _Declared:
            declared = _declared(view)
            if issubclass(shape, QueryShape):
                declared.query = shape
                declared.readers.insert(0, _query_reader(shape))
            else:
                declared.body, declared.files = shape, or_file
                declared.readers.insert(0, _body_reader(shape, or_file))
            return declared

        return declare

    @override
    def response(
        self,
        status_code: int,
        shape: type | None = NothingShape,
        *,
        many: bool = False,
        message: str = SUCCESS_MESSAGE,
        headers: Mapping[str, str] | None = None,
    ) -> Declaring:
        """Declare the answer of success: `many` for a list with a page, `headers` as name -> description.

        No shape at all means that no answer has the envelope; a source that the view takes describes them.
        """

        def declare(view: View) -> _Declared:
            declared = _declared(view)
            declared.success = SuccessDoc(status_code, shape, many, message, headers or {})
            return declared

        return declare

    def raises(self, *errors: type[BankcoreError]) -> Declaring:
        """Declare which errors of the domain this view can raise."""

        def declare(view: View) -> _Declared:
            declared = _declared(view)
            declared.errors.extend(errors)
            return declared

        return declare

    @override
    def route(self, rule: str, *, methods: Sequence[str] = ("GET",)) -> Declaring:
        """Serve the view below it at this path; the outermost decorator."""

        def register(view: View) -> _Declared:
            declared = _declared(view)
            self.add_url_rule(rule, view_func=declared, methods=list(methods))
            return declared

        return register

    @override
    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: View | None = None,
        provide_automatic_options: bool | None = None,
        **options: Any,
    ) -> None:
        """Register a view that was declared with the decorators above; classes of views are not taken."""
        if view_func is None or isinstance(view_func, type):
            message = "a view is a function"
            raise TypeError(message)
        declared = _declared(view_func)
        if declared.success is None:
            message = f"{declared.view.__name__} does not say its response"
            raise TypeError(message)
        operation = _operation(rule, self.tag, declared, declared.success)
        self.operations.append(operation)
        if declared.body is not None and declared.body.longest_bytes > MAX_BODY_BYTES:
            self.longer_bodies[f"{self.url_prefix}{rule}"] = declared.body.longest_bytes
        answering = _compiled(declared, declared.success)
        setattr(answering, _SMOREST_DOCS, operation.document())
        super().add_url_rule(rule, endpoint or answering.__name__, answering, provide_automatic_options, **options)


def _declared(view: View) -> _Declared:
    return view if isinstance(view, _Declared) else _Declared(view)


def _compiled(declared: _Declared, success: SuccessDoc) -> Callable[..., Response]:
    view, readers = declared.view, tuple(declared.readers)
    # Unknown parameters are refused last, so that a caller without a valid token learns only that.
    guards = (
        *((_require_no_query,) if declared.query is None else ()),
        *((_require_no_body,) if declared.body is None else ()),
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


def _operation(rule: str, tag: str, declared: _Declared, success: SuccessDoc) -> Operation:
    errors = [error for source in declared.sources for error in source.errors] + declared.errors
    return Operation(
        name=declared.view.__name__,
        tag=tag,
        success=success,
        body=declared.body,
        file_types=() if declared.files is None else tuple(declared.files.types),
        query=declared.query,
        additions=[source.describe() for source in declared.sources],
        # A path whose parts do not fit its converters does not exist.
        errors=[*errors, NotFoundError] if "<" in rule else errors,
    )


def _body_reader(shape: type[BodyShape], files: FileTypes[Any] | None) -> Reader:
    def read(received: Request) -> object:
        uploaded = None if files is None else files.read(received)
        return shape.read(read_json_object(received, shape.longest_bytes)) if uploaded is None else uploaded

    return read


def _query_reader(shape: type[QueryShape]) -> Reader:
    return lambda received: shape.read(load_query(received.environ.get("QUERY_STRING", "")))


def _require_no_query(received: Request) -> None:
    if received.environ.get("QUERY_STRING"):
        QueryShape.read(load_query(received.environ["QUERY_STRING"]))


def _require_no_body(received: Request) -> None:
    if has_body(received):
        BodyShape.read(read_json_object(received))
