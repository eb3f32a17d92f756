"""The servers that a bank has started, as whoever looks after them sees them."""

from typing import Protocol


class RunningServers(Protocol):
    """A PostgreSQL and a Valkey; known without what starts them."""

    @property
    def postgres_pid(self) -> int:
        """The process id of PostgreSQL."""

    @property
    def valkey_pid(self) -> int:
        """The process id of Valkey."""

    def poll(self) -> str | None:
        """The name of a server that has ended by itself, if any."""

    def revive(self, name: str) -> None:
        """Start that server again. Raises: EmbeddedServersError."""

    def stop(self) -> None:
        """Stop both."""
