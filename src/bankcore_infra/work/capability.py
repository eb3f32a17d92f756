"""Work that follows events, as a capability: what operators see of events that failed."""

from typing import Final

from bankcore.work.dead_letters import DeadLetters
from bankcore_infra.capability import Capability, TenantParts


def _dead_letters(parts: TenantParts) -> DeadLetters:
    from bankcore_infra.work.dead_letters import SqlDeadLetters

    return SqlDeadLetters(parts.transactions, parts.bank.unit)


WORK: Final = Capability(name="work", services={DeadLetters: _dead_letters})
