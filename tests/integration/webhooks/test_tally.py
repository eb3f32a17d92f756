"""What came of webhooks is counted for all senders together, and nobody waits for a Valkey that is away."""

import time
from collections.abc import Iterator
from typing import Final
from uuid import UUID

import pytest

from bankcore.identifiers import EventId
from bankcore.testing.clock import START
from bankcore.webhooks.deliveries import DueWebhook, WebhookAnswered
from bankcore.webhooks.endpoints import WebhookEndpoint, WebhookEndpointId
from bankcore_infra.webhooks.tally import WebhookTally
from tests.worlds.valkey import ValkeyProcess, valkey_process

pytestmark = pytest.mark.valkey
ENDPOINT: Final = WebhookEndpoint(
    id=WebhookEndpointId(UUID(int=1)), url="https://a.example.com/", events=("*",), description="", created_at=START
)
DUE: Final = DueWebhook(endpoint=ENDPOINT, event_id=EventId(UUID(int=2)), body=b"{}", attempt=1, tries=1)


@pytest.fixture
def valkey() -> Iterator[ValkeyProcess]:
    with valkey_process() as running:
        yield running


def answers(*statuses: int | None) -> list[WebhookAnswered]:
    return [WebhookAnswered(due=DUE, at=START, took_ms=1, http_status=status) for status in statuses]


def test_what_came_of_attempts_is_counted_for_all_senders_together(valkey: ValkeyProcess) -> None:
    assert WebhookTally(valkey.url).read() == {"delivered": 0, "refused": 0, "unanswered": 0}

    WebhookTally(valkey.url).add(answers(200, 204, 302, 410, None))
    WebhookTally(valkey.url).add(answers(200, 500))

    assert WebhookTally(valkey.url).read() == {"delivered": 3, "refused": 3, "unanswered": 1}


def test_nobody_waits_for_a_valkey_that_is_away_and_none_is_needed(valkey: ValkeyProcess) -> None:
    now_s = [0.0]
    tally = WebhookTally(valkey.url, monotonic_s=lambda: now_s[0])
    valkey.kill()
    began = time.monotonic()

    for _ in range(100):
        tally.add(answers(200))
    assert (tally.read(), time.monotonic() - began < 5) == ({}, True)
    valkey.start()
    now_s[0] = 5.0
    tally.add(answers(200))

    assert tally.read()["delivered"] == 1
    without = WebhookTally(None)
    without.add(answers(200))
    assert without.read() == {}
