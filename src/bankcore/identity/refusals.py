"""Refusals of identity, beside those of every capability."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from bankcore.errors import ConflictError, ForbiddenError, UnauthenticatedError


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class TokenExpiredError(UnauthenticatedError):
    """The token has expired; a refresh or a new login gives another."""

    code: ClassVar[str] = "token_expired"
    title: ClassVar[str] = "The token has expired"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class RefreshReusedError(UnauthenticatedError):
    """A refresh token came a second time, so a thief may have a copy: the whole session has ended."""

    code: ClassVar[str] = "refresh_reused"
    title: ClassVar[str] = "The refresh token was used before; log in again"


class FactorStep(StrEnum):
    """What lets a user go on who has not proven a second factor."""

    SEND_CODE = "send_code"
    STEP_UP = "step_up"
    BEGIN = "begin"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class MfaRequiredError(ForbiddenError):
    """The user has not proven a second factor for this; `next_step` is to send a code, to step up, or to begin one."""

    code: ClassVar[str] = "mfa_required"
    title: ClassVar[str] = "A code of the second factor is required"
    next_step: FactorStep


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class EmailTakenError(ConflictError):
    """Somebody is registered with this address."""

    code: ClassVar[str] = "email_taken"
    title: ClassVar[str] = "The e-mail address is registered already"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class LastOwnerError(ConflictError):
    """The user is the last owner of the team who may log in; make another one first."""

    code: ClassVar[str] = "last_owner"
    title: ClassVar[str] = "The team would be left without an owner"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class RegistrationClosedError(ForbiddenError):
    """Users of this tenant are made by its administrators."""

    code: ClassVar[str] = "registration_closed"
    title: ClassVar[str] = "Registration is closed here"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class SecondPersonRequiredError(ForbiddenError):
    """Whoever requested it does not decide about it, nor does the owner of an account that it touches."""

    code: ClassVar[str] = "second_person_required"
    title: ClassVar[str] = "Somebody else has to approve this"
