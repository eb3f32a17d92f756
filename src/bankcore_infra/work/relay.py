"""The relay: finds what is owed to consumers, tenant by tenant, and sends it to the workers."""

import threading
import time
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Final
from uuid import UUID

from loguru import logger

from bankcore.identifiers import IdentifierSource, TenantId
from bankcore.tenancy.tenants import TenantDirectory
from bankcore_infra.audit.positions import Placed, PositionsStoppedError, place_records
from bankcore_infra.db.engine import Database
from bankcore_infra.db.locking import lease_due_deliveries
from bankcore_infra.db.session import lift_time_limit
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.work.broker import BrokerError, Sender
from bankcore_infra.work.consumers import Consumer
from bankcore_infra.work.deliveries import Lease, bury, take_back
from bankcore_infra.work.doorbell import DoorbellListener
from bankcore_infra.work.policy import DeliveryPolicy
from bankcore_infra.work.subscriptions import FanOut

_NEW_TENANTS_S: Final = 1.0
_SILENCE_S: Final = 60.0
_Messages = list[list[Lease]]


class Relay:
    """Sends what is due; any number of relays may do so side by side."""

    def __init__(
        self,
        database: Database,
        consumers: Sequence[Consumer],
        sender: Sender,
        ids: IdentifierSource,
        policy: DeliveryPolicy,
    ) -> None:
        """For the tenants of that database and these consumers."""
        self._database = database
        self._names = [consumer.name for consumer in consumers]
        self._sender = sender
        self._policy = policy
        self._fan_out = FanOut(consumers, ids, page=policy.page)
        self._told_at: dict[TenantId, float] = {}

    def sweep(self, tenant_id: TenantId) -> bool:
        """Give positions to what is new, owe it, send what is due; whether there was anything, and more may follow.

        Raises:
            BankcoreError: the database did not do it, and nothing was sent.
            BrokerError: the broker did not take it; what was not sent is due again.
        """
        transactions = OwnTransactions(self._database, tenant_id)
        is_busy = not self._place(transactions)
        is_busy |= transactions.run(self._fan_out.run)
        for name in self._names:
            if self._sender.length(name) < self._policy.queue_limit:
                is_busy |= self._send_due(transactions, tenant_id, name)
        return is_busy

    def _place(self, transactions: OwnTransactions) -> bool:
        """Whether all that is new has its position, or cannot get one: what has one is delivered all the same."""
        try:
            return transactions.run(_place_records).is_whole
        except PositionsStoppedError as error:
            if self._is_to_be_told(transactions.tenant_id):
                logger.bind(tenant=str(transactions.tenant_id)).critical("nothing new follows: {}", error)
            return True

    def _is_to_be_told(self, tenant_id: TenantId) -> bool:
        """Once a minute for each tenant, since nothing changes until somebody does something."""
        if time.monotonic() - self._told_at.get(tenant_id, -_SILENCE_S) < _SILENCE_S:
            return False
        self._told_at[tenant_id] = time.monotonic()
        return True

    def _send_due(self, transactions: OwnTransactions, tenant_id: TenantId, name: str) -> bool:
        messages = transactions.run(self._lease(name))
        for number, leases in enumerate(messages):
            try:
                self._sender.send(tenant_id, name, leases)
            except BrokerError:
                unsent = list(chain.from_iterable(messages[number:]))
                transactions.run(lambda connection: take_back(connection, unsent))  # noqa: B023 - run at once
                raise
        return bool(messages)

    def _lease(self, name: str) -> Callable[[TenantConnection], _Messages]:
        policy = self._policy

        def run(connection: TenantConnection) -> _Messages:
            bury(connection, name, tries_max=policy.tries_max)
            due = lease_due_deliveries(
                connection.sql, connection.tenant_id, name, limit=policy.batch, lease_s=policy.lease_s
            )
            return _messages_of(due, policy.message_max)

        return run


def _place_records(connection: TenantConnection) -> Placed:
    # A backlog takes its time, and giving up would only lengthen it.
    lift_time_limit(connection.sql)
    return place_records(connection)


def _messages_of(due: Sequence[tuple[UUID, int, int]], size: int) -> _Messages:
    """Many to a message; but one that was begun before goes alone, so that it harms nobody, and counts for itself."""
    fresh = [Lease(delivery_id, attempt) for delivery_id, attempt, starts in due if starts == 0]
    begun = [Lease(delivery_id, attempt) for delivery_id, attempt, starts in due if starts > 0]
    return [fresh[first : first + size] for first in range(0, len(fresh), size)] + [[lease] for lease in begun]


class RelayLoop:
    """Lets a relay look at every tenant: at once when the doorbell rings, often while busy, else once a second."""

    def __init__(
        self,
        relay: Relay,
        directory: TenantDirectory,
        listener: DoorbellListener,
        policy: DeliveryPolicy,
        *,
        tell: Callable[[bool], None] = lambda _is_well: None,
    ) -> None:
        """For the tenants of the directory; `tell` hears after each look whether the last one at each went well."""
        self._tell = tell
        self._failing: set[TenantId | None] = set()
        self._relay = relay
        self._directory = directory
        self._listener = listener
        self._policy = policy
        self._due_at: dict[TenantId, float] = {}
        self._pauses: dict[TenantId, float] = {}
        self._directory_due_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        while not stop.is_set():
            self._find_tenants()
            for tenant_id in [each for each, due_at in self._due_at.items() if due_at <= time.monotonic()]:
                self._look_at(tenant_id)
            self._tell(not self._failing)
            next_at = min([*self._due_at.values(), self._directory_due_at])
            for tenant_id in self._listener.wait(min(max(0.001, next_at - time.monotonic()), self._policy.poll_max_s)):
                self._due_at[tenant_id] = 0.0

    def _find_tenants(self) -> None:
        if self._directory_due_at > time.monotonic():
            return
        self._directory_due_at = time.monotonic() + _NEW_TENANTS_S
        try:
            for tenant in self._directory.list_tenants():
                self._due_at.setdefault(tenant.id, 0.0)
            self._failing.discard(None)
        except Exception as error:  # noqa: BLE001 - the loop outlives every server
            logger.bind(error=type(error).__name__).warning("the tenants cannot be listed now")
            self._failing.add(None)

    def _look_at(self, tenant_id: TenantId) -> None:
        pause_s = min(2 * self._pauses.get(tenant_id, self._policy.poll_min_s), self._policy.poll_max_s)
        try:
            if self._relay.sweep(tenant_id):
                pause_s = self._policy.poll_min_s
            self._failing.discard(tenant_id)
        except Exception as error:  # noqa: BLE001 - one tenant's trouble is not another's
            logger.bind(error=type(error).__name__, tenant=str(tenant_id)).warning("a sweep failed, and is repeated")
            self._failing.add(tenant_id)
        self._pauses[tenant_id] = pause_s
        self._due_at[tenant_id] = time.monotonic() + pause_s
