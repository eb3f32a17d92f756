"""WebhookProcessor: owes events to endpoints, in the transaction that consumes them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from typing_extensions import override

from bankcore.actions import Audience
from bankcore.identifiers import EventId
from bankcore.webhooks.messages import WebhookMessage, message_of
from bankcore_infra.audit.recording.record_bodies import audience_of, subject_id_of
from bankcore_infra.consumers import ConsumedEvent, Consumer
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.webhooks.deliveries import owe

_SUCCESS: Final = "success"


class EveryAction(frozenset[str]):
    """Holds the name of every action, also of one that a later capability adds, and lists none."""

    __slots__ = ()

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)


class WebhookProcessor(Consumer):
    """Owes what the event feed shows to staff. The sender sends it, so that no transaction waits for a server.

    An event that comes twice, or once for each of its accounts, is owed once.
    """

    name = "webhooks"
    actions: frozenset[str] = EveryAction()

    @override
    def consume(self, connection: TenantConnection, events: Sequence[ConsumedEvent]) -> None:
        messages = {event.id: _message_of(event) for event in events if _is_shown(event)}
        if messages:
            owe(connection, [messages[event_id] for event_id in sorted(messages)])


def _is_shown(event: ConsumedEvent) -> bool:
    is_change = event.body.get("outcome", _SUCCESS) == _SUCCESS
    return is_change and audience_of(event.body) is not Audience.NOBODY


def _message_of(event: ConsumedEvent) -> WebhookMessage:
    subject_id = subject_id_of(event.body)
    named = [UUID(text) for text in event.body.get("accounts", ())]
    changed = [effect.account_id for effect in event.effects]
    return message_of(
        EventId(event.id),
        event.action,
        event.occurred_at,
        subject=None if subject_id is None else (event.body["subject"]["kind"], subject_id),
        account_ids=sorted({*changed, *named}),
    )
