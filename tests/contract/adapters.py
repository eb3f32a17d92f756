"""What the contract suite needs of an adapter: the ports it is about, and three things that only a test does."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from bankcore.batches.post_batch import PostBatch
from bankcore.events.stamps import Event
from bankcore.holds.queries import HoldQueries
from bankcore.holds.service import HoldService
from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import AccountId
from bankcore.ledger.account_service import AccountService
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.ports import UnitsOfWork
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore.limits.service import LimitService
from bankcore_infra.db.tenant_connection import TenantConnection
from tests.worlds.sql_bank import SqlBank


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerWorld:
    """A tenant without accounts, on one adapter.

    `events` are those of committed units of work, in order. `let_keys_age` makes every stored idempotency key older by
    that much, by moving the clock or by changing the stored expiry. `hold_key` keeps a key without a scope busy, as
    another unit of work that is still running would. `change_status` freezes or closes an account.
    """

    ledger: LedgerService
    accounts: AccountService
    queries: LedgerQueries
    holds: HoldService
    limits: LimitService
    batches: PostBatch
    hold_queries: HoldQueries
    units: UnitsOfWork
    events: Callable[[], Sequence[Event]]
    let_keys_age: Callable[[timedelta], None]
    hold_key: Callable[[str], AbstractContextManager[None]]
    change_status: Callable[[AccountId, AccountStatus], None]


@contextmanager
def holding_key(bank: SqlBank, key: IdempotencyKey) -> Iterator[None]:
    """For as long as the context lasts, a transaction of PostgreSQL holds the key."""
    with bank.database.engine_for(bank.tenant_id).connect() as connection:
        bound = TenantConnection(connection, bank.tenant_id)
        bound.ask_for_keys([key])
        assert bound.take_keys([key])[0] == {key}
        yield
