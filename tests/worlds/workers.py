"""Consumers that write down what they get, and a broker that is a list."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from typing_extensions import override

from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.commands import Transfer
from bankcore_infra.consumers import ConsumedEvent, Consumer
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.work.broker import BrokerError, Sender
from bankcore_infra.work.dead_letters import SqlDeadLetters
from bankcore_infra.work.follower import Follower
from bankcore_infra.work.policy import ConsumerPolicy
from bankcore_infra.work.relay import Relay
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr

POSTED: Final = frozenset({"transaction.posted"})
# A pause ends when a test says so.
QUICK: Final = ConsumerPolicy(tries_max=3, backoff_first_s=600.0)
Message = tuple[TenantId, str]


class RecordingConsumer(Consumer):
    """Writes each event into a table, where a second time would show."""

    def __init__(self, name: str = "recorder", actions: frozenset[str] = POSTED) -> None:
        self.name = name
        self.actions = actions
        self.before: Callable[[ConsumedEvent], None] = lambda _event: None
        self.batches: list[list[ConsumedEvent]] = []

    @override
    def consume(self, connection: TenantConnection, events: Sequence[ConsumedEvent]) -> None:
        self.batches.append(list(events))
        for event in events:
            self.before(event)
            connection.sql.exec_driver_sql(
                "INSERT INTO public.effects (consumer, event_id, account_id, sequence) VALUES (%s, %s, %s, %s)",
                (self.name, event.id, event.account_id, event.sequence),
            )


class ListSender(Sender):
    """A broker in memory that can be away."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.jobs: list[tuple[TenantId, str, datetime, int]] = []
        self.is_away = False

    @override
    def ring(self, tenant_id: TenantId, consumer: str) -> None:
        if self.is_away:
            raise BrokerError("away")
        if (tenant_id, consumer) not in self.messages:
            self.messages.append((tenant_id, consumer))

    @override
    def mark_read(self, tenant_id: TenantId, consumer: str) -> None:
        if self.is_away:
            raise BrokerError("away")

    @override
    def send_job(self, tenant_id: TenantId, job: str, slot: datetime, attempt: int) -> None:
        if self.is_away:
            raise BrokerError("away")
        self.jobs.append((tenant_id, job, slot, attempt))


def prepare_effects(scratch: ScratchDatabase) -> None:
    """The table of effects; it takes doubles, so that a double is seen and not prevented."""
    scratch.execute("""
        CREATE TABLE public.effects (
            place bigint GENERATED ALWAYS AS IDENTITY, consumer text, event_id uuid, account_id uuid, sequence bigint,
            at timestamptz DEFAULT clock_timestamp())""")
    scratch.execute("GRANT SELECT, INSERT ON public.effects TO bankcore_app")


@dataclass
class Workers:
    """A relay, a broker and a worker, moved by hand."""

    bank: SqlBank
    consumers: Sequence[RecordingConsumer]
    policy: ConsumerPolicy = QUICK
    sender: ListSender = field(default_factory=ListSender)

    def __post_init__(self) -> None:
        self.relay = Relay(self.bank.database, self.consumers, self.sender)
        self.follower = Follower(self.bank.database, self.consumers, self.policy, self.bank.ids)

    def sweep(self) -> list[Message]:
        """Let the relay look once: what it sent."""
        before = len(self.sender.messages)
        self.relay.sweep(self.bank.tenant_id)
        for tenant_id, _has_unplaced, behind in self.relay.find_work():
            self.relay.ring(tenant_id, behind)
        return self.sender.messages[before:]

    def work_off(self) -> None:
        """Deliver every message that lies at the broker."""
        while self.sender.messages:
            self.deliver(self.sender.messages.pop(0))

    def deliver(self, message: Message) -> None:
        """Deliver one message, as a worker would."""
        self.follower.follow(*message)

    def run(self, rounds: int = 20) -> None:
        """Sweep and deliver until nothing is left to send."""
        for _ in range(rounds):
            self.sweep()
            if not self.sender.messages:
                break
            self.work_off()

    def effects(self, consumer: str = "recorder") -> list[tuple[object, ...]]:
        """The accounts and sequences that were consumed, in that order."""
        return [
            tuple(row)
            for row in self.bank.scratch.rows(
                "SELECT account_id, sequence FROM public.effects WHERE consumer = %s ORDER BY place", consumer
            )
        ]

    def sequences(self, account_id: AccountId, consumer: str = "recorder") -> list[object]:
        """The sequences of one account in the order of their effects."""
        return [sequence for account, sequence in self.effects(consumer) if account == account_id]

    def parked(self) -> list[tuple[object, ...]]:
        """Every event that is parked: on which account, at which place, and whether it waits or is dead."""
        return [
            tuple(row)
            for row in self.bank.scratch.rows(
                "SELECT account_id, sequence, status FROM bankcore.parked_events ORDER BY account_id, sequence"
            )
        ]

    def make_due(self) -> None:
        """Let every pause be over."""
        self.bank.scratch.execute("UPDATE bankcore.parked_events SET due_at = now() WHERE due_at IS NOT NULL")
        self.bank.scratch.execute("UPDATE bankcore.cursors SET due_at = now() WHERE due_at IS NOT NULL")

    def find_out_the_dead(self) -> None:
        """Let it be long ago that anybody began a page."""
        self.bank.scratch.execute("UPDATE bankcore.cursors SET begun_at = begun_at - interval '1 hour'")


@contextmanager
def open_transaction(bank: SqlBank) -> Iterator[None]:
    """Somebody writes meanwhile, and holds a transaction number."""
    began, finish = threading.Event(), threading.Event()

    def write() -> None:
        def work(connection: TenantConnection) -> None:
            connection.sql.exec_driver_sql("SELECT pg_current_xact_id()")
            began.set()
            finish.wait(10)

        OwnTransactions(bank.database, bank.tenant_id).run(work)

    writer = threading.Thread(target=write)
    writer.start()
    began.wait(10)
    try:
        yield
    finally:
        finish.set()
        writer.join(10)


def pay(workers: Workers, times: int = 1) -> tuple[AccountId, AccountId]:
    """Two accounts, and that many transfers from the first to the second."""
    alice, bob = workers.bank.open_account(floor=None), workers.bank.open_account("bob")
    for _ in range(times):
        workers.bank.ledger.execute([Transfer(alice.id, bob.id, npr("1.00"))])
    return alice.id, bob.id


def failing(error: BaseException, *, when: Callable[[ConsumedEvent], bool]) -> Callable[[ConsumedEvent], None]:
    """Fail so at the events that are meant."""

    def before(event: ConsumedEvent) -> None:
        if when(event):
            raise error

    return before


def dead_letters(workers: Workers) -> SqlDeadLetters:
    """The dead letters of the workers' bank."""
    transactions = OwnTransactions(workers.bank.database, workers.bank.tenant_id)
    return SqlDeadLetters(transactions, workers.bank.unit)
