"""What the ledger will ask for a command, asked ahead: in the round trip of whoever locks something before it."""

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
    """The accounts of one command, locked, and what its source has caused before; read in this order."""

    account_ids: Sequence[AccountId]
    accounts: Sequence[LockedAccount]
    sources: Sequence[Source]
    recorded: Sequence[Transaction]


class AskedAhead(NamedTuple):
    """The questions of one command, which has no key and names nothing besides accounts."""

    account_ids: Sequence[AccountId]
    sources: Sequence[Source]
    questions: Sequence[Sent]

    @classmethod
    def of(cls, tenant_id: TenantId, command: Command) -> Self:
        """Those that the batch with this command alone will ask: locks first, and what depends on them after that."""
        account_ids = sorted(set(command.touches(tenant_id)), key=_number)
        sources = [] if command.source is None else [command.source]
        questions = [locking(tenant_id, account_ids), finding_recorded(tenant_id, [], sources)]
        return cls(account_ids, sources, questions)

    def answered(self, answers: Sequence[Rows]) -> Ahead:
        """What these answers say."""
        locked, recorded = answers
        return Ahead(self.account_ids, locked_accounts(locked), self.sources, recorded_in(recorded))
