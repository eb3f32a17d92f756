"""Authenticates services: each request with a key reads the key anew, so that a revoked one is refused at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from bankcore.api_keys.key_text import ApiKeyText
from bankcore.api_keys.keys import ServicePrincipal
from bankcore.api_keys.ports import ApiKeyUses, KeySecrets, KnownKey
from bankcore.errors import UnauthenticatedError
from bankcore.identifiers import TenantId
from bankcore.identity.ports import TenantNames
from bankcore.identity.principals import TenantName

NOTED_EVERY: Final = timedelta(minutes=1)
"""The last use of a key is stored at most this often."""


class _Owned(NamedTuple):
    tenant: TenantName
    known: KnownKey


@dataclass(frozen=True, slots=True)
class ApiKeyDirectory:
    """Knows the services of all tenants by their keys."""

    tenants: TenantNames
    secrets: KeySecrets
    uses_of: Callable[[TenantId], ApiKeyUses]

    def authenticate(self, text: str, *, client: str | None) -> ServicePrincipal:
        """The service with this key, which came from that address.

        Raises:
            UnauthenticatedError: no such key, it is revoked, has expired, or may not come from there; it is not told
                which.
            UnavailableError: the keys cannot be read at this moment.
        """
        found = self._find(text)
        if found is None:
            raise UnauthenticatedError
        (tenant, (key, as_of, tenant_is_suspended, demands)) = found
        if key.state_at(as_of) != "live" or not key.is_allowed_from(client):
            raise UnauthenticatedError
        if key.last_used_at is None or key.last_used_at + NOTED_EVERY <= as_of:
            self.uses_of(tenant.id).note_use(key.id)
        return ServicePrincipal(
            key_id=key.id,
            service_id=key.service_id,
            tenant_id=tenant.id,
            tenant_slug=tenant.slug,
            scopes=key.scopes,
            tenant_is_suspended=tenant_is_suspended,
            demands=demands,
        )

    def find_tenant(self, text: str) -> TenantId | None:
        """The tenant of a key that was made here, also if it is good no more."""
        try:
            found = self._find(text)
        except UnauthenticatedError:
            return None
        return None if found is None else found.tenant.id

    def _find(self, text: str) -> _Owned | None:
        """The key and its tenant. Raises: UnauthenticatedError: it has not the form of a key."""
        tenant = self.tenants.find_by_id(ApiKeyText.read(text).tenant_id)
        known = None if tenant is None else self.uses_of(tenant.id).find_used_key(self.secrets.digest_of(text))
        return None if tenant is None or known is None else _Owned(tenant, known)
