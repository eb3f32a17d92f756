"""Names of things: distinct types, so that one kind of id cannot be passed for another."""

from abc import abstractmethod
from typing import NewType, Protocol
from uuid import UUID

TenantId = NewType("TenantId", UUID)
AccountId = NewType("AccountId", UUID)
TransactionId = NewType("TransactionId", UUID)
HoldId = NewType("HoldId", UUID)
EventId = NewType("EventId", UUID)
UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)


def uuid_in(text: str | None) -> UUID | None:
    """The UUID that a text of somebody else is, if it is one: then it may name something of ours."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


class IdentifierSource(Protocol):
    """Makes new names; the core itself has no randomness."""

    @abstractmethod
    def new_id(self) -> UUID:
        """A new UUID of version 7 (RFC 9562): unique, and greater than every one this source made before."""

    @abstractmethod
    def new_account_number(self) -> str:
        """A new human account number: 16 digits, the last two of them check digits (ISO 7064 MOD 97-10)."""
