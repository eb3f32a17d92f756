"""Secrets of refresh tokens: the first one random, each later one a keyed hash of the one before."""

import secrets

from typing_extensions import override

from bankcore.identity.ports import RefreshSecrets
from bankcore.identity.sessions import SECRET_LENGTH, RefreshToken
from bankcore_infra.keys.key_ring import KeyedHash


class ChainedRefreshSecrets(RefreshSecrets):
    """A successor can be computed again for a client that did not get it, so it need not be stored in clear."""

    def __init__(self, keyed_hash: KeyedHash) -> None:
        """With that keyed hash; under another one, open sessions go on, but a lost answer stays lost."""
        self._keyed_hash = keyed_hash

    @override
    def new_secret(self) -> bytes:
        return secrets.token_bytes(SECRET_LENGTH)

    @override
    def successor_of(self, token: RefreshToken) -> bytes:
        return self._keyed_hash.of(token.text.encode())
