"""Origins: the caller of a request and the request itself, recorded with every event."""

import re
from dataclasses import dataclass, fields
from typing import Final

from bankcore.errors import InvalidRequestError

TEXT_LENGTH_MAX: Final = 256
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The actor behind a call and the request that carried it.

    `owner_id` limits the call to what an account holder may do: only accounts of that owner are found, except as the
    destination of a transfer. `key_scope` keeps the idempotency keys of one caller apart from those of another.
    `service_id` is the service whose API key `actor_id` is; it stays the same through all rotations.
    """

    actor_type: str = "service"
    actor_id: str = "library"
    request_id: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    owner_id: str | None = None
    key_scope: str = ""
    service_id: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no text, or cannot be stored; InvalidRequestError."""
        for field in fields(self):
            text = getattr(self, field.name)
            if text is None and field.default is None:
                continue
            if not isinstance(text, str) or len(text) > TEXT_LENGTH_MAX or _UNSTORABLE.search(text):
                raise InvalidRequestError(
                    pointer=f"/origin/{field.name}",
                    detail=f"a text of at most {TEXT_LENGTH_MAX} characters, without NUL",
                )

    @property
    def requester(self) -> str:
        """Who asks, by a name that stays: a service, whichever of its keys it sends, or the actor."""
        return self.service_id or self.actor_id


LIBRARY: Final = Origin()
"""A service that imports the core and acts in its own name."""
