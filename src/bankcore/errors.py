"""Every refusal the core can give, grouped by what the caller should do next.

```
BankcoreError (code, retryable, facts as typed attributes)
|- InvalidRequestError   never right as written
|- UnauthenticatedError  say who you are
|- ForbiddenError        you may not
|- NotFoundError         nothing of that name is yours
|- RejectedError         refused in the present state
|- ConflictError         already final, or the key was used for something else
|- ThrottledError        too often, wait
|- UnavailableError      nothing was recorded, send again
`- OutcomeUnknownError   ask again with the same key
LedgerInvariantError     not a BankcoreError: the books contradict themselves
SetupError               not a BankcoreError: the bank cannot be opened as things stand
```

The leaves that belong to one capability live beside its rules. An error is at the same time a value: a batch
returns it inside `Rejected` instead of raising it, so two equal refusals compare equal.
"""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import ClassVar, Final


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class BankcoreError(Exception):
    """A refusal with a stable code; its dataclass fields are the facts.

    `recorded` and `replayed` are no facts: they tell whether the audit log has the refusal already, and whether it is
    the answer to an earlier, equal request.
    """

    code: ClassVar[str] = "bankcore_error"
    title: ClassVar[str] = "The request was refused"
    retryable: ClassVar[bool] = False
    recorded = False
    replayed = False

    def __str__(self) -> str:
        """The title, followed by the facts as `name=value`."""
        facts = ", ".join(f"{field.name}={getattr(self, field.name)}" for field in fields(self))
        return f"{self.title} ({facts})" if facts else self.title

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the facts; plain exceptions would lose keyword-only ones."""
        return _rebuild, (type(self), {field.name: getattr(self, field.name) for field in fields(self)})


def _rebuild(error_type: type[BankcoreError], facts: dict[str, object]) -> BankcoreError:
    return error_type(**facts)


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class InvalidRequestError(BankcoreError):
    """The request is never right as written; `pointer` is the JSON pointer of the offending field."""

    code: ClassVar[str] = "validation_failed"
    title: ClassVar[str] = "The request is not valid"
    pointer: str = ""
    detail: str = ""


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class UnauthenticatedError(BankcoreError):
    """The caller is not known."""

    code: ClassVar[str] = "unauthenticated"
    title: ClassVar[str] = "Authentication is required"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class ForbiddenError(BankcoreError):
    """The caller is known, and may not do this."""

    code: ClassVar[str] = "forbidden"
    title: ClassVar[str] = "This is not allowed"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class NotFoundError(BankcoreError):
    """Nothing of that name is there for this caller; never a hint that it exists for somebody else."""

    code: ClassVar[str] = "not_found"
    title: ClassVar[str] = "Not found"
    resource: str = "resource"
    identifier: str = ""


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class RejectedError(BankcoreError):
    """Well-formed, but refused in the present state of the books."""

    code: ClassVar[str] = "rejected"
    title: ClassVar[str] = "The request was refused"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class ConflictError(BankcoreError):
    """Already final, or the same name was used for something else."""

    code: ClassVar[str] = "conflict"
    title: ClassVar[str] = "The request conflicts with an earlier one"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class InvalidStateError(ConflictError):
    """The request does not fit the present state, such as freezing a frozen account."""

    code: ClassVar[str] = "invalid_state"
    title: ClassVar[str] = "This cannot be done in the present state"
    resource: str
    identifier: str
    state: str


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class ThrottledError(BankcoreError):
    """Too many attempts; `retry_after_s` is the time to wait, in seconds."""

    code: ClassVar[str] = "rate_limited"
    title: ClassVar[str] = "Too many requests"
    retryable: ClassVar[bool] = True
    retry_after_s: int = 1


class Unavailability(StrEnum):
    """Why nothing could be recorded; for the service that calls us, and never for its clients."""

    UNKNOWN = "unknown"
    UNREACHABLE = "database_unreachable"
    READ_ONLY = "database_read_only"
    DISK_FULL = "disk_full"
    LOCK_HELD = "lock_held"
    CONTENTION = "contention"
    NO_CONNECTION = "no_free_connection"
    OVERLOADED = "overloaded"
    TOO_SLOW = "too_slow"


_WORDS: Final = {
    Unavailability.UNREACHABLE: "the database does not answer",
    Unavailability.READ_ONLY: "the database takes no writes; it is a standby, or was just made one",
    Unavailability.DISK_FULL: "the disk of the database is full, or cannot be written",
    Unavailability.LOCK_HELD: (
        "another transaction holds an account or a key for too long; inside one of your own, write using(...)"
    ),
    Unavailability.CONTENTION: "other transactions came first, again and again",
    Unavailability.NO_CONNECTION: "no connection to the database became free in time",
    Unavailability.OVERLOADED: "too much is asked at once",
    Unavailability.TOO_SLOW: "the database took too long",
}


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class UnavailableError(BankcoreError):
    """Nothing was recorded; the same request may be sent again as it is."""

    code: ClassVar[str] = "unavailable"
    title: ClassVar[str] = "The service is not available at the moment"
    retryable: ClassVar[bool] = True
    reason: Unavailability = Unavailability.UNKNOWN

    def __str__(self) -> str:
        """The title and, if it is known, the reason in words."""
        words = _WORDS.get(self.reason)
        return self.title if words is None else f"{self.title}: {words}"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class OutcomeUnknownError(BankcoreError):
    """The request may or may not have been recorded; sending it again with the same key tells which."""

    code: ClassVar[str] = "outcome_unknown"
    title: ClassVar[str] = "The outcome is unknown; send the request again with the same key"
    retryable: ClassVar[bool] = True


class LedgerInvariantError(Exception):
    """The books contradict themselves: a defect, not a refusal. Never caught below the outermost boundary."""


class SetupError(Exception):
    """The bank cannot be opened as things stand; the message is one line, and names the setting, server or folder."""
