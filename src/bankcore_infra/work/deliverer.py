"""Delivers: begins what was sent, lets the consumer write its effects, and records both in one transaction.

What came in one message is one batch, and all of it happens or nothing. When nothing did, nobody knows whose fault it
was: each delivery of the batch is due again and, having been begun before, is sent alone. Alone it fails alone.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from loguru import logger

from bankcore.identifiers import TenantId
from bankcore_infra.audit.positions import PlacedRecord
from bankcore_infra.audit.record_bodies import find_body
from bankcore_infra.db import arrays
from bankcore_infra.db.engine import Database
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.work.consumers import ConsumedEvent, Consumer, RetryLater
from bankcore_infra.work.deliveries import (
    Begun,
    Lease,
    begin,
    begin_next,
    find_followers,
    finish,
    hold,
    leases_of,
    postpone,
    release_next,
    remember,
    take_back,
)
from bankcore_infra.work.policy import DeliveryPolicy

_EVENTS: Final = Statement("""
    SELECT 0, id, action, outcome, '{}'::uuid[], CASE WHEN at > '0001-01-02' AND at < '9999-12-30' THEN at END, body
    FROM bankcore.audit_log WHERE tenant_id = $1::uuid AND id = ANY($2::uuid[])
""")
# That somebody began is worth knowing after a crash of the worker, not after one of the server: no wait for the disk.
_NOT_DURABLE: Final = Statement("SET LOCAL synchronous_commit = off")


class MalformedRecordError(Exception):
    """A record that nobody can read was sent again; it fails again."""


class Deliverer:
    """Takes deliveries to their consumers; whatever becomes of one, PostgreSQL knows and nothing is raised."""

    def __init__(self, database: Database, consumers: Sequence[Consumer], policy: DeliveryPolicy) -> None:
        """For these consumers."""
        self._database = database
        self._consumers: Mapping[str, Consumer] = {consumer.name: consumer for consumer in consumers}
        self._policy = policy
        self._is_stopping = False

    @property
    def consumers(self) -> Sequence[str]:
        """The names of those it delivers to."""
        return list(self._consumers)

    def stop(self) -> None:
        """Finish what is begun, and begin nothing more of the same accounts."""
        self._is_stopping = True

    def deliver(self, tenant_id: TenantId, leases: Sequence[Lease]) -> None:
        """Deliver what was sent with these leases, to one consumer, and what then waits on the same accounts.

        A message that came twice, or too late, does nothing.
        """
        transactions = OwnTransactions(self._database, tenant_id)
        batch = transactions.run(self._begin(leases))
        # What was begun before comes alone, and so does what follows it: one of them may be what failed.
        size = self._policy.message_max if all(begun.starts == 1 for begun in batch) else 1
        for number in range(self._policy.chain_max):
            if not batch:
                return
            is_last = number == self._policy.chain_max - 1
            batch = self._attempt(transactions, batch, size=size, is_last=is_last)

    def _begin(self, leases: Sequence[Lease]) -> Callable[[TenantConnection], list[Begun]]:
        def run(connection: TenantConnection) -> list[Begun]:
            connection.tell(_NOT_DURABLE)
            return begin(connection, leases, lease_s=self._policy.lease_s)

        return run

    def _attempt(self, transactions: OwnTransactions, batch: list[Begun], *, size: int, is_last: bool) -> list[Begun]:
        """Deliver a batch; the next one of its accounts, begun, if it may follow at once."""
        try:
            return transactions.run(lambda connection: self._consume(connection, batch, size=size, is_last=is_last))
        except Exception as error:  # noqa: BLE001 - a consumer may fail in any way, and must not take others with it
            if size > 1:
                logger.bind(error=type(error).__name__, deliveries=len(batch)).warning("a batch is sent one by one")
                transactions.run(lambda connection: take_back(connection, leases_of(batch)))
            else:
                self._postpone(transactions, batch[0], error)
        return []

    def _consume(self, connection: TenantConnection, batch: list[Begun], *, size: int, is_last: bool) -> list[Begun]:
        """The effects and the mark that they happened, in the transaction of the connection."""
        held = hold(connection, batch)
        if not held:
            return []
        held += find_followers(connection, held, limit=size - len(held))
        if new := remember(connection, held):
            self._consumers[held[0].consumer].consume(connection, _events(connection, new))
        finish(connection, held)
        if is_last or self._is_stopping:
            release_next(connection, held)
            return []
        return begin_next(connection, held, lease_s=self._policy.lease_s)

    def _postpone(self, transactions: OwnTransactions, begun: Begun, error: Exception) -> None:
        if isinstance(error, RetryLater):
            reason, after_s = error.reason, error.after_s
        else:
            reason, after_s = type(error).__name__, self._policy.backoff_s(begun.starts)
        tries_max = self._policy.tries_max
        status = transactions.run(
            lambda connection: postpone(connection, begun, reason=reason, after_s=after_s, tries_max=tries_max)
        )
        logger.bind(
            delivery=str(begun.id),
            consumer=begun.consumer,
            event=str(begun.event_id),
            starts=begun.starts,
            status=status,
            reason=reason,
        ).log("ERROR" if status == "dead" else "WARNING", "a delivery failed")


def _events(connection: TenantConnection, batch: Sequence[Begun]) -> list[ConsumedEvent]:
    rows = connection.ask(_EVENTS, connection.tenant_id, arrays.uuids({begun.event_id for begun in batch}))
    found = {record.id: record for record in map(PlacedRecord._make, rows)}
    events = []
    for begun in batch:
        record = found[begun.event_id]
        body = find_body(connection.tenant_id, record)
        if body is None or record.at is None:
            raise MalformedRecordError
        events.append(
            ConsumedEvent(
                id=begun.event_id,
                tenant_id=connection.tenant_id,
                action=record.action,
                account_id=begun.account_id,
                sequence=begun.sequence,
                occurred_at=record.at,
                body=body,
            )
        )
    return events
