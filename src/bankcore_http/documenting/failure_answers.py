"""What the document says of failures: one component for each set of codes that a status can carry."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from bankcore.errors import BankcoreError, InvalidRequestError, ThrottledError, UnavailableError
from bankcore_http.answering.envelope import FailureShape, FieldErrorShape
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
)
from bankcore_http.answering.failures import PROBLEM_TYPE
from bankcore_http.answering.members import INSTANT_EXAMPLE, REQUEST_ID_EXAMPLE
from bankcore_http.documenting.facts import example_details

OpenApi = dict[str, object]

EVERYWHERE: Final[tuple[type[BankcoreError], ...]] = (
    BadRequestError,
    MalformedJsonError,
    InvalidRequestError,
    UnavailableError,
)
"""What any route can answer: even one that takes no body has to refuse a bad one."""

_WHATEVER_IS_ASKED: Final[tuple[type[BankcoreError], ...]] = (
    PayloadTooLargeError,
    RequestTimeoutError,
    UnsupportedMediaTypeError,
    ThrottledError,
)
"""What any route can answer too, and what says nothing of the route: it is told once, as `default`."""

# The most frequent of their status, whose names need not tell which they are.
_FREQUENT: Final[Mapping[int, set[str]]] = {
    400: {"bad_request", "idempotency_key_required", "malformed_json"},
    401: {"token_expired", "unauthenticated"},
    403: {"forbidden", "tenant_suspended"},
    404: {"not_found"},
    409: {"idempotency_in_progress", "idempotency_key_reused"},
    503: {"outcome_unknown", "unavailable"},
}

REQUEST_ID_HEADER: Final = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
_RETRY_AFTER_HEADER: Final = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
_RATE_HEADERS: Final = {name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit", "RateLimit-Policy")}
_NAMED_MAX: Final = 2
_CONTENT: Final = (("application/json", "Failure"), (PROBLEM_TYPE, "Problem"))
_WRONG_PLACE: Final[Mapping[str, FieldErrorShape]] = {
    "validation_failed": {"pointer": "/amount", "detail": 'an amount is a decimal string such as "100.50"'},
    "idempotency_key_required": {
        "pointer": "/headers/Idempotency-Key",
        "detail": "a key has 1 to 255 printable ASCII characters",
    },
}


@dataclass(frozen=True, slots=True)
class FailureAnswer:
    """How failures of one status look that carry one of these codes; without a status, of all that are not told."""

    status: int | None
    examples: Mapping[str, FailureShape]
    """One for each code."""

    @property
    def name(self) -> str:
        """The name of the component: the same for the same codes, and short, since each operation names ten of them."""
        if self.status is None:
            return "default"
        if set(self.examples) == _FREQUENT.get(self.status):
            return str(self.status)
        return f"{self.status}-{sha256('.'.join(self.examples).encode()).hexdigest()[:4]}"

    def component(self) -> OpenApi:
        """The component: every answer of these codes is a `Failure` or a `Problem`, so that clients know two types."""
        examples = {code: {"$ref": f"#/components/examples/{code}"} for code in self.examples}
        shown: dict[str, OpenApi] = {
            media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}} for media_type, schema in _CONTENT
        }
        shown["application/json"]["examples"] = examples
        wait = _RETRY_AFTER_HEADER if self.status is None or self.status in WAIT_STATUSES else {}
        rates = _RATE_HEADERS if self.status in {None, HTTPStatus.TOO_MANY_REQUESTS} else {}
        # Every answer has this one; the others say the same in `meta.requestId`.
        headers = {**(REQUEST_ID_HEADER if self.status is None else {}), **wait, **rates}
        return {
            "description": _described(self.examples),
            **({"headers": headers} if headers else {}),
            "content": shown,
        }


def _described(codes: Iterable[str]) -> str:
    """The codes if they are few; otherwise the examples, which follow, say them."""
    named = [f"`{code}`" for code in codes]
    return " or ".join(named) if len(named) <= _NAMED_MAX else "One of these codes"


def failure_answers(errors: Iterable[type[BankcoreError]]) -> list[FailureAnswer]:
    """The answers that these errors have, by status, and at last what any route can answer besides.

    A status that is told is told whole, because then the default does not speak of it.
    """
    found: dict[int, dict[str, FailureShape]] = defaultdict(dict)
    own = [error_type for error_type in errors if error_type not in _WHATEVER_IS_ASKED]
    statuses = {error_entry(error_type).status for error_type in own}
    for error_type in (*(each for each in EVERYWHERE if error_entry(each).status in statuses), *own):
        entry = error_entry(error_type)
        found[entry.status].setdefault(entry.code, _example(entry, example_details(error_type)))
    told = [FailureAnswer(status, dict(sorted(examples.items()))) for status, examples in sorted(found.items())]
    return [*told, _otherwise()]


def _otherwise() -> FailureAnswer:
    examples = {INTERNAL.code: _example(INTERNAL, {})}
    for error_type in (*EVERYWHERE, *_WHATEVER_IS_ASKED):
        entry = error_entry(error_type)
        examples[entry.code] = _example(entry, example_details(error_type))
    return FailureAnswer(None, dict(sorted(examples.items())))


def _example(entry: ErrorEntry, details: dict[str, object]) -> FailureShape:
    wrong = _WRONG_PLACE.get(entry.code)
    return {
        "success": False,
        "statusCode": entry.status,
        "message": entry.title,
        "data": None,
        "error": {
            "code": entry.code,
            "details": details,
            "errors": [] if wrong is None else [wrong],
            "retryable": entry.retryable,
        },
        "meta": {"requestId": REQUEST_ID_EXAMPLE, "timestamp": INSTANT_EXAMPLE},
    }
