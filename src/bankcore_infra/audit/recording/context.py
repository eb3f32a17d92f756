"""Address and user agent of a request, kept beside the audit log: a record holds only a salted hash of them.

Fixed for ever: SHA-256 over `bankcore.audit.context.1` | salt | canonical bytes of `{"ip", "userAgent", "v": 1}`. After
the row with the salt is deleted, the hash tells nothing, and every record is as it was.
"""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from bankcore.origin import Origin
from bankcore_infra.audit.recording.canonical import canonical_bytes

_TAG: Final = b"bankcore.audit.context.1"
_SALT_LENGTH: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditContext:
    """The personal data of a request: one row for all of its records in one portion of a unit of work."""

    id: UUID
    salt: bytes
    ip_address: str | None
    user_agent: str | None

    def hash(self) -> bytes:
        """The 32 bytes that a record holds in its place."""
        document = canonical_bytes({"ip": self.ip_address, "userAgent": self.user_agent, "v": 1})
        return sha256(_TAG + self.salt + document).digest()


class AuditContexts:
    """The contexts of the records of one unit of work."""

    def __init__(self, new_salt: Callable[[], bytes] = lambda: secrets.token_bytes(_SALT_LENGTH)) -> None:
        self._new_salt = new_salt
        self._found: dict[tuple[str | None, str | None], tuple[AuditContext, str]] = {}

    def of(self, origin: Origin, record_id: UUID) -> tuple[AuditContext | None, str | None]:
        """The context of that origin with its hash in hex; a new one gets the id of its first record.

        None if the origin has no personal data.
        """
        key = (origin.ip_address, origin.user_agent)
        if key == (None, None):
            return None, None
        if key not in self._found:
            context = AuditContext(
                id=record_id, salt=self._new_salt(), ip_address=origin.ip_address, user_agent=origin.user_agent
            )
            self._found[key] = context, context.hash().hex()
        return self._found[key]


def distinct(contexts: Iterable[AuditContext | None]) -> list[AuditContext]:
    """Each context once."""
    return list({context.id: context for context in contexts if context is not None}.values())
