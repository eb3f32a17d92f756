"""API keys for administrators: make, list, rotate, revoke."""

from typing import Final
from uuid import UUID

from bankcore.api_keys.keys import ApiKeyId
from bankcore.api_keys.manage import ManageApiKeys
from bankcore.api_keys.ports import ApiKeyQueries
from bankcore.errors import InvalidStateError, NotFoundError, OutcomeUnknownError
from bankcore.permissions import Permission
from bankcore.services import Services
from bankcore_http.answering.envelope import Answer
from bankcore_http.answering.replays import replay_headers
from bankcore_http.api_keys.shapes import (
    ApiKeyBody,
    ApiKeyRotationBody,
    ApiKeyShape,
    MadeApiKeyShape,
    present_api_key,
    present_made_key,
)
from bankcore_http.auth import BearerToken, Caller
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.pagination import CursorFormat, ListQuery

_CURSOR: Final = CursorFormat("api-keys", UUID, into=ApiKeyId)
_KEY: Final = IdempotencyKeyHeader()


def api_keys_blueprint(services: Services, caller: BearerToken) -> Blueprint:
    """`/v1/admin/api-keys`, of the administrator's tenant."""
    blueprint = Blueprint("api-keys", url_prefix="/v1/admin/api-keys", tag="API keys", description="Keys of services")
    _serve_keys(blueprint, services, caller)
    _serve_ends(blueprint, services, caller)
    return blueprint


def _serve_keys(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    manage_of, queries_of = services.each(ManageApiKeys), services.each(ApiKeyQueries)

    @blueprint.route("")
    @blueprint.takes(caller.who_may(Permission.API_KEYS_READ))
    @blueprint.arguments(ListQuery)
    @blueprint.response(200, ApiKeyShape, many=True)
    def list_api_keys(caller: Caller, query: ListQuery) -> Answer:
        """List the keys of services, latest first.

        For administrators. The keys themselves are stored nowhere.
        """
        queries = queries_of(caller.principal.tenant_id)
        found, page = _CURSOR.page_by_id(query, queries.list_keys)
        return Answer([present_api_key(key) for key in found], page=page)

    @blueprint.route("", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.API_KEYS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(ApiKeyBody)
    @blueprint.response(201, MadeApiKeyShape, message="The key is made; keep it", headers=REPLAY_HEADERS)
    @blueprint.raises(OutcomeUnknownError)
    def create_api_key(caller: Caller, key: str, body: ApiKeyBody) -> Answer:
        """Make a key for a new service.

        For administrators. The service acts for the tenant, on all of its accounts, within the scopes.
        """
        made = manage_of(caller.principal.tenant_id).create(body.command(key), origin=caller.acting_origin)
        return Answer(present_made_key(made.value), headers=replay_headers(replayed=made.replayed))


def _serve_ends(blueprint: Blueprint, services: Services, caller: BearerToken) -> None:
    manage_of = services.each(ManageApiKeys)

    @blueprint.route("/<uuid:key_id>/rotate", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.API_KEYS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.arguments(ApiKeyRotationBody)
    @blueprint.response(201, MadeApiKeyShape, message="The new key is made; keep it", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, InvalidStateError, OutcomeUnknownError)
    def rotate_api_key(caller: Caller, key: str, body: ApiKeyRotationBody, *, key_id: UUID) -> Answer:
        """Make a new key for the same service.

        For administrators. The old key goes on for the overlap, by default a day. Keys of requests stay those of the
        service, so that a request that is sent again with the new key is done once.
        """
        command = body.command(ApiKeyId(key_id), key)
        made = manage_of(caller.principal.tenant_id).rotate(command, origin=caller.acting_origin)
        return Answer(present_made_key(made.value), headers=replay_headers(replayed=made.replayed))

    @blueprint.route("/<uuid:key_id>/revoke", methods=["POST"])
    @blueprint.takes(caller.who_may(Permission.API_KEYS_MANAGE))
    @blueprint.takes(_KEY)
    @blueprint.response(200, ApiKeyShape, message="The key is revoked", headers=REPLAY_HEADERS)
    @blueprint.raises(NotFoundError, OutcomeUnknownError)
    def revoke_api_key(caller: Caller, key: str, *, key_id: UUID) -> Answer:
        """End a key now.

        For administrators. The next request that comes with it is refused.
        """
        manage = manage_of(caller.principal.tenant_id)
        revoked = manage.revoke(ApiKeyId(key_id), origin=caller.acting_origin, idempotency_key=key)
        return Answer(present_api_key(revoked.value), headers=replay_headers(replayed=revoked.replayed))
