"""The relay: finds what is owed to consumers, tenant by tenant, and sends it to the workers."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from loguru import logger

from bankcore.identifiers import IdentifierSource, TenantId
from bankcore.tenancy.tenants import TenantDirectory
from bankcore_infra.db.engine import Database
from bankcore_infra.db.locking import lease_due_deliveries
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.work.broker import BrokerError, Sender
from bankcore_infra.work.consumers import Consumer
from bankcore_infra.work.deliveries import bury, take_back
from bankcore_infra.work.doorbell import DoorbellListener
from bankcore_infra.work.policy import DeliveryPolicy
from bankcore_infra.work.subscriptions import FanOut

_NEW_TENANTS_S: Final = 1.0
_Leased = list[tuple[UUID, int]]


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

    def sweep(self, tenant_id: TenantId) -> bool:
        """Owe what is new and send what is due; whether there was anything, so that more may follow at once.

        Raises:
            BankcoreError: the database did not do it, and nothing was sent.
            BrokerError: the broker did not take it; what was not sent is due again.
        """
        if not self._names:
            return False
        transactions = OwnTransactions(self._database, tenant_id)
        is_busy = transactions.run(self._fan_out.run)
        for name in self._names:
            room = self._policy.queue_limit - self._sender.length(name)
            if room > 0:
                is_busy |= self._send_due(transactions, tenant_id, name, min(room, self._policy.batch))
        return is_busy

    def _send_due(self, transactions: OwnTransactions, tenant_id: TenantId, name: str, limit: int) -> bool:
        leased = transactions.run(self._lease(name, limit))
        for number, (delivery_id, attempt) in enumerate(leased):
            try:
                self._sender.send(tenant_id, name, delivery_id, attempt)
            except BrokerError:
                unsent = leased[number:]
                transactions.run(lambda connection: take_back(connection, unsent))  # noqa: B023 - run at once
                raise
        return bool(leased)

    def _lease(self, name: str, limit: int) -> Callable[[TenantConnection], _Leased]:
        def run(connection: TenantConnection) -> _Leased:
            bury(connection, name, tries_max=self._policy.tries_max)
            return lease_due_deliveries(
                connection.sql, connection.tenant_id, name, limit=limit, lease_s=self._policy.lease_s
            )

        return run


class RelayLoop:
    """Lets a relay look at every tenant: at once when the doorbell rings, often while busy, else once a second."""

    def __init__(
        self, relay: Relay, directory: TenantDirectory, listener: DoorbellListener, policy: DeliveryPolicy
    ) -> None:
        """For the tenants of the directory."""
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
        except Exception as error:  # noqa: BLE001 - the loop outlives every server
            logger.bind(error=type(error).__name__).warning("the tenants cannot be listed now")

    def _look_at(self, tenant_id: TenantId) -> None:
        pause_s = min(2 * self._pauses.get(tenant_id, self._policy.poll_min_s), self._policy.poll_max_s)
        try:
            if self._relay.sweep(tenant_id):
                pause_s = self._policy.poll_min_s
        except Exception as error:  # noqa: BLE001 - one tenant's trouble is not another's
            logger.bind(error=type(error).__name__, tenant=str(tenant_id)).warning("a sweep failed, and is repeated")
        self._pauses[tenant_id] = pause_s
        self._due_at[tenant_id] = time.monotonic() + pause_s
