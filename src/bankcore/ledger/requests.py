"""A request: a command, and who asks for it."""

from typing import NamedTuple, Self

from bankcore.arguments import require_a
from bankcore.idempotency.keys import IdempotencyKey
from bankcore.ledger.command import Command
from bankcore.origin import Origin


class Request(NamedTuple):
    """A command, who asks for it, and its chain in this batch, if it has one."""

    command: Command
    origin: Origin
    chain: str | None = None

    @classmethod
    def of(cls, command: Command, origin: Origin) -> Self:
        """The request, checked for its types. Raises: InvalidRequestError."""
        require_a(Command, command, "/command", 'a command is written Deposit(account.id, Money.of("1.00", "NPR"))')
        require_a(Origin, origin, "/origin", "who asks is an Origin")
        return cls(command, origin)

    @property
    def is_repeatable(self) -> bool:
        """As of its command."""
        return self.command.is_repeatable

    @property
    def key(self) -> IdempotencyKey | None:
        """The command's key within the scope of its caller."""
        value = self.command.idempotency_key
        return None if value is None else IdempotencyKey(self.origin.key_scope, value)
