"""Events of a real database are owed to endpoints, sent with signatures, and each arrives however often we die."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from standardwebhooks import Webhook

from bankcore.errors import BankcoreError, UnavailableError
from bankcore.webhooks.deliveries import WebhookAnswered, WebhookStatus
from bankcore_infra.outgoing_http import OutgoingClient
from bankcore_infra.webhooks.pruning import prune_webhooks
from tests.worlds.sql_bank import SqlBank
from tests.worlds.sql_webhooks import HookWorld, running, wait_until
from tests.worlds.values import npr
from tests.worlds.webhook_receiver import webhook_receiver

EVENTS: Final = int(os.environ.get("WEBHOOK_EVENTS", "100"))
ENDPOINTS: Final = int(os.environ.get("WEBHOOK_ENDPOINTS", "9"))
CHUNK: Final = 50
SLOWEST_S: Final = 5.0
TIMEOUT_S: Final = float(os.environ.get("WEBHOOK_TIMEOUT", "1"))
SEND: Final = """
import sys
from pathlib import Path
from threading import Event
from bankcore.idempotency.keys import KEY_LIFETIME
from bankcore_infra.db.engine import Database
from bankcore_infra.encryption.local_keys import LocalKeys
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.signals import LedgerSignals
from bankcore_infra.units import UnitParts
from bankcore_infra.webhooks.sending import webhook_sender
parts = UnitParts(signals=LedgerSignals(), ids=RandomIdentifiers(), key_lifetime=KEY_LIFETIME)
webhook_sender(Database(sys.argv[1]), parts, LocalKeys(Path(sys.argv[2])), local=True).run(Event())
"""


@pytest.fixture
def hooks(bank: SqlBank, tmp_path: Path) -> Iterator[HookWorld]:
    """A tenant without endpoints, and a receiver."""
    with webhook_receiver() as receiver:
        yield HookWorld(bank=bank, keys=tmp_path, receiver=receiver)


def test_what_the_feed_shows_to_staff_is_sent_once_to_whoever_wants_it(hooks: HookWorld) -> None:
    every, deposits = hooks.create("/every"), hooks.create("/posted", "transaction.posted")
    account = hooks.bank.open_account(balance="10.00")
    hooks.bank.open_account("bob")
    hooks.bank.ledger.transfer(account.id, hooks.bank.open_account("carol").id, npr("1.00"))

    hooks.consume()
    hooks.sender().send_due()
    hooks.consume()
    hooks.sender().send_due()

    assert hooks.receiver.unsigned == 0
    assert set(hooks.receiver.received.values()) == {1}
    types = [delivery.type for delivery in hooks.queries.list_deliveries(every.id, limit=100)]
    assert types.count("transaction.posted") == 2
    assert {"account.opened", "webhook_endpoint.created"} <= set(types)
    assert hooks.statuses(deposits) == [WebhookStatus.DELIVERED] * 2
    (_path, headers, body) = hooks.receiver.requests[-1]
    assert (headers["content-type"], headers["user-agent"]) == ("application/json", "bankcore-webhooks")
    assert b"10.00" not in body


def test_after_a_rotation_receivers_with_either_secret_understand(hooks: HookWorld) -> None:
    endpoint = hooks.create("/a")
    before = hooks.receiver.secrets["/a"]
    after = hooks.service.rotate(endpoint.id).value.secret or ""
    hooks.owe(1)

    hooks.sender().send_due()

    (_path, headers, body) = hooks.receiver.requests[0]
    for secret in (before, after):
        Webhook(secret).verify(body, dict(headers))
    hooks.bank.scratch.execute("UPDATE bankcore.webhook_endpoints SET previous_secret_until = now()")
    hooks.owe(1)
    hooks.receiver.secrets["/a"] = after
    hooks.sender().send_due()
    assert len(hooks.receiver.requests[1][1]["webhook-signature"].split()) == 1
    assert hooks.receiver.unsigned == 0


def test_a_silent_endpoint_is_given_up_in_time_and_one_that_is_gone_is_disabled(hooks: HookWorld) -> None:
    silent, gone = hooks.create("/silent"), hooks.create("/gone")
    hooks.receiver.behaviour |= {"/silent": 0, "/gone": 410}
    hooks.owe(1)

    hooks.sender(timeout_s=0.2).send_due()

    (delivery,) = hooks.queries.list_deliveries(silent.id, limit=10)
    assert [attempt.problem for attempt in delivery.log] == ["timed_out"]
    assert hooks.queries.get_endpoint(gone.id).disabled_because == "gone"


def test_whoever_watches_is_told_of_each_attempt_once_it_is_recorded(hooks: HookWorld) -> None:
    hooks.create("/a")
    failing = hooks.create("/failing")
    hooks.receiver.behaviour["/failing"] = 500
    hooks.owe(2)
    told: list[tuple[bool, int]] = []

    def watch(answers: Sequence[WebhookAnswered]) -> None:
        recorded = sum(len(each.log) for each in hooks.queries.list_deliveries(failing.id, limit=10))
        told.extend((answer.is_delivered, recorded) for answer in answers)

    hooks.sender(watch=watch).send_due()

    assert sorted(is_delivered for is_delivered, _recorded in told) == [False, False, True, True]
    assert all(recorded for is_delivered, recorded in told if not is_delivered)


def test_an_endpoint_whose_secret_cannot_be_read_keeps_no_other_waiting(hooks: HookWorld) -> None:
    broken, whole = hooks.create("/broken"), hooks.create("/whole")
    hooks.bank.scratch.execute(
        "UPDATE bankcore.encrypted_secrets SET content = %s WHERE owner_id = %s", b"x", broken.id
    )
    hooks.owe(1)

    hooks.sender().send_due()

    assert hooks.statuses(whole) == [WebhookStatus.DELIVERED]
    (delivery,) = hooks.queries.list_deliveries(broken.id, limit=10)
    assert [attempt.problem for attempt in delivery.log] == ["no_secret"]


def test_a_defect_in_an_attempt_takes_no_place_from_later_ones(
    hooks: HookWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_arguments: object, **_options: object) -> int:
        raise RuntimeError

    endpoint, sender = hooks.create("/a"), hooks.sender()
    hooks.owe(8)
    with monkeypatch.context() as patched:
        patched.setattr(OutgoingClient, "post", fail)
        sender.send_due()

    hooks.age(timedelta(days=1))
    sender.send_due()

    assert hooks.statuses(endpoint) == [WebhookStatus.DELIVERED] * 8
    (attempts, *_others) = [delivery.log for delivery in hooks.queries.list_deliveries(endpoint.id, limit=100)]
    assert [attempt.problem for attempt in attempts] == [None, "failed"]


def test_a_database_that_is_away_for_a_while_loses_nothing(hooks: HookWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = hooks.create("/a")
    hooks.owe(1)
    monkeypatch.setattr("bankcore_infra.webhooks.sender._TROUBLE_PAUSE_S", 0.01)
    failures: list[Exception] = [UnavailableError(), RuntimeError("odd"), UnavailableError()]
    sender = hooks.sender()
    take = sender._take  # noqa: SLF001 - where the database is asked

    def failing_take(*arguments: object) -> object:
        if failures:
            raise failures.pop()
        return take(*arguments)  # type: ignore[arg-type] # passed on

    monkeypatch.setattr(sender, "_take", failing_take)
    with running(sender):
        wait_until(lambda: hooks.statuses(endpoint) == [WebhookStatus.DELIVERED])

    failures.append(UnavailableError())
    with pytest.raises(BankcoreError):
        sender.send_due()
    failures.append(RuntimeError("odd"))
    with pytest.raises(RuntimeError):
        sender.send_due()


def test_what_came_of_an_attempt_is_recorded_once_the_database_is_back(
    hooks: HookWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = hooks.create("/a")
    hooks.owe(1)
    failures = [UnavailableError()]
    settle = sys.modules["bankcore_infra.webhooks.sender"].settle_answers

    def failing_settle(*arguments: object) -> object:
        if failures:
            raise failures.pop()
        return settle(*arguments)

    monkeypatch.setattr("bankcore_infra.webhooks.sender._TROUBLE_PAUSE_S", 0.01)
    monkeypatch.setattr("bankcore_infra.webhooks.sender.settle_answers", failing_settle)
    with running(hooks.sender()):
        wait_until(lambda: hooks.statuses(endpoint) == [WebhookStatus.DELIVERED])

    assert set(hooks.receiver.received.values()) == {1}


@pytest.mark.timeout(120 + EVENTS * ENDPOINTS // 100)
def test_of_many_events_each_arrives_and_the_healthy_wait_for_no_other(hooks: HookWorld) -> None:
    paths = [f"/{number}" for number in range(ENDPOINTS)]
    endpoints = [hooks.create(path) for path in paths]
    silent, failing, slow = (paths[start : ENDPOINTS // 3 : 3] for start in range(3))
    healthy = paths[ENDPOINTS // 3 :]
    hooks.receiver.behaviour |= dict.fromkeys(silent, 0) | dict.fromkeys(failing, 500)
    hooks.receiver.slowness |= dict.fromkeys(slow, 0.5 * TIMEOUT_S)
    owed: dict[str, float] = {}

    started = time.monotonic()
    with running(hooks.sender(timeout_s=TIMEOUT_S)):
        for start in range(0, EVENTS, CHUNK):
            ids = hooks.owe(min(CHUNK, EVENTS - start))
            owed |= dict.fromkeys(map(str, ids), time.monotonic())
            wait_until(lambda: hooks.count(healthy) == len(owed) * len(healthy))  # noqa: B023 - asked at once
        waits = sorted(
            at - owed[event] for (path, event), at in list(hooks.receiver.arrivals.items()) if path in healthy
        )
        sent_s = time.monotonic() - started
        hooks.receiver.behaviour.clear()
        hooks.receiver.slowness.clear()
        hooks.let_all_arrive(paths, EVENTS)
    told = (len(waits), sent_s, waits[len(waits) // 2], waits[int(len(waits) * 0.99)], time.monotonic() - started)
    logging.getLogger(__name__).info("%d to the healthy in %.1f s, p50 %.3f s, p99 %.3f s; all in %.1f s", *told)

    assert waits[int(len(waits) * 0.99)] < SLOWEST_S
    assert {count for (path, _), count in list(hooks.receiver.received.items()) if path in healthy} == {1}
    assert hooks.receiver.unsigned == 0
    assert {hooks.queries.get_endpoint(endpoint.id).is_enabled for endpoint in endpoints} == {True}


def test_a_sender_that_is_killed_loses_nothing(hooks: HookWorld) -> None:
    endpoint = hooks.create("/a")
    events = 150
    hooks.owe(events)
    command = [sys.executable, "-c", SEND, hooks.bank.scratch.url(), str(hooks.keys)]
    killed = subprocess.Popen(command)
    wait_until(lambda: len(hooks.receiver.received) >= 20)
    killed.send_signal(signal.SIGKILL)
    killed.wait()

    hooks.age(timedelta(minutes=1))
    hooks.sender().send_due()

    assert len(hooks.receiver.received) == events
    assert set(hooks.statuses(endpoint)) == {WebhookStatus.DELIVERED}


def test_nothing_is_sent_for_a_suspended_tenant_until_it_is_resumed(hooks: HookWorld) -> None:
    endpoint = hooks.create("/a")
    hooks.owe(1)
    hooks.bank.scratch.execute("UPDATE bankcore.tenants SET status = 'suspended'")
    hooks.sender().send_due()
    before = hooks.statuses(endpoint)

    hooks.bank.scratch.execute("UPDATE bankcore.tenants SET status = 'active'")
    hooks.sender().send_due()

    assert (before, hooks.statuses(endpoint)) == ([WebhookStatus.PENDING], [WebhookStatus.DELIVERED])


def test_what_is_old_and_owed_to_nobody_is_forgotten(hooks: HookWorld) -> None:
    endpoint = hooks.create("/a")
    hooks.owe(3)
    hooks.sender().send_due()
    hooks.bank.scratch.execute(
        "ALTER TABLE bankcore.webhook_messages DISABLE TRIGGER USER;"
        " UPDATE bankcore.webhook_messages SET occurred_at = occurred_at - interval '31 days';"
        " ALTER TABLE bankcore.webhook_messages ENABLE TRIGGER USER"
    )
    (oldest, *_rest) = [each.event_id for each in hooks.queries.list_deliveries(endpoint.id, limit=10)]
    hooks.service.redeliver(endpoint.id, oldest)
    kept_alive: list[None] = []

    assert prune_webhooks(hooks.bank.database, hooks.bank.tenant_id, lambda: kept_alive.append(None), batch=1) == 2

    assert len(kept_alive) == 2
    assert hooks.statuses(endpoint) == [WebhookStatus.PENDING]
    assert hooks.bank.scratch.scalar("SELECT count(*) FROM bankcore.webhook_attempts") == 1
