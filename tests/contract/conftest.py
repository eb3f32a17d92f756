"""One suite for every adapter of the ledger's ports, so that the ones in memory tell the truth about PostgreSQL."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from bankcore.batches.post_batch import PostBatch
from bankcore.events.stamps import Event
from bankcore.fx.quotes import QuotePolicy
from bankcore.holds.service import HoldService
from bankcore.idempotency.keys import IdempotencyKey
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.holds import Hold
from bankcore.testing import FrozenClock, in_memory_bank
from bankcore.testing.batches import in_memory_batches
from bankcore.testing.holds import InMemoryHoldQueries
from bankcore_infra.batches.unit import SqlBatchUnits
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.holds.queries import SqlHoldQueries
from tests.contract.adapters import LedgerWorld, holding_key
from tests.contract.approval_adapters import (
    ApprovalAdapter,
    in_memory_approval_adapter,
    postgresql_approval_adapter,
)
from tests.contract.disbursement_adapters import (
    DisbursementAdapter,
    in_memory_disbursement_adapter,
    postgresql_disbursement_adapter,
)
from tests.contract.dispute_adapters import DisputeAdapter, dispute_adapter
from tests.contract.fraud_adapters import FraudAdapter, in_memory_fraud_adapter, postgresql_fraud_adapter
from tests.contract.fx_adapters import FxAdapter, in_memory_fx_adapter, postgresql_fx_adapter
from tests.contract.identity_adapters import (
    IdentityAdapter,
    in_memory_identity_adapter,
    postgresql_identity_adapter,
)
from tests.contract.payment_adapters import PaymentAdapter, in_memory_payment_adapter, postgresql_payment_adapter
from tests.contract.payout_adapters import PayoutAdapter, in_memory_payout_adapter, postgresql_payout_adapter
from tests.contract.refund_adapters import RefundAdapter, refund_adapter
from tests.contract.webhook_adapters import WebhookAdapter, in_memory_webhook_adapter, postgresql_webhook_adapter
from tests.worlds.limits import limits_of
from tests.worlds.sql_bank import ScratchCluster, ScratchDatabase, SqlBank, sql_bank
from tests.worlds.values import npr

# Each is the name of a fixture that gives a LedgerWorld; an adapter that is added here has to pass the whole suite.
ADAPTERS: Final = [
    pytest.param("in_memory_world", id="in-memory"),
    pytest.param("postgresql_world", id="PostgreSQL"),
]


@pytest.fixture(scope="module")
def shared_scratch(cluster: ScratchCluster) -> Iterator[ScratchDatabase]:
    """A migrated database for all tests of a module: a tenant in it is made in a tenth of the time of a database."""
    with cluster.database() as clone:
        yield clone


@pytest.fixture(scope="module")
def shared_database(shared_scratch: ScratchDatabase) -> Iterator[Database]:
    """The shared database as the application uses it."""
    with Database(shared_scratch.url()) as opened:
        yield opened


@pytest.fixture
def bank(shared_scratch: ScratchDatabase, shared_database: Database) -> SqlBank:
    """A tenant without accounts, beside those of the tests before: adapters are asked about one tenant alone.

    The one of the test before gives up the name to it.
    """
    shared_scratch.execute("UPDATE bankcore.tenants SET slug = 'of-before-' || id WHERE slug = 'main'")
    return sql_bank(shared_scratch, shared_database)


class TickingClock(FrozenClock):
    """Moves a little each time it is read, so that units of work begin one after another as they do elsewhere."""

    def now(self) -> datetime:
        return self.advance(timedelta(microseconds=10))


@pytest.fixture(params=ADAPTERS)
def world(request: pytest.FixtureRequest) -> LedgerWorld:
    """A tenant without accounts, on each adapter in turn."""
    made = request.getfixturevalue(request.param)
    assert isinstance(made, LedgerWorld)
    return made


@pytest.fixture
def in_memory_world() -> LedgerWorld:
    """The adapters that are shipped to users for their tests."""
    bank = in_memory_bank(clock=TickingClock())

    def let_keys_age(duration: timedelta) -> None:
        bank.clock.advance(duration)

    return LedgerWorld(
        ledger=bank.ledger,
        accounts=bank.accounts,
        queries=bank.queries,
        holds=bank.holds,
        limits=limits_of(bank),
        batches=in_memory_batches(bank),
        hold_queries=InMemoryHoldQueries(bank.books, bank.clock, bank.queries),
        units=bank.units,
        events=lambda: bank.events,
        let_keys_age=let_keys_age,
        hold_key=bank.units.holding_key,
        change_status=bank.books.change_status,
    )


@pytest.fixture
def postgresql_world(bank: SqlBank) -> LedgerWorld:
    """The adapters that keep real money."""
    events: list[Event] = []
    bank.signals.on_committed(events.extend)

    def let_keys_age(duration: timedelta) -> None:
        bank.scratch.execute("UPDATE bankcore.idempotency_keys SET expires_at = expires_at - %s::interval", duration)

    def hold_key(value: str) -> AbstractContextManager[None]:
        return holding_key(bank, IdempotencyKey("", value))

    def change_status(account_id: AccountId, status: AccountStatus) -> None:
        bank.scratch.execute("UPDATE bankcore.accounts SET status = %s WHERE id = %s", status, account_id)

    transactions = OwnTransactions(bank.database, bank.tenant_id)
    hold_queries = SqlHoldQueries(transactions)
    return LedgerWorld(
        ledger=bank.ledger,
        accounts=bank.accounts,
        queries=bank.queries,
        holds=HoldService(bank.ledger, hold_queries),
        limits=limits_of(bank),
        batches=PostBatch(
            units=SqlBatchUnits(OwnTransactions(bank.database, bank.tenant_id), bank.unit), ledger=bank.ledger
        ),
        hold_queries=hold_queries,
        units=bank.units,
        events=lambda: events,
        let_keys_age=let_keys_age,
        hold_key=hold_key,
        change_status=change_status,
    )


@pytest.fixture
def alice(world: LedgerWorld) -> AccountId:
    """Alice's account in rupees, without an overdraft."""
    return world.accounts.open(currency="NPR", owner_id="alice").id


