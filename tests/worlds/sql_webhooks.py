"""A tenant whose webhooks go to a receiver on this machine."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from bankcore.identifiers import EventId
from bankcore.webhooks.deliveries import WebhookAnswered, WebhookStatus
from bankcore.webhooks.endpoints import WebhookEndpoint
from bankcore.webhooks.messages import message_of
from bankcore.webhooks.service import WantedEndpoint, Webhooks
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.encryption.local_keys import LocalKeys
from bankcore_infra.webhooks.address_check import AddressCheck
from bankcore_infra.webhooks.processor import WebhookProcessor
from bankcore_infra.webhooks.sender import WebhookSender
from bankcore_infra.webhooks.sending import webhook_sender
from bankcore_infra.webhooks.unit import SqlWebhookQueries
from bankcore_infra.webhooks.wiring import webhook_units, webhooks_of
from tests.worlds.sql_bank import SqlBank
from tests.worlds.webhook_receiver import WebhookReceiver
from tests.worlds.workers import Workers

_END_PAUSES: Final = """
    UPDATE bankcore.webhook_deliveries AS delivery SET next_at = now()
    WHERE next_at > now() AND EXISTS (
        SELECT FROM bankcore.webhook_attempts AS ended
        WHERE ended.tenant_id = delivery.tenant_id AND ended.endpoint_id = delivery.endpoint_id
          AND ended.event_id = delivery.event_id AND ended.number = delivery.attempts)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookWorld:
    """A tenant whose events go to a receiver on this machine."""

    bank: SqlBank
    keys: Path
    receiver: WebhookReceiver

    @property
    def service(self) -> Webhooks:
        """What administers endpoints."""
        transactions = OwnTransactions(self.bank.database, self.bank.tenant_id)
        return webhooks_of(transactions, self.bank.unit, LocalKeys(self.keys), AddressCheck(local=True))

    @property
    def queries(self) -> SqlWebhookQueries:
        """Reads."""
        return SqlWebhookQueries(OwnTransactions(self.bank.database, self.bank.tenant_id))

    def create(self, path: str, *events: str) -> WebhookEndpoint:
        """An endpoint behind that path, told of these events, or of all."""
        created = self.service.create(WantedEndpoint(url=self.receiver.url(path), events=events or ("*",))).value
        self.receiver.secrets[path] = created.secret or ""
        return created.endpoint

    def sender(
        self, *, timeout_s: float = 5.0, watch: Callable[[Sequence[WebhookAnswered]], None] = lambda _answers: None
    ) -> WebhookSender:
        """A sender for one thread."""
        keys = LocalKeys(self.keys)
        return webhook_sender(self.bank.database, self.bank.unit, keys, local=True, timeout_s=timeout_s, watch=watch)

    def consume(self) -> None:
        """Owe what happened, as workers do."""
        Workers(self.bank, [WebhookProcessor()]).run()  # type: ignore[list-item] # it records elsewhere

    def owe(self, number: int) -> list[EventId]:
        """Owe that many new events to whoever wants them."""
        units = webhook_units(self.bank.database, self.bank.tenant_id, self.bank.unit, LocalKeys(self.keys))
        ids = [EventId(self.bank.ids.new_id()) for _ in range(number)]
        units.run(lambda unit: unit.owe([message_of(each, "hold.placed", unit.opened_at) for each in ids]))
        return ids

    def age(self, by: timedelta) -> None:
        """Let pauses and leases go by."""
        self.bank.scratch.execute("UPDATE bankcore.webhook_deliveries SET next_at = next_at - %s::interval", by)

    def let_all_arrive(self, paths: Sequence[str], events: int) -> None:
        """Let pauses go by until so many events have arrived behind each path. What is on its way keeps its lease."""
        before = -1
        while (arrived := self.count(paths)) < events * len(paths):
            if arrived == before:
                self.bank.scratch.execute(_END_PAUSES)
            before = arrived
            time.sleep(0.1)

    def count(self, paths: Sequence[str]) -> int:
        """How many events have arrived behind these paths."""
        return sum(self.receiver.events[path] for path in paths)

    def statuses(self, endpoint: WebhookEndpoint) -> list[WebhookStatus]:
        """Of each delivery, the latest event first."""
        return [each.status for each in self.queries.list_deliveries(endpoint.id, limit=100)]


@contextmanager
def running(sender: WebhookSender) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=sender.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def wait_until(is_so: Callable[[], bool], *, seconds: float = 30.0) -> None:
    """Look often, until it is so."""
    ends_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.02)
