"""The users of a tenant, for its admins: list, read, roles, keep out, let in, end sessions."""

from typing import Final
from uuid import UUID

from bankcore.errors import NotFoundError, OutcomeUnknownError
from bankcore.identifiers import UserId
from bankcore.identity.change_user import UserChange
from bankcore.identity.end_sessions import SessionsToEnd
from bankcore.identity.services import IdentityDirectory
from bankcore.identity.sessions import RevokeReason
from bankcore.identity.users import UserStatus
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.identity.sessions import end_of
from bankcore_http.identity.shapes import EndedShape, ManagedUserShape, RolesBody, present_managed
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat, ListQuery

_KEY: Final = IdempotencyKeyHeader()
_USERS: Final = CursorFormat("users", UUID, into=UserId)


def users_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/users`, of the admin's tenant."""
    directory = services.get(IdentityDirectory)
    blueprint = Blueprint("users", url_prefix="/v1/admin/users", description="Who may do what")
    _serve_reads(blueprint, directory, caller)
    _serve_changes(blueprint, directory, caller)
    return blueprint


def _serve_reads(blueprint: Blueprint, directory: IdentityDirectory, caller: BearerToken) -> None:
    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.USERS_READ))
    @blueprint.arguments(ListQuery)
    @blueprint.response(200, ManagedUserShape, many=True)
    def list_users(caller: Caller, query: ListQuery) -> Answer:
        """List the users of the tenant, latest first.

        For admins.
        """
        identity = directory.of_principal(caller.user)
        found, page = _USERS.page_by_id(query, identity.list_users)
        return Answer([present_managed(user) for user in found], page=page)

    @blueprint.route("/<uuid:user_id>")
    @blueprint.takes(caller.who_may(Permission.USERS_READ))
    @blueprint.response(200, ManagedUserShape)
    @blueprint.raises(NotFoundError)
    def get_user(caller: Caller, *, user_id: UUID) -> ManagedUserShape:
        """Read a user of the tenant.

        For admins.
        """
        return present_managed(directory.of_principal(caller.user).get_user(UserId(user_id)))


def _serve_changes(blueprint: Blueprint, directory: IdentityDirectory, caller: BearerToken) -> None:
    def change(caller: Caller, wanted: UserChange) -> Answer:
        changed = directory.of_principal(caller.user).change_user(wanted, origin=caller.acting_origin)
        return Answer(present_managed(changed.value), headers=replay_headers(replayed=changed.replayed))

    @blueprint.route("/<uuid:user_id>/roles", methods=["PUT"])
    @blueprint.takes(caller.who_may(Permission.USERS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(RolesBody)
    @blueprint.response(200, ManagedUserShape, message="Roles changed", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def replace_roles(caller: Caller, key: str, body: RolesBody, *, user_id: UUID) -> Answer:
        """Give a user these roles and no others.

        They hold from the next request on. Nobody changes his own.
        """
        return change(caller, UserChange(user_id=UserId(user_id), to=frozenset(body.roles), idempotency_key=key))

    @blueprint.route("/<uuid:user_id>/disable", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.USERS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, ManagedUserShape, message="User disabled", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def disable_user(caller: Caller, key: str, *, user_id: UUID) -> Answer:
        """Keep a user out.

        From now on no password, session or token of the user is good for anything. Nobody disables himself.
        """
        return change(caller, UserChange(user_id=UserId(user_id), to=UserStatus.DISABLED, idempotency_key=key))

    @blueprint.route("/<uuid:user_id>/enable", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.USERS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, ManagedUserShape, message="User enabled", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def enable_user(caller: Caller, key: str, *, user_id: UUID) -> Answer:
        """Let a disabled user in again.

        Sessions that have not expired go on.
        """
        return change(caller, UserChange(user_id=UserId(user_id), to=UserStatus.ACTIVE, idempotency_key=key))

    @blueprint.route("/<uuid:user_id>/sessions", methods=["DELETE"])
    @blueprint.takes(caller.who_may(Permission.USERS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, EndedShape, message="Sessions ended", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def end_sessions_of_user(caller: Caller, key: str, *, user_id: UUID) -> Answer:
        """End every session of a user.

        The user can log in again.
        """
        ending = SessionsToEnd(user_id=UserId(user_id), reason=RevokeReason.STAFF, idempotency_key=key)
        return end_of(directory, caller, ending)
