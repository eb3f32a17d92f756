"""Who asks for something, and through what: recorded with every event."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The actor behind a call and the request that carried it.

    `owner_id` limits the call to what an account holder may do: only accounts of that owner are found, except as the
    destination of a transfer. `key_scope` keeps the idempotency keys of one caller apart from those of another.
    """

    actor_type: str = "service"
    actor_id: str = "library"
    request_id: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    owner_id: str | None = None
    key_scope: str = ""


LIBRARY: Final = Origin()
"""A service that imports the core and acts in its own name."""
