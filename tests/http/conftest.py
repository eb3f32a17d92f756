"""Every answer of every test below has the headers of all answers, whatever was asked and whatever came of it."""

from collections.abc import Iterable, Iterator
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from typing_extensions import override

from bankcore_http.serving.request_boundary import RequestBoundary

ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Referrer-Policy": "no-referrer",
}
ONE_OF_EACH: Final = (*ALWAYS, "Cache-Control", "Content-Security-Policy", "X-Request-Id")
NEVER: Final = {"Server", "X-Powered-By", "Set-Cookie", "Access-Control-Allow-Origin", "Location"}


def wrong_headers(headers: list[tuple[str, str]]) -> list[str]:
    """What is wrong with the headers of an answer."""
    names = [name.title() for name, _value in headers]
    told = {name.title(): value for name, value in headers}
    return [
        *(f"{name} {names.count(name.title())} times" for name in ONE_OF_EACH if names.count(name.title()) != 1),
        *(f"{name}: {told.get(name.title())}" for name, value in ALWAYS.items() if told.get(name.title()) != value),
        *(f"{name}: {told[name]}" for name in NEVER & set(told)),
        *(f"a line end in {name}" for name, value in headers if "\n" in value or "\r" in value),
        *(["anybody may frame it"] if "frame-ancestors 'none'" not in told.get("Content-Security-Policy", "") else []),
    ]


class CheckedBoundary(RequestBoundary):
    """Looks at each answer as it goes out."""

    @override
    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            wrong = wrong_headers(headers)
            assert wrong == [], f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}: {status}: {wrong}"
            return start_response(status, headers, *rest)

        return super().__call__(environ, start)


@pytest.fixture(scope="session", autouse=True)
def _every_answer_is_looked_at() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bankcore_http.serving.app.RequestBoundary", CheckedBoundary)
        yield
