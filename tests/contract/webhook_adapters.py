"""A tenant without endpoints, on each adapter of the ports of webhooks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from bankcore.events.stamps import Event
from bankcore.identifiers import EventId
from bankcore.origin import Origin
from bankcore.testing import FrozenClock, in_memory_bank
from bankcore.testing.webhooks import in_memory_webhooks
from bankcore.webhooks.answers import WebhookAnswer
from bankcore.webhooks.deliveries import DueWebhook, WebhookAnswered, WebhookDelivery
from bankcore.webhooks.endpoints import EVENTS_MAX, WebhookEndpoint, WebhookEndpointId
from bankcore.webhooks.messages import WebhookMessage, message_of
from bankcore.webhooks.ports import WebhookQueries, WebhookUnits
from bankcore.webhooks.service import WantedEndpoint, Webhooks
from bankcore.webhooks.settle import settle_answers
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.encryption.local_keys import LocalKeys
from bankcore_infra.encryption.secret_store import SecretStore
from bankcore_infra.webhooks.unit import SqlWebhookQueries, SqlWebhookUnits
from tests.worlds.sql_bank import SqlBank

ADMIN: Final = Origin(actor_type="user", actor_id="admin", key_scope="admin")
SENDER: Final = Origin(actor_type="system", actor_id="webhook_sender")
NOWHERE: Final = WebhookEndpointId(UUID("019c1406-3400-7000-8000-000000000bad"))
URL: Final = "https://hooks.example.com/bank"
WRONG: Final = (
    (WantedEndpoint(events=["*"]), "/url"),
    (WantedEndpoint(url="https://127.0.0.1/", events=["*"]), "/url"),
    (WantedEndpoint(url=URL), "/events"),
    (WantedEndpoint(url=URL, events=["*"] * (EVENTS_MAX + 1)), "/events"),
    (WantedEndpoint(url=URL, events=["transaction"]), "/events"),
    (WantedEndpoint(url=URL, events=["*"], description="a\nb"), "/description"),
    (WantedEndpoint(url=URL, events=["*"], description="a" * 201), "/description"),
)
LEASE: Final = timedelta(minutes=1)
_AGE: Final = """
    WITH endpoints AS (UPDATE bankcore.webhook_endpoints SET created_at = created_at - %(by)s,
        failing_since = failing_since - %(by)s, previous_secret_until = previous_secret_until - %(by)s)
    UPDATE bankcore.webhook_deliveries SET next_at = next_at - %(by)s
"""


def find_problem(url: str) -> str | None:
    """Nothing but the one server is known."""
    return None if url.startswith("https://hooks.example.com/") else "name_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAdapter:
    """A tenant on one adapter."""

    service: Webhooks
    queries: WebhookQueries
    units: WebhookUnits
    let_time_pass: Callable[[timedelta], None]
    actions: Callable[[], Sequence[str]]
    """What the audit log has of webhooks, in order; refusals with a mark."""
    new_id: Callable[[], UUID]

    def create(self, *events: str, is_enabled: bool | None = None) -> WebhookEndpoint:
        """An endpoint that is told of these events, or of all."""
        wanted = WantedEndpoint(url=URL, events=events or ("*",), is_enabled=is_enabled)
        return self.service.create(wanted, origin=ADMIN).value.endpoint

    def message(self, event_type: str = "transaction.posted") -> WebhookMessage:
        """A message of a new event, which happens now."""
        at = self.units.run(lambda unit: unit.opened_at)
        return message_of(EventId(self.new_id()), event_type, at, subject=("transaction", self.new_id()))

    def owe(self, *messages: WebhookMessage) -> None:
        """Owe them to whoever wants them."""
        self.units.run(lambda unit: unit.owe(messages))

    def take(self, *, places: int = 10, most: int = 100) -> list[DueWebhook]:
        """What is due, by event."""
        due = self.units.run(lambda unit: unit.take_due({}, otherwise=places, most=most, lease=LEASE))
        return sorted(due, key=lambda each: (each.event_id, each.endpoint.id))

    def settle(self, due: DueWebhook, status: int | None) -> Sequence[WebhookEndpoint]:
        """The endpoint answers so, or not at all. Returns what was disabled for it."""
        at = self.units.run(lambda unit: unit.opened_at)
        problem = "timed_out" if status is None else None
        answered = WebhookAnswered(due=due, at=at, took_ms=7, http_status=status, problem=problem)
        return self.units.run(lambda unit: settle_answers(unit, [answered], lambda: 0, SENDER))

    def send(self, status: int | None) -> None:
        """Everything that is due is answered so."""
        for due in self.take():
            self.settle(due, status)

    def deliveries(self, endpoint: WebhookEndpoint) -> Sequence[WebhookDelivery]:
        """All of that endpoint, the latest event first."""
        return self.queries.list_deliveries(endpoint.id, limit=100)

    def now(self, endpoint: WebhookEndpoint) -> WebhookEndpoint:
        """How the endpoint is now."""
        return self.queries.get_endpoint(endpoint.id)

    def secrets(self, answer: WebhookAnswer) -> bytes | None:
        """What is kept of the secrets of that endpoint."""
        return self.units.run(lambda unit: unit.find_secrets(answer.endpoint.id))


def in_memory_webhook_adapter(clock: FrozenClock) -> WebhookAdapter:
    """On the adapters that are shipped to users for their tests."""
    bank = in_memory_bank(clock=clock)
    made = in_memory_webhooks(bank, find_problem)

    def let_time_pass(duration: timedelta) -> None:
        bank.clock.advance(duration)

    return WebhookAdapter(
        service=made.service,
        queries=made.queries,
        units=made.units,
        let_time_pass=let_time_pass,
        actions=lambda: [_name_of(event) for event in bank.events],
        new_id=bank.ids.new_id,
    )


def postgresql_webhook_adapter(bank: SqlBank, keys: Path) -> WebhookAdapter:
    """On the adapters that send for real."""
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    units = SqlWebhookUnits(transactions, bank.unit, SecretStore(LocalKeys(keys)))

    def let_time_pass(duration: timedelta) -> None:
        with bank.scratch.connection() as connection:
            connection.execute(_AGE, {"by": duration})

    def actions() -> Sequence[str]:
        rows = bank.scratch.rows(
            "SELECT action, outcome FROM bankcore.audit_log WHERE tenant_id = %s ORDER BY xid, id", bank.tenant_id
        )
        return [f"{action}{'' if outcome == 'success' else '!'}" for action, outcome in rows]

    return WebhookAdapter(
        service=Webhooks(units=units, find_problem=find_problem, new_secret=lambda: bank.ids.new_id().bytes * 2),
        queries=SqlWebhookQueries(transactions),
        units=units,
        let_time_pass=let_time_pass,
        actions=actions,
        new_id=bank.ids.new_id,
    )


def _name_of(event: Event) -> str:
    return f"{event.action.name}{'!' if hasattr(event, 'reason') else ''}"  # type: ignore[attr-defined] # each has one
