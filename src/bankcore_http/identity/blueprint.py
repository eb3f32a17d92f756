"""Register, login, refresh, logout, and who am I."""

from typing import Final

from bankcore.errors import NotFoundError, OutcomeUnknownError, ThrottledError, UnauthenticatedError
from bankcore.identity.refusals import (
    EmailTakenError,
    MfaRequiredError,
    RefreshReusedError,
    RegistrationClosedError,
    TokenExpiredError,
)
from bankcore.identity.services import IdentityDirectory, IdentityServices
from bankcore.origin import Origin
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore.tenancy.tenants import TenantSuspendedError
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller, RequestOrigin, TokenOrigin
from bankcore_http.blueprint import Blueprint
from bankcore_http.identity.shapes import (
    LoginBody,
    RefreshBody,
    RegisterBody,
    RegisteredShape,
    ResetBody,
    ResetRequestBody,
    TokenPairShape,
    UserShape,
    present_registered,
    present_tokens,
    present_user,
)
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.tenant_header import TenantHeader

PASSWORD_PATHS: Final = frozenset(
    {
        "/v1/auth/register",
        "/v1/auth/login",
        "/v1/auth/password",
        "/v1/auth/password-reset/confirm",
        "/v1/auth/second-factor",
    }
)
"""The paths where anybody can have a password hashed, which takes a core for a tenth of a second."""

_ORIGIN: Final = RequestOrigin()
_TOKEN_ORIGIN: Final = TokenOrigin()
_KEY: Final = IdempotencyKeyHeader()


def identity_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/auth`, for every tenant."""
    directory = services.get(IdentityDirectory)
    blueprint = Blueprint("auth", url_prefix="/v1/auth", tag="Authentication", description="Who you are")
    _serve_strangers(blueprint, TenantHeader(directory))
    _serve_resets(blueprint, directory, TenantHeader(directory))
    _serve_sessions(blueprint, directory, caller)
    return blueprint


def _serve_strangers(blueprint: Blueprint, tenant: TenantHeader) -> None:
    @blueprint.route("/register", methods=["POST"])
    @blueprint.takes(tenant)
    @blueprint.takes(_ORIGIN)
    @blueprint.takes(_KEY)
    @blueprint.arguments(RegisterBody)
    @blueprint.response(201, RegisteredShape, message="Welcome", headers=REPLAY_HEADERS)
    @blueprint.raises(
        EmailTakenError, RegistrationClosedError, TenantSuspendedError, ThrottledError, OutcomeUnknownError
    )
    def register(identity: IdentityServices, origin: Origin, key: str, body: RegisterBody) -> Answer:
        """Become a user with a first account.

        The user and the account come into being together or not at all. The tenant is that of `X-Tenant`.
        """
        registered = identity.register(body.registration(key), origin=origin)
        shown = present_registered(registered.value, identity.tenant)
        return Answer(shown, headers=replay_headers(replayed=registered.replayed))

    @blueprint.route("/login", methods=["POST"])
    @blueprint.takes(tenant)
    @blueprint.takes(_ORIGIN)
    @blueprint.arguments(LoginBody)
    @blueprint.response(200, TokenPairShape, message="Logged in")
    @blueprint.raises(UnauthenticatedError, MfaRequiredError, ThrottledError, OutcomeUnknownError)
    def login(identity: IdentityServices, origin: Origin, body: LoginBody) -> TokenPairShape:
        """Get an access token and a refresh token for address and password.

        Every login opens a session of its own. Wrong address, password and code are answered alike, and too
        many tries with 429. Who has a second factor sends a code of it.
        """
        return present_tokens(identity.login(body.request(), origin=origin))


def _serve_resets(blueprint: Blueprint, directory: IdentityDirectory, tenant: TenantHeader) -> None:
    @blueprint.route("/password-reset", methods=["POST"])
    @blueprint.takes(tenant)
    @blueprint.takes(_ORIGIN)
    @blueprint.arguments(ResetRequestBody)
    @blueprint.response(202, message="If somebody has this address, a mail is on its way")
    @blueprint.raises(ThrottledError, OutcomeUnknownError)
    def request_password_reset(identity: IdentityServices, origin: Origin, body: ResetRequestBody) -> dict[str, object]:
        """Ask for a mail with which you can choose another password.

        Known and unknown addresses are answered alike. An address gets three mails in an hour at most.
        """
        identity.reset_password.request(body.email, origin=origin)
        return {}

    @blueprint.route("/password-reset/confirm", methods=["POST"])
    @blueprint.takes(_ORIGIN)
    @blueprint.arguments(ResetBody)
    @blueprint.response(200, message="Password changed")
    @blueprint.raises(ThrottledError, OutcomeUnknownError)
    def confirm_password_reset(origin: Origin, body: ResetBody) -> dict[str, object]:
        """Choose another password with the token of that mail.

        Once, and within 30 minutes. It ends all your sessions.
        """
        directory.of_reset_token(body.token).reset_password.confirm(body.confirmation(), origin=origin)
        return {}


def _serve_sessions(blueprint: Blueprint, directory: IdentityDirectory, caller: BearerToken) -> None:
    @blueprint.route("/refresh", methods=["POST"])
    @blueprint.takes(_TOKEN_ORIGIN)
    @blueprint.arguments(RefreshBody)
    @blueprint.response(200, TokenPairShape, message="Refreshed")
    @blueprint.raises(UnauthenticatedError, TokenExpiredError, RefreshReusedError, ThrottledError, OutcomeUnknownError)
    def refresh(origin: Origin, body: RefreshBody) -> TokenPairShape:
        """Get a new pair for a refresh token, which is used up by this.

        Whoever comes with a used one, the holder or a thief, ends the session; but the same client may ask
        again within ten seconds, in case the answer got lost.
        """
        token = body.refresh_token
        return present_tokens(directory.of_refresh_token(token).refresh(token, origin=origin))

    @blueprint.route("/logout", methods=["POST"])
    @blueprint.takes(_TOKEN_ORIGIN)
    @blueprint.arguments(RefreshBody)
    @blueprint.response(200, message="Logged out")
    @blueprint.raises(UnauthenticatedError, OutcomeUnknownError)
    def logout(origin: Origin, body: RefreshBody) -> dict[str, object]:
        """End the session of a refresh token, at once and for every token of it.

        Its access tokens end with it. A session that has ended already is no mistake.
        """
        token = body.refresh_token
        directory.of_refresh_token(token).logout(token, origin=origin)
        return {}

    @blueprint.route("/me")
    @blueprint.takes(caller.who_may(Permission.PROFILE_READ))
    @blueprint.response(200, UserShape)
    @blueprint.raises(NotFoundError)
    def show_me(caller: Caller) -> UserShape:
        """Show who the access token stands for.

        With the roles that decide what this user may do.
        """
        identity = directory.of_principal(caller.user)
        return present_user(identity.get_user(caller.user.user_id), identity.tenant)
