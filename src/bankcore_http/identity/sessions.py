"""A user's own sessions and password: which logins go on, ending them, and another password."""

from functools import partial
from typing import Final
from uuid import UUID

from bankcore.errors import NotFoundError, OutcomeUnknownError, ThrottledError
from bankcore.identifiers import SessionId
from bankcore.identity.end_sessions import SessionsToEnd
from bankcore.identity.services import IdentityDirectory
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.identity.shapes import EndedShape, PasswordBody, SessionShape, present_session
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat, ListQuery

_KEY: Final = IdempotencyKeyHeader()
_SESSIONS: Final = CursorFormat("sessions", UUID, into=SessionId)


def sessions_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/auth/sessions` and `/v1/auth/password`, of whoever asks."""
    directory = services.get(IdentityDirectory)
    blueprint = Blueprint("sessions", url_prefix="/v1/auth", tag="Authentication")
    _serve_sessions(blueprint, directory, caller)
    _serve_password(blueprint, directory, caller)
    return blueprint


def _serve_sessions(blueprint: Blueprint, directory: IdentityDirectory, caller: BearerToken) -> None:
    @blueprint.route("/sessions")
    @blueprint.takes(caller.who_may(Permission.SESSIONS_READ))
    @blueprint.arguments(ListQuery)
    @blueprint.response(200, SessionShape, many=True)
    def list_own_sessions(caller: Caller, query: ListQuery) -> Answer:
        """List your sessions, latest first.

        Each login begins one; those that have ended are not shown.
        """
        return read_sessions(directory, caller, query)

    def end(caller: Caller, key: str, session_id: SessionId | None) -> Answer:
        user_id = caller.user.user_id
        ending = SessionsToEnd(user_id=user_id, session_id=session_id, idempotency_key=key)
        return end_of(directory, caller, ending)

    @blueprint.route("/sessions/<uuid:session_id>", methods=["DELETE"])
    @blueprint.takes(caller.who_may(Permission.SESSIONS_END))
    @blueprint.takes(_KEY)
    @blueprint.response(200, EndedShape, message="Session ended", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def end_session(caller: Caller, key: str, *, session_id: UUID) -> Answer:
        """End one of your sessions.

        At once and for every token of it, such as on a phone that is lost.
        """
        return end(caller, key, SessionId(session_id))

    @blueprint.route("/sessions", methods=["DELETE"])
    @blueprint.takes(caller.who_may(Permission.SESSIONS_END))
    @blueprint.takes(_KEY)
    @blueprint.response(200, EndedShape, message="Logged out everywhere", headers=REPLAY_HEADERS)
    @blueprint.raises(OutcomeUnknownError)
    def end_all_sessions(caller: Caller, key: str) -> Answer:
        """End all your sessions.

        The one that asks ends too.
        """
        return end(caller, key, None)


def _serve_password(blueprint: Blueprint, directory: IdentityDirectory, caller: BearerToken) -> None:
    @blueprint.route("/password", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.PROFILE_CHANGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(PasswordBody)
    @blueprint.response(200, message="Password changed", headers=REPLAY_HEADERS)
    @blueprint.raises(ThrottledError, OutcomeUnknownError)
    def change_password(caller: Caller, key: str, body: PasswordBody) -> Answer:
        """Choose another password.

        All your sessions but this one end.
        """
        change_of = directory.of_principal(caller.user).change_password
        changed = change_of(body.change(caller.user, key), origin=caller.origin)
        return Answer({}, headers=replay_headers(replayed=changed.replayed))


def read_sessions(directory: IdentityDirectory, caller: Caller, query: ListQuery) -> Answer:
    """One page of the caller's sessions."""
    principal = caller.user
    sessions = directory.of_principal(principal).end_sessions
    found, page = _SESSIONS.page_by_id(query, partial(sessions.list_of, principal.user_id))
    return Answer([present_session(session, principal.session_id) for session in found], page=page)


def end_of(directory: IdentityDirectory, caller: Caller, ending: SessionsToEnd) -> Answer:
    """End them, and tell how many ended."""
    ended = directory.of_principal(caller.user).end_sessions(ending, origin=caller.acting_origin)
    return Answer({"ended": ended.value}, headers=replay_headers(replayed=ended.replayed))
