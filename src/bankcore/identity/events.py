"""What happened to users and sessions, in the past tense; of an address the audit log keeps only a keyed hash."""

from dataclasses import dataclass
from enum import StrEnum

from bankcore.actions import Action
from bankcore.events.stamps import Stamp
from bankcore.identifiers import SessionId, UserId
from bankcore.identity.emails import Email
from bankcore.identity.resets import ResetId
from bankcore.identity.users import Role, UserStatus


@dataclass(frozen=True, slots=True)
class UserRegistered:
    """Somebody became a user."""

    stamp: Stamp
    user_id: UserId
    email: Email
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class UserStatusChanged:
    """An operator decided whether a user may log in."""

    stamp: Stamp
    user_id: UserId
    status: UserStatus


@dataclass(frozen=True, slots=True)
class RegistrationRefused:
    """Somebody tried to register with an address that is taken, or with a key that was used for something else."""

    stamp: Stamp
    email: Email
    reason: str


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A session began."""

    stamp: Stamp
    user_id: UserId
    session_id: SessionId


class LoginFailure(StrEnum):
    """Why a login failed; the client is never told which."""

    WRONG_CREDENTIALS = "wrong_credentials"
    USER_DISABLED = "user_disabled"
    THROTTLED = "throttled"
    CODE_MISSING = "code_missing"
    WRONG_CODE = "wrong_code"


@dataclass(frozen=True, slots=True)
class LoginFailed:
    """Somebody could not prove to be the user; `user_id` is None when there is no such user."""

    stamp: Stamp
    user_id: UserId | None
    email: Email
    reason: LoginFailure


@dataclass(frozen=True, slots=True)
class LoggedOut:
    """The holder of a session ended it."""

    stamp: Stamp
    user_id: UserId
    session_id: SessionId


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """Staff ended a session of the user."""

    stamp: Stamp
    user_id: UserId
    session_id: SessionId


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """The user chose another password."""

    stamp: Stamp
    user_id: UserId


@dataclass(frozen=True, slots=True)
class PasswordResetRequested:
    """Somebody asked for a mail to this address; `user_id` is None when no active user has it."""

    stamp: Stamp
    user_id: UserId | None
    email: Email
    reset_id: ResetId


@dataclass(frozen=True, slots=True)
class PasswordResetDone:
    """The user chose another password with a token that came by mail."""

    stamp: Stamp
    user_id: UserId


@dataclass(frozen=True, slots=True)
class UserRolesChanged:
    """An admin gave the user other roles."""

    stamp: Stamp
    user_id: UserId
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class SessionSteppedUp:
    """The user proved the second factor once more in that session."""

    stamp: Stamp
    user_id: UserId
    session_id: SessionId


@dataclass(frozen=True, slots=True)
class SecondFactorChanged:
    """A user's second factor was begun, confirmed, removed or reset, or a recovery code used; the action says which."""

    stamp: Stamp
    action: Action
    user_id: UserId


@dataclass(frozen=True, slots=True)
class RefreshReused:
    """A refresh token came a second time; its session was ended."""

    stamp: Stamp
    user_id: UserId
    session_id: SessionId
    generation: int


IdentityEvent = (
    UserRegistered
    | UserStatusChanged
    | UserRolesChanged
    | PasswordChanged
    | PasswordResetRequested
    | PasswordResetDone
    | RegistrationRefused
    | LoggedIn
    | LoginFailed
    | LoggedOut
    | SessionEnded
    | SecondFactorChanged
    | SessionSteppedUp
    | RefreshReused
)