@pytest.fixture
def bob(world: LedgerWorld) -> AccountId:
    """Bob's account in rupees, which may go down to -5.00."""
    return world.accounts.open(currency="NPR", owner_id="bob", floor="-5.00").id


@pytest.fixture(params=["in-memory", "PostgreSQL"])
def approvals(request: pytest.FixtureRequest) -> ApprovalAdapter:
    """Two holders and no approvals, on each adapter of the ports of approvals in turn."""
    if request.param == "in-memory":
        return in_memory_approval_adapter(TickingClock())
    return postgresql_approval_adapter(request.getfixturevalue("bank"))


@pytest.fixture(params=["in-memory", "PostgreSQL"])
def fraud(request: pytest.FixtureRequest) -> FraudAdapter:
    """A tenant with two accounts and no cases, on each adapter of fraud's ports in turn."""
    if request.param == "in-memory":
        return in_memory_fraud_adapter(TickingClock())
    return postgresql_fraud_adapter(request.getfixturevalue("bank"))


@pytest.fixture(params=["in-memory", "PostgreSQL"])
def fx(request: pytest.FixtureRequest) -> FxAdapter:
    """A tenant with money in dollars and no quotes, on each adapter of FX's ports in turn."""
    if request.param == "in-memory":
        return in_memory_fx_adapter(TickingClock(), QuotePolicy())
    return postgresql_fx_adapter(request.getfixturevalue("bank"), QuotePolicy())


@pytest.fixture
def hold(world: LedgerWorld, alice: AccountId) -> Hold:
    """A hold of 6.00 on Alice's 10.00."""
    world.ledger.deposit(alice, npr("10"))
    return world.holds.place(alice, npr("6"), reference="order 7")


@pytest.fixture(params=["in-memory", "PostgreSQL"])
def payouts(request: pytest.FixtureRequest) -> PayoutAdapter:
    """A payer with a hundred rupees, five payees and no jobs, on each adapter of the ports of payouts in turn."""
    if request.param == "in-memory":
        return in_memory_payout_adapter(TickingClock())
    return postgresql_payout_adapter(request.getfixturevalue("bank"))


@pytest.fixture(params=["in-memory", "PostgreSQL"])
def disbursements(request: pytest.FixtureRequest, tmp_path: Path) -> DisbursementAdapter:
    """A shop with a thousand rupees and one provider, on each adapter of the ports of disbursements in turn."""
    if request.param == "in-memory":
        return in_memory_disbursement_adapter(TickingClock())
    return postgresql_disbursement_adapter(request.getfixturevalue("bank"), tmp_path)


@pytest.fixture(params=["in-memory", "PostgreSQL"])
def payments(request: pytest.FixtureRequest, tmp_path: Path) -> PaymentAdapter:
    """A merchant without money and one provider, on each adapter of the ports of payments in turn."""
    if request.param == "in-memory":
        return in_memory_payment_adapter(TickingClock())
    return postgresql_payment_adapter(request.getfixturevalue("bank"), tmp_path)


@pytest.fixture
def refunds(payments: PaymentAdapter) -> RefundAdapter:
    """What gives those payments back, on the same adapter."""
    return refund_adapter(payments)


@pytest.fixture
def disputes(refunds: RefundAdapter) -> DisputeAdapter:
    """Disputes of those payments."""
    return dispute_adapter(refunds)


@pytest.fixture(params=["in-memory", "PostgreSQL"])
def identity(request: pytest.FixtureRequest, tmp_path: Path) -> IdentityAdapter:
    if request.param == "in-memory":
        return in_memory_identity_adapter()
    return postgresql_identity_adapter(request.getfixturevalue("bank"), tmp_path / "keys")


@pytest.fixture(params=["in-memory", "PostgreSQL"])
def webhooks(request: pytest.FixtureRequest, tmp_path: Path) -> WebhookAdapter:
    """A tenant without endpoints, on each adapter of the ports of webhooks in turn."""
    if request.param == "in-memory":
        return in_memory_webhook_adapter(TickingClock())
    return postgresql_webhook_adapter(request.getfixturevalue("bank"), tmp_path)
