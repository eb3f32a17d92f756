"""The team of a tenant: list, read, add, another role, remove."""

from typing import Final
from uuid import UUID

from bankcore.errors import NotFoundError, OutcomeUnknownError
from bankcore.identifiers import UserId
from bankcore.identity.refusals import EmailTakenError, LastOwnerError
from bankcore.identity.services import IdentityDirectory
from bankcore.identity.team import MemberChange
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.identity.team_shapes import MemberBody, MemberRoleBody, MemberShape, present_member
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat, ListQuery

_KEY: Final = IdempotencyKeyHeader()
_MEMBERS: Final = CursorFormat("team", UUID, into=UserId)


def team_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/team/members`, of the caller's tenant."""
    directory = services.get(IdentityDirectory)
    blueprint = Blueprint("team", url_prefix="/v1/team/members", description="Who works for a business")
    _serve_reads(blueprint, directory, caller)
    _serve_changes(blueprint, directory, caller)
    return blueprint


def _serve_reads(blueprint: Blueprint, directory: IdentityDirectory, caller: BearerToken) -> None:
    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.TEAM_READ))
    @blueprint.arguments(ListQuery)
    @blueprint.response(200, MemberShape, many=True)
    def list_members(caller: Caller, query: ListQuery) -> Answer:
        """List the members of the team, latest first.

        Owners, developers and viewers.
        """
        team = directory.of_principal(caller.user).team
        found, page = _MEMBERS.page_by_id(query, team.list_members)
        return Answer([present_member(user) for user in found], page=page)

    @blueprint.route("/<uuid:user_id>")
    @blueprint.takes(caller.who_may(Permission.TEAM_READ))
    @blueprint.response(200, MemberShape)
    @blueprint.raises(NotFoundError)
    def get_member(caller: Caller, *, user_id: UUID) -> MemberShape:
        """Read a member of the team.

        As the list shows it.
        """
        return present_member(directory.of_principal(caller.user).team.get_member(UserId(user_id)))


def _serve_changes(blueprint: Blueprint, directory: IdentityDirectory, caller: BearerToken) -> None:
    def change(caller: Caller, wanted: MemberChange) -> Answer:
        changed = directory.of_principal(caller.user).team.change(wanted, origin=caller.acting_origin)
        return Answer(present_member(changed.value), headers=replay_headers(replayed=changed.replayed))

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.TEAM_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(MemberBody)
    @blueprint.response(201, MemberShape, message="Member added", headers=REPLAY_HEADERS)
    @blueprint.raises(EmailTakenError, OutcomeUnknownError)
    def add_member(caller: Caller, key: str, body: MemberBody) -> Answer:
        """Add somebody to the team.

        A mail lets the new member choose a password within half an hour; `POST /v1/auth/password-reset` sends another.
        """
        added = directory.of_principal(caller.user).team.add(body.new(key), origin=caller.acting_origin)
        return Answer(present_member(added.value), headers=replay_headers(replayed=added.replayed))

    @blueprint.route("/<uuid:user_id>/role", methods=["PUT"])
    @blueprint.takes(caller.who_may(Permission.TEAM_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(MemberRoleBody)
    @blueprint.response(200, MemberShape, message="Role changed", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, LastOwnerError, OutcomeUnknownError)
    def change_member(caller: Caller, key: str, body: MemberRoleBody, *, user_id: UUID) -> Answer:
        """Give a member another role.

        It holds from the next request on. The last owner stays one.
        """
        return change(caller, MemberChange(user_id=UserId(user_id), to=body.role, idempotency_key=key))

    @blueprint.route("/<uuid:user_id>", methods=["DELETE"])
    @blueprint.takes(caller.who_may(Permission.TEAM_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, MemberShape, message="Member removed", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, LastOwnerError, OutcomeUnknownError)
    def remove_member(caller: Caller, key: str, *, user_id: UUID) -> Answer:
        """Remove a member.

        The sessions end at once. The last owner stays.
        """
        return change(caller, MemberChange(user_id=UserId(user_id), to=None, idempotency_key=key))
