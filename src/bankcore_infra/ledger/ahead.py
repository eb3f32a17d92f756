"""What the ledger will ask for commands, asked ahead: in the round trip of whoever locks something before it."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Final, NamedTuple, Self

from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.accounts import LockedAccount
from bankcore.ledger.command import Command
from bankcore.ledger.transactions import Source, Transaction
from bankcore_infra.db.exchange import Rows, Sent
from bankcore_infra.ledger.locks import locked_accounts, locking
from bankcore_infra.ledger.reading import finding_recorded, recorded_in

_number: Final = attrgetter("int")


class Ahead(NamedTuple):
    """The accounts of some commands, locked, and what their sources have caused before; read in this order."""

    account_ids: Sequence[AccountId]
    accounts: Sequence[LockedAccount]
    sources: Sequence[Source]
    recorded: Sequence[Transaction]


class AskedAhead(NamedTuple):
    """The questions of commands that have no keys and name nothing besides accounts."""

    account_ids: Sequence[AccountId]
    sources: Sequence[Source]
    questions: Sequence[Sent]

    @classmethod
    def of(cls, tenant_id: TenantId, commands: Sequence[Command]) -> Self:
        """Those that the batch with these commands will ask: locks first, and what depends on them after that."""
        account_ids = sorted({each for command in commands for each in command.touches(tenant_id)}, key=_number)
        sources = sorted({command.source for command in commands if command.source is not None})
        questions = [locking(tenant_id, account_ids), finding_recorded(tenant_id, [], sources)]
        return cls(account_ids, sources, questions)

    def answered(self, answers: Sequence[Rows]) -> Ahead:
        """What these answers say."""
        locked, recorded = answers
        return Ahead(self.account_ids, locked_accounts(locked), self.sources, recorded_in(recorded))
