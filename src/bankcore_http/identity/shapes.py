"""What the routes of identity take and show."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from bankcore.identifiers import SessionId, TenantId
from bankcore.identity.change_password import PasswordChange
from bankcore.identity.emails import EMAIL_LENGTH_MAX
from bankcore.identity.login import LoginRequest
from bankcore.identity.passwords import PASSWORD_LENGTH_MIN
from bankcore.identity.principals import Principal, TenantName
from bankcore.identity.register import DEFAULT_CURRENCY, Registered, Registration
from bankcore.identity.reset_password import ResetConfirmation
from bankcore.identity.resets import TOKEN_LENGTH
from bankcore.identity.sessions import SECRET_LENGTH, RefreshToken, Session
from bankcore.identity.tokens import TokenPair
from bankcore.identity.users import FULL_NAME_LENGTH_MAX, Role, User, UserStatus
from bankcore_http.account_shape import AccountShape, present_account
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading.credentials import OneTimeCode, password_of
from bankcore_http.reading.fields import CurrencyCode, Omissible, at_most, text, word_of
from bankcore_http.reading.shapes import BodyShape

_TOKEN_LENGTH_MAX: Final = 512
_EMAIL: Final = "sita@example.com"
_FULL_NAME: Final = "Sita Sharma"
_REFRESH_TOKEN: Final = RefreshToken(TenantId(UUID(int=1)), SessionId(UUID(int=2)), bytes(SECRET_LENGTH)).text


_Email = Annotated[str, text(EMAIL_LENGTH_MAX), Doc(format="email", example=_EMAIL)]
_FullName = Annotated[str, text(FULL_NAME_LENGTH_MAX), Doc(example=_FULL_NAME)]


class RegisterBody(BodyShape):
    """A new user, and the currency of the first account."""

    email: _Email = Field(repr=False)
    password: Annotated[str, password_of(PASSWORD_LENGTH_MIN)] = Field(repr=False)
    full_name: Omissible[_FullName] = Field(None, repr=False)
    currency: CurrencyCode = DEFAULT_CURRENCY

    def registration(self, key: str) -> Registration:
        """What the new user asks for."""
        return Registration(
            email=self.email,
            password=self.password,
            full_name=self.full_name,
            currency=self.currency,
            idempotency_key=key,
        )


class LoginBody(BodyShape):
    """Address and password; `otp` is for users with a second factor."""

    email: _Email = Field(repr=False)
    password: Annotated[str, password_of(1)] = Field(repr=False)
    otp: Omissible[OneTimeCode] = Field(None, repr=False)

    def request(self) -> LoginRequest:
        """The request for a login."""
        return LoginRequest(email=self.email, password=self.password, otp=self.otp)


class ResetRequestBody(BodyShape):
    """The address of whoever forgot the password."""

    email: _Email = Field(repr=False)


class ResetBody(BodyShape):
    """The token of the mail, and the password that is to count."""

    token: Annotated[str, text(TOKEN_LENGTH), Doc(example="0" * TOKEN_LENGTH)] = Field(repr=False)
    password: Annotated[str, password_of(PASSWORD_LENGTH_MIN)] = Field(repr=False)

    def confirmation(self) -> ResetConfirmation:
        """What the user asks for."""
        return ResetConfirmation(token=self.token, password=self.password)


class RefreshBody(BodyShape):
    """The refresh token that the last login or refresh gave."""

    refresh_token: Annotated[str, text(_TOKEN_LENGTH_MAX), Doc(example=_REFRESH_TOKEN)] = Field(repr=False)


class PasswordBody(BodyShape):
    """The present password, and the one that takes its place."""

    current_password: Annotated[str, password_of(1)] = Field(repr=False)
    password: Annotated[str, password_of(PASSWORD_LENGTH_MIN)] = Field(repr=False)

    def change(self, principal: Principal, key: str) -> PasswordChange:
        """What that user asks for in that session."""
        return PasswordChange(
            user_id=principal.user_id,
            session_id=principal.session_id,
            current=self.current_password,
            password=self.password,
            idempotency_key=key,
        )


class RolesBody(BodyShape):
    """All roles of a user."""

    roles: Annotated[list[Annotated[Role, word_of(Role), Doc(example=Role.HOLDER)]], *at_most(len(Role))]


class SessionShape(TypedDict):
    """A login that goes on; `current` is the one that asks."""

    id: members.Id
    createdAt: members.Instant
    lastUsedAt: members.Instant
    expiresAt: members.Instant
    current: bool


class EndedShape(TypedDict):
    """How many sessions ended."""

    ended: members.Count


class ManagedUserShape(TypedDict):
    """A user as admins see it."""

    id: members.Id
    email: Annotated[str, Doc(format="email", example=_EMAIL)]
    fullName: Annotated[str, Doc(example=_FULL_NAME)] | None
    roles: list[Annotated[str, Doc(enum=list(Role))]]
    status: Annotated[str, Word(*UserStatus)]
    createdAt: members.Instant


class UserShape(TypedDict):
    """A user; nothing here proves who asks."""

    id: members.Id
    email: Annotated[str, Doc(format="email", example=_EMAIL)]
    fullName: Annotated[str, Doc(example=_FULL_NAME)] | None
    roles: list[Annotated[str, Doc(enum=list(Role))]]
    tenant: Annotated[str, Doc(example="main")]
    createdAt: members.Instant


class RegisteredShape(TypedDict):
    """The new user with the first account."""

    user: UserShape
    account: AccountShape


class TokenPairShape(TypedDict):
    """An access token for `expiresIn` seconds, and a refresh token for one use."""

    accessToken: str
    refreshToken: str
    tokenType: Annotated[str, Doc(enum=["Bearer"])]
    expiresIn: Annotated[int, Doc(example=600)]


def present_user(user: User, tenant: TenantName) -> UserShape:
    """A user of that tenant."""
    return {
        "id": str(user.id),
        "email": user.email,
        "fullName": user.full_name,
        "roles": sorted(user.roles),
        "tenant": tenant.slug,
        "createdAt": render_instant(user.created_at),
    }


def present_session(session: Session, current: SessionId) -> SessionShape:
    """A session, for a request in that one."""
    return {
        "id": str(session.id),
        "createdAt": render_instant(session.created_at),
        "lastUsedAt": render_instant(session.last_used_at),
        "expiresAt": render_instant(session.expires_at),
        "current": session.id == current,
    }


def present_managed(user: User) -> ManagedUserShape:
    """A user of the admin's tenant."""
    return {
        "id": str(user.id),
        "email": user.email,
        "fullName": user.full_name,
        "roles": sorted(user.roles),
        "status": user.status,
        "createdAt": render_instant(user.created_at),
    }


def present_registered(registered: Registered, tenant: TenantName) -> RegisteredShape:
    """The new user with the first account."""
    return {"user": present_user(registered.user, tenant), "account": present_account(registered.account)}


def present_tokens(pair: TokenPair) -> TokenPairShape:
    """The pair as RFC 6749 names its parts, in our spelling."""
    return {
        "accessToken": pair.access_token,
        "refreshToken": pair.refresh_token,
        "tokenType": "Bearer",
        "expiresIn": pair.expires_in_s,
    }
