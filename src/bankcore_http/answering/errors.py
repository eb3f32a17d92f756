"""The one registry of errors over HTTP: error class -> status, code, title; and the errors that only HTTP knows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final

from bankcore.errors import (
    BankcoreError,
    ConflictError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    RejectedError,
    ThrottledError,
    UnauthenticatedError,
    UnavailableError,
)
from bankcore.permissions import Permission


class PermissionAdvice(StrEnum):
    """How a caller goes on that lacks a permission."""

    ANOTHER_KEY = "use a key that has this scope"
    NO_KEY = "no key has this; a person who logs in may do it whose role has it"
    ANOTHER_ROLE = "ask somebody whose role has it, or for such a role"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class PermissionMissingError(ForbiddenError):
    """A known caller lacks the permission of the operation; the code is that of whatever else is forbidden."""

    permission: Permission
    advice: PermissionAdvice


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class BadRequestError(InvalidRequestError):
    """The request cannot be read."""

    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "The request could not be read"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong place of the request: `/amount` in the body, `/query/limit` in the query."""

    pointer: str
    detail: str


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class InvalidFieldsError(InvalidRequestError):
    """Several fields are not valid; the same code as for one."""

    code: ClassVar[str] = InvalidRequestError.code
    field_errors: tuple[FieldError, ...] = field(default=())


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class MalformedJsonError(InvalidRequestError):
    """The body is not one strict JSON object."""

    code: ClassVar[str] = "malformed_json"
    title: ClassVar[str] = "The body is not valid JSON"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class MethodNotAllowedError(InvalidRequestError):
    """The path does not take this method; the `Allow` header names those that it takes."""

    code: ClassVar[str] = "method_not_allowed"
    title: ClassVar[str] = "The method is not allowed here"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class PayloadTooLargeError(InvalidRequestError):
    """The body is longer than `limit_bytes`, the limit of the route."""

    code: ClassVar[str] = "payload_too_large"
    title: ClassVar[str] = "The body is too large"
    limit_bytes: int


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class RequestTimeoutError(UnavailableError):
    """The body arrived too slowly for its length; nothing was done."""

    code: ClassVar[str] = "request_timeout"
    title: ClassVar[str] = "The body did not arrive in time"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class UnsupportedMediaTypeError(InvalidRequestError):
    """The body is not plain `application/json` in UTF-8."""

    code: ClassVar[str] = "unsupported_media_type"
    title: ClassVar[str] = "The media type of the body is not supported"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class NotAcceptableError(InvalidRequestError):
    """The route offers none of the media types in `Accept`; `offered` names those that it offers."""

    code: ClassVar[str] = "not_acceptable"
    title: ClassVar[str] = "No accepted media type is offered here"
    offered: str


WAIT_STATUSES: Final = frozenset({409, 429, 503})
"""How many seconds `Retry-After` tells for errors that may be tried again."""

_BRANCH_STATUS: Final[Mapping[type[BankcoreError], int]] = MappingProxyType(
    {
        InvalidRequestError: 422,
        UnauthenticatedError: 401,
        ForbiddenError: 403,
        NotFoundError: 404,
        RejectedError: 422,
        ConflictError: 409,
        ThrottledError: 429,
        UnavailableError: 503,
        OutcomeUnknownError: 503,
    }
)
"""The status of each branch of errors, because a branch tells what the caller should do next."""

_CODE_STATUS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "bad_request": 400,
        "malformed_json": 400,
        "idempotency_key_required": 400,
        "method_not_allowed": 405,
        "not_acceptable": 406,
        "request_timeout": 408,
        "quote_expired": 410,
        "payload_too_large": 413,
        "unsupported_media_type": 415,
    }
)
"""Errors with a better status than that of their branch; by code, so that no capability is imported here."""

_OUR_PACKAGES: Final = frozenset({"bankcore", "bankcore_http", "bankcore_infra"})


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One line of the registry."""

    status: int
    code: str
    title: str
    retryable: bool


INTERNAL: Final = ErrorEntry(500, "internal_error", "Something went wrong on our side", retryable=False)
"""The answer to a defect, which tells nothing of it."""


def error_entry(error_type: type[BankcoreError]) -> ErrorEntry:
    """The registry's entry for an error class.

    Raises:
        LookupError: the class is on no branch, so its status is not decided.
    """
    branch = next((base for base in error_type.__mro__ if base in _BRANCH_STATUS), None)
    if branch is None:
        message = f"{error_type.__name__} belongs to no branch of the error tree"
        raise LookupError(message)
    status = _CODE_STATUS.get(error_type.code, _BRANCH_STATUS[branch])
    return ErrorEntry(status, error_type.code, error_type.title, error_type.retryable)


def problem_type(entry: ErrorEntry) -> str:
    """The `type` of RFC 9457: a stable name of the kind of problem."""
    return f"urn:bankcore:problem:{entry.code}"


def registered_errors() -> tuple[type[BankcoreError], ...]:
    """Every error class of our packages that stands on a branch, in the order of code and name."""
    ours = {found for found in _descendants(BankcoreError) if found.__module__.partition(".")[0] in _OUR_PACKAGES}
    return tuple(sorted(ours, key=lambda found: (found.code, found.__name__)))


def documented_codes() -> frozenset[str]:
    """Every code an answer can carry; a test holds the OpenAPI document to this set."""
    return frozenset({error_type.code for error_type in registered_errors()} | {INTERNAL.code})


def _descendants(error_type: type[BankcoreError]) -> Iterator[type[BankcoreError]]:
    for child in error_type.__subclasses__():
        yield child
        yield from _descendants(child)
