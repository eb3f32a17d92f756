"""Delivers: begins what was sent, lets the consumer write its effect, and records both in one transaction."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from loguru import logger

from bankcore.identifiers import TenantId
from bankcore_infra.db.engine import Database
from bankcore_infra.db.exchange import Statement
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.work.consumers import ConsumedEvent, Consumer, RetryLater
from bankcore_infra.work.deliveries import Begun, begin, begin_next, finish, hold, postpone, release_next, remember
from bankcore_infra.work.policy import DeliveryPolicy

_EVENT: Final = Statement(
    "SELECT action, at, body FROM bankcore.audit_log WHERE tenant_id = $1::uuid AND id = $2::uuid"
)
# That somebody began is worth knowing after a crash of the worker, not after one of the server: no wait for the disk.
_NOT_DURABLE: Final = Statement("SET LOCAL synchronous_commit = off")


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
        """Finish what is begun, and begin nothing more of the same account."""
        self._is_stopping = True

    def deliver(self, tenant_id: TenantId, delivery_id: UUID, attempt: int) -> None:
        """Deliver what was sent with that attempt, and what then waits on the same account.

        A message that came twice, or too late, does nothing.
        """
        transactions = OwnTransactions(self._database, tenant_id)
        begun = transactions.run(self._begin(delivery_id, attempt))
        for number in range(self._policy.chain_max):
            if begun is None:
                return
            is_last = self._is_stopping or number == self._policy.chain_max - 1
            begun = self._attempt(transactions, begun, is_last=is_last)

    def _begin(self, delivery_id: UUID, attempt: int) -> Callable[[TenantConnection], Begun | None]:
        def run(connection: TenantConnection) -> Begun | None:
            connection.tell(_NOT_DURABLE)
            return begin(connection, delivery_id, attempt, lease_s=self._policy.lease_s)

        return run

    def _attempt(self, transactions: OwnTransactions, begun: Begun, *, is_last: bool) -> Begun | None:
        """Deliver one; the next one of its account, begun, if it may follow at once."""
        try:
            return transactions.run(lambda connection: self._consume(connection, begun, is_last=is_last))
        except RetryLater as later:
            self._postpone(transactions, begun, reason=later.reason, after_s=later.after_s)
        except Exception as error:  # noqa: BLE001 - a consumer may fail in any way, and must not take others with it
            pause_s = self._policy.backoff_s(begun.starts)
            self._postpone(transactions, begun, reason=type(error).__name__, after_s=pause_s)
        return None

    def _consume(self, connection: TenantConnection, begun: Begun, *, is_last: bool) -> Begun | None:
        """The effect and the mark that it happened, in the transaction of the connection."""
        if not hold(connection, begun):
            return None
        if remember(connection, begun):
            self._consumers[begun.consumer].consume(connection, _event(connection, begun))
        finish(connection, begun)
        if begun.account_id is None:
            return None
        if is_last:
            release_next(connection, begun)
            return None
        return begin_next(connection, begun, lease_s=self._policy.lease_s)

    def _postpone(self, transactions: OwnTransactions, begun: Begun, *, reason: str, after_s: float) -> None:
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


def _event(connection: TenantConnection, begun: Begun) -> ConsumedEvent:
    ((action, occurred_at, body),) = connection.ask(_EVENT, connection.tenant_id, begun.event_id)
    return ConsumedEvent(
        id=begun.event_id,
        tenant_id=connection.tenant_id,
        action=action,
        account_id=begun.account_id,
        sequence=begun.sequence,
        occurred_at=occurred_at,
        body=json.loads(bytes(body)),
    )
