"""Follower: gives a consumer the records of its tenant's log, page by page, and tries parked events when they are due.

A page is one transaction: its effects and the cursor move together, or nothing happens. When a page fails, nobody knows
which record failed: its records are tried one by one, and the one that fails alone is parked, so that the others go on.
Each parked event is tried alone.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bankcore.identifiers import IdentifierSource, TenantId
from bankcore_infra.audit.recording.positions import PlacedRecord, read_placed
from bankcore_infra.consumers import ConsumedEvent, Consumer, RetryLater
from bankcore_infra.db.engine import Database
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.log_messages import LogMessage, logger_of
from bankcore_infra.work import parked
from bankcore_infra.work.cursors import NOT_DURABLE, Begun, begin_page, go_alone, look, move
from bankcore_infra.work.locks import locking_cursor, locking_free_cursor
from bankcore_infra.work.pages import EventPage, find_event, open_page
from bankcore_infra.work.parked import BEHIND, BURIED, KILLED, MALFORMED, Parked, ParkedPlace, Parking
from bankcore_infra.work.policy import ConsumerPolicy

_LOG: Final = logger_of("work")

_PARKED_AT_ONCE: Final = 50
"""How many parked events are tried before the next page has its turn."""


class Follower:
    """Gives events to consumers, and keeps in PostgreSQL what became of each event."""

    def __init__(
        self, database: Database, consumers: Sequence[Consumer], policy: ConsumerPolicy, ids: IdentifierSource
    ) -> None:
        self._database = database
        self._consumers: Mapping[str, Consumer] = {consumer.name: consumer for consumer in consumers}
        self._policy = policy
        self._ids = ids
        self._stop = threading.Event()

    @property
    def consumers(self) -> Sequence[str]:
        """The names of the consumers that it serves."""
        return list(self._consumers)

    def stop(self) -> None:
        """Finish the page that is begun, and begin no other."""
        self._stop.set()

    def follow(self, tenant_id: TenantId, name: str) -> bool:
        """Serve the consumer until nothing is left, another worker is at it, or its turn is over. Returns whether its
        turn is over.

        Raises:
            BankcoreError: the database did not do it; the next turn goes on.
        """
        turn = _Turn(OwnTransactions(self._database, tenant_id), self._consumers[name], self._policy, self._ids)
        ends_at = time.monotonic() + self._policy.turn_s
        while not self._stop.is_set():
            is_behind, is_due = look(turn.transactions, name)
            if not (is_behind or is_due):
                return False
            has_tried = is_due and turn.try_parked(_PARKED_AT_ONCE, self._stop)
            has_read = is_behind and turn.read_pages(ends_at, self._stop)
            if not (has_tried or has_read):
                return False
            if time.monotonic() > ends_at:
                return True
        return False


class _Turn:
    """One worker's turn at one consumer of one tenant."""

    def __init__(
        self, transactions: OwnTransactions, consumer: Consumer, policy: ConsumerPolicy, ids: IdentifierSource
    ) -> None:
        self.transactions = transactions
        self._consumer = consumer
        self._policy = policy
        self._ids = ids

    def read_pages(self, ends_at: float, stop: threading.Event) -> bool:
        """Read pages as long as they are full. Returns whether any was read."""
        begun = self.transactions.run(lambda connection: begin_page(connection, self._consumer.name, self._policy))
        was_read = begun is not None
        while begun is not None:
            begun = self._attempt(begun, lambda: time.monotonic() < ends_at and not stop.is_set())
        return was_read

    def _attempt(self, begun: Begun, may_go_on: Callable[[], bool]) -> Begun | None:
        """Read the next page, or the one that is begun."""
        most = 1 if begun.is_alone else self._policy.page
        try:
            return self.transactions.run(lambda connection: self._read(connection, begun, most, may_go_on))
        except Exception as error:  # noqa: BLE001 - a consumer may fail in any way, and must not take others with it
            reason, pause_s = self._cause_of(error, starts=1)
            fields = {"consumer": begun.consumer, "position": begun.position, "reason": reason}
            if begun.is_alone:
                _LOG.warning(LogMessage("record parked: the consumer failed on it", **fields))
                return self.transactions.run(
                    lambda connection: self._read(connection, begun, most, may_go_on, failure=(reason, pause_s))
                )
            _LOG.warning(LogMessage("page failed: its records are tried one by one", **fields))
            alone = begun._replace(alone_until=begun.position + most)
            self.transactions.run(lambda connection: go_alone(connection, begun, until=alone.alone_until))
            return alone

    def _read(
        self,
        connection: TenantConnection,
        begun: Begun,
        most: int,
        may_go_on: Callable[[], bool],
        failure: tuple[str, float] | None = None,
    ) -> Begun | None:
        """Consume the page in one transaction with the cursor; a record that failed is parked instead."""
        lock, parameters = locking_free_cursor(connection.tenant_id, begun.consumer)
        # Another worker is at it or has begun since, or the page is done and the answer to its commit was lost.
        if connection.ask(lock, *parameters) != [(begun.attempt, begun.position)]:
            return None
        records = read_placed(connection, begun.position, limit=most, bytes_max=self._policy.page_bytes)
        page = open_page(connection, self._consumer, records)
        if begun.killed and failure is None:
            failure = KILLED, self._policy.backoff_s(1)
        self._do(connection, page, failure)
        position = begun.position + len(records)
        goes_on = self._is_full(records, most) and may_go_on()
        move(connection, begun, position=position, goes_on=goes_on)
        return begun._replace(position=position, killed=False) if goes_on else None

    def _is_full(self, records: Sequence[PlacedRecord], most: int) -> bool:
        """Whether there may be more behind these."""
        return len(records) == most or sum(len(one.body or b"") for one in records) >= self._policy.page_bytes

    def _do(self, connection: TenantConnection, page: EventPage, failure: tuple[str, float] | None) -> None:
        def park(places: Sequence[ParkedPlace], how: Parking) -> None:
            parked.park(connection, self._consumer.name, places, how, self._ids)

        park([ParkedPlace(record_id) for record_id in page.malformed], BURIED)
        for record_id in page.malformed:
            _LOG.error(
                LogMessage(
                    "record is a dead letter: it is malformed",
                    tenant=str(connection.tenant_id),
                    consumer=self._consumer.name,
                    record=str(record_id),
                )
            )
        park([_place_of(event) for event in page.behind], BEHIND)
        if failure is not None:
            # A record may have several events, and nobody knows which one failed: each is due at once and tried alone.
            reason, pause_s = failure
            how = Parking("waiting", 1, pause_s if len(page.events) == 1 else 0.0, reason)
            park([_place_of(event) for event in page.events], how)
        elif page.events:
            self._consumer.consume(connection, page.events)

    def try_parked(self, most: int, stop: threading.Event) -> bool:
        """Try due events one by one, at most so many. Returns whether any was due."""
        for number in range(most):
            begun = None if stop.is_set() else self.transactions.run(self._begin_parked)
            if begun is None:
                return number > 0
            if begun.is_dead:
                self._log(begun, KILLED, is_dead=True)
            else:
                self._try(begun)
        return True

    def _begin_parked(self, connection: TenantConnection) -> Parked | None:
        connection.tell(NOT_DURABLE)
        lock, parameters = locking_free_cursor(connection.tenant_id, self._consumer.name)
        if not connection.ask(lock, *parameters):
            return None
        return parked.begin_due(connection, self._consumer.name, self._policy)

    def _try(self, begun: Parked) -> None:
        try:
            self.transactions.run(lambda connection: self._consume_alone(connection, begun))
        except Exception as error:  # noqa: BLE001 - a consumer may fail in any way, and must not take others with it
            reason, pause_s = self._cause_of(error, starts=begun.starts)

            def postpone(connection: TenantConnection) -> bool:
                lock, parameters = locking_cursor(connection.tenant_id, begun.consumer)
                connection.ask(lock, *parameters)
                return parked.postpone(
                    connection, begun, reason=reason, pause_s=pause_s, tries_max=self._policy.tries_max
                )

            self._log(begun, reason, is_dead=self.transactions.run(postpone))

    def _consume_alone(self, connection: TenantConnection, begun: Parked) -> None:
        lock, parameters = locking_cursor(connection.tenant_id, begun.consumer)
        connection.ask(lock, *parameters)
        if not parked.take_out(connection, begun):
            return
        event = find_event(connection, begun.event_id, begun.account_id, begun.sequence)
        if event is None:
            raise RetryLater(self._policy.backoff_s(begun.starts), MALFORMED)
        if event.action in self._consumer.actions:
            self._consumer.consume(connection, [event])
        parked.note_due(connection, begun.consumer)

    def _cause_of(self, error: Exception, *, starts: int) -> tuple[str, float]:
        """The cause without personal data, and the pause in seconds before the next try."""
        if isinstance(error, RetryLater):
            return error.reason, min(error.after_s, self._policy.backoff_max_s)
        return type(error).__name__, self._policy.backoff_s(starts)

    def _log(self, begun: Parked, reason: str, *, is_dead: bool) -> None:
        _LOG.log(
            logging.ERROR if is_dead else logging.WARNING,
            LogMessage(
                "parked event is dead" if is_dead else "parked event failed",
                parked=str(begun.id),
                consumer=begun.consumer,
                event=str(begun.event_id),
                starts=begun.starts,
                reason=reason,
            ),
        )


def _place_of(event: ConsumedEvent) -> ParkedPlace:
    return ParkedPlace(event.id, event.account_id, event.sequence)
