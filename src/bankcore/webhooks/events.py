"""What happened to endpoints, in the past tense."""

from collections.abc import Mapping
from dataclasses import dataclass

from bankcore.actions import Action
from bankcore.events.stamps import Stamp
from bankcore.webhooks.endpoints import WebhookEndpoint


@dataclass(frozen=True, slots=True)
class WebhookEndpointChanged:
    """The endpoint was created, changed, disabled, tested or removed, as the action says; with facts of the action."""

    stamp: Stamp
    action: Action
    endpoint: WebhookEndpoint
    facts: Mapping[str, str | int]
