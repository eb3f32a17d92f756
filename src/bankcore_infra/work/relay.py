"""The relay: gives new records their positions, tenant by tenant, and tells workers which consumers are behind."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from bankcore.identifiers import TenantId
from bankcore_infra.audit.recording.positions import Placed, PositionsStoppedError, place_records
from bankcore_infra.consumers import Consumer
from bankcore_infra.db.engine import Database
from bankcore_infra.db.session import lift_time_limit
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.work.broker import BrokerError, Sender
from bankcore_infra.work.cursors import Work, add_cursors, find_work
from bankcore_infra.work.doorbell import DoorbellListener
from bankcore_infra.work.lookout import Pace
from bankcore_infra.work.policy import ConsumerPolicy

_LOG: Final = logger_of("work")

T = TypeVar("T")

_SILENCE_S: Final = 60.0
# How long a broker that did not answer is left alone; workers look for work by themselves meanwhile.
_BROKER_PAUSE_S: Final = 5.0


class Relay:
    """Gives positions and tells workers; several relays may run side by side."""

    def __init__(self, database: Database, consumers: Sequence[Consumer], sender: Sender) -> None:
        self._database = database
        self._names = [consumer.name for consumer in consumers]
        self._sender = sender
        self._told_at: dict[TenantId, float] = {}
        self._has_cursors: set[TenantId] = set()
        self._silent_until = 0.0

    def find_work(self) -> list[Work]:
        """Every tenant that has work. Raises: UnavailableError."""
        return self._database.read(lambda connection: find_work(connection, self._names))

    def sweep(self, tenant_id: TenantId) -> Placed:
        """Give positions to the tenant's new records, and tell workers. Returns how many there were.

        Raises:
            BankcoreError: the database did not do it, and nobody was told.
            BrokerError: the broker did not take the message; the next look for work finds the records.
        """
        try:
            placed = OwnTransactions(self._database, tenant_id).run(self._place)
        except PositionsStoppedError as error:
            if self._is_to_be_told(tenant_id):
                _LOG.critical(LogMessage(f"relay stopped for a tenant: {error}", tenant=str(tenant_id)))
            return Placed(0, is_whole=True)
        self._has_cursors.add(tenant_id)
        if placed.number:
            self.ring(tenant_id, self._names)
        return placed

    def ring(self, tenant_id: TenantId, names: Iterable[str]) -> None:
        """Tell workers that these consumers are behind; a broker that is away is left alone for a while.

        Raises:
            BrokerError: it did not take it.
        """
        if time.monotonic() < self._silent_until:
            return
        try:
            for name in names:
                self._sender.ring(tenant_id, name)
        except BrokerError:
            self._silent_until = time.monotonic() + _BROKER_PAUSE_S
            raise

    def _place(self, connection: TenantConnection) -> Placed:
        # A backlog takes its time, and giving up would only lengthen it.
        lift_time_limit(connection.sql)
        placed = place_records(connection)
        # The cursors are made here, so that monitoring sees each consumer also while no worker runs.
        if connection.tenant_id not in self._has_cursors:
            add_cursors(connection, self._names)
        return placed

    def _is_to_be_told(self, tenant_id: TenantId) -> bool:
        """At most once a minute for each tenant, since only an operator can change it."""
        if time.monotonic() - self._told_at.get(tenant_id, -_SILENCE_S) < _SILENCE_S:
            return False
        self._told_at[tenant_id] = time.monotonic()
        return True


class RelayLoop:
    """Lets a relay see to a tenant at once when the doorbell rings, and to all of them once a second."""

    def __init__(
        self,
        relay: Relay,
        listener: DoorbellListener,
        policy: ConsumerPolicy,
        *,
        tell: Callable[[bool], None] = lambda _is_well: None,
    ) -> None:
        """`tell` is called after each look at all tenants, with whether all went well since the one before."""
        self._relay = relay
        self._listener = listener
        self._policy = policy
        self._tell = tell
        self._pace = Pace(policy)
        self._is_well = True
        self._due_at: dict[TenantId, float] = {}
        self._free_at: dict[TenantId, float] = {}
        self._look_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Look and listen until told to stop."""
        while not stop.is_set():
            now = time.monotonic()
            for tenant_id in [each for each, due_at in self._due_at.items() if due_at <= now]:
                del self._due_at[tenant_id]
                self._sweep(tenant_id)
            if self._look_at <= now:
                self._look()
            next_at = min([*self._due_at.values(), self._look_at])
            for tenant_id in self._listener.wait(max(0.001, next_at - time.monotonic())):
                self._hear(tenant_id)

    def _hear(self, tenant_id: TenantId) -> None:
        """Plan the tenant's next sweep: now, or a moment after the last one, so that many events lead to one."""
        self._due_at.setdefault(tenant_id, max(time.monotonic(), self._free_at.get(tenant_id, 0.0)))

    def _look(self) -> None:
        began, took_s, is_busy = time.monotonic(), 0.0, False
        self._free_at = {tenant_id: at for tenant_id, at in self._free_at.items() if at > began}
        try:
            found = self._relay.find_work()
            took_s = time.monotonic() - began
        except Exception as error:  # noqa: BLE001 - the loop outlives every server
            self._is_well = False
            _LOG.warning(LogMessage("look for work failed; it is repeated", error=type(error).__name__))
            found = []
        for tenant_id, has_unplaced, behind in found:
            if has_unplaced and self._free_at.get(tenant_id, 0.0) <= time.monotonic():
                is_busy |= self._sweep(tenant_id)
            self._guard(lambda: self._relay.ring(tenant_id, behind), tenant_id)  # noqa: B023 - run at once
        self._tell(self._is_well)
        self._is_well = True
        self._look_at = time.monotonic() + self._pace.pause_s(is_busy=is_busy, took_s=took_s)

    def _sweep(self, tenant_id: TenantId) -> bool:
        """Sweep the tenant. Returns whether it had new records; if it has more, it comes next."""
        placed = self._guard(lambda: self._relay.sweep(tenant_id), tenant_id)
        are_many = placed is not None and placed.number >= self._policy.many
        pause_s = self._policy.gather_s if are_many else self._policy.poll_min_s
        self._free_at[tenant_id] = time.monotonic() + pause_s
        if placed is None:
            return False
        if not placed.is_whole:
            self._hear(tenant_id)
        return placed.number > 0

    def _guard(self, work: Callable[[], T], tenant_id: TenantId) -> T | None:
        """The result of the work; None if it failed, so that one tenant does not stop the others."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - the loop outlives every server
            self._is_well = False
            _LOG.warning(LogMessage("sweep failed; it is repeated", error=type(error).__name__, tenant=str(tenant_id)))
            return None
