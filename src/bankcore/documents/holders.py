"""Who holds an account, by the name that people read."""

from abc import abstractmethod
from typing import Protocol


class HolderNames(Protocol):
    """Knows the names of those who own accounts."""

    @abstractmethod
    def find_name(self, owner_id: str) -> str | None:
        """The owner's full name; None if the owner has given none, or is known to another service only."""


class HiddenNames(HolderNames):
    """For readers who may not see names."""

    def find_name(self, owner_id: str) -> str | None:  # noqa: ARG002 - nobody's name is told
        """None."""
        return None
