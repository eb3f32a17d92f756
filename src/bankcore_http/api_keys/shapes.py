"""What the routes of API keys take and show."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from bankcore.api_keys.keys import (
    NAME_LENGTH_MAX,
    NETWORKS_MAX,
    OVERLAP_MAX,
    ApiKey,
    ApiKeyId,
    require_networks,
    require_scopes,
)
from bankcore.api_keys.manage import OVERLAP, CreateApiKey, MadeApiKey, RotateApiKey
from bankcore.api_keys.scopes import SERVICE_PERMISSIONS
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading.fields import Instant, Omissible, at_most, text, whole_number
from bankcore_http.reading.shapes import BodyShape

_NAME: Final = "Checkout of the web shop"
_NETWORK: Final = "203.0.113.0/24"
_SCOPE: Final = "transactions:post"
_SCOPES: Final = sorted(SERVICE_PERMISSIONS)
_SECONDS: Final = timedelta(seconds=1)
_HINT: Final = "bk_live_...u8Zq"
_Scope = Annotated[str, text(NAME_LENGTH_MAX), Doc(example=_SCOPE)]
_End = Annotated[Instant, Doc(example="2100-01-01T00:00:00.000000Z")]
_Network = Annotated[str, text(NAME_LENGTH_MAX), Doc(example=_NETWORK)]


class ApiKeyBody(BodyShape):
    """A key for a new service."""

    name: Annotated[str, text(NAME_LENGTH_MAX), Doc(example=_NAME)]
    scopes: Annotated[list[_Scope], *at_most(len(_SCOPES)), Doc(description="Of `x-permission` of the operations")]
    networks: Annotated[list[_Network], *at_most(NETWORKS_MAX), Doc(description="Without one, from any address")] = (
        Field(default_factory=list)
    )
    expires_at: Omissible[_End] = None

    def command(self, key: str) -> CreateApiKey:
        """The command; InvalidRequestError for scopes and networks."""
        return CreateApiKey(
            name=self.name,
            scopes=require_scopes(self.scopes),
            networks=require_networks(self.networks),
            expires_at=self.expires_at,
            idempotency_key=key,
        )


class ApiKeyRotationBody(BodyShape):
    """How long the old key goes on beside the new one, and how long the new one is good."""

    overlap_seconds: Annotated[int, whole_number(0, OVERLAP_MAX // _SECONDS)] = OVERLAP // _SECONDS
    expires_at: Omissible[_End] = None

    def command(self, key_id: ApiKeyId, key: str) -> RotateApiKey:
        """The command."""
        overlap = timedelta(seconds=self.overlap_seconds)
        return RotateApiKey(key_id=key_id, overlap=overlap, expires_at=self.expires_at, idempotency_key=key)


class ApiKeyShape(TypedDict):
    """A key, without what proves it."""

    id: members.Id
    serviceId: Annotated[members.Id, Doc(description="The same through all rotations")]
    name: Annotated[str, Doc(example=_NAME)]
    hint: Annotated[str, Doc(example=_HINT)]
    scopes: list[Annotated[str, Doc(example=_SCOPE)]]
    networks: list[Annotated[str, Doc(example=_NETWORK)]]
    createdAt: members.Instant
    expiresAt: members.Instant | None
    revokedAt: members.Instant | None
    lastUsedAt: Annotated[members.Instant, Doc(description="To the minute")] | None


class MadeApiKeyShape(ApiKeyShape):
    """A new key, with what the service sends as `X-API-Key`."""

    secret: Annotated[str, Doc(description="Shown once; null when the answer is given again")] | None


def present_api_key(key: ApiKey) -> ApiKeyShape:
    """A key."""
    return {
        "id": str(key.id),
        "serviceId": str(key.service_id),
        "name": key.name,
        "hint": key.hint,
        "scopes": sorted(key.scopes),
        "networks": list(key.networks),
        "createdAt": render_instant(key.created_at),
        "expiresAt": None if key.expires_at is None else render_instant(key.expires_at),
        "revokedAt": None if key.revoked_at is None else render_instant(key.revoked_at),
        "lastUsedAt": None if key.last_used_at is None else render_instant(key.last_used_at),
    }


def present_made_key(made: MadeApiKey) -> MadeApiKeyShape:
    """A new key with its text, if this is the first answer."""
    return {**present_api_key(made.key), "secret": made.text}
