"""Secrets of refresh tokens: the first one is random, and each later one a keyed hash of the one before."""

import secrets

from typing_extensions import override

from bankcore.identity.ports import RefreshSecrets
from bankcore.identity.sessions import SECRET_LENGTH, RefreshToken
from bankcore_infra.keys.key_ring import KeyedHash


class ChainedRefreshSecrets(RefreshSecrets):
    """Computes a successor again for a client that did not get it, so that no secret is stored."""

    def __init__(self, keyed_hash: KeyedHash) -> None:
        """Take that keyed hash. After a change of it, open sessions go on, but a lost answer cannot be repeated."""
        self._keyed_hash = keyed_hash

    @override
    def new_secret(self) -> bytes:
        return secrets.token_bytes(SECRET_LENGTH)

    @override
    def successor_of(self, token: RefreshToken) -> bytes:
        return self._keyed_hash.of(token.text.encode())
