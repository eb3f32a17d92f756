"""One suite for both adapters of the ports of webhooks: endpoints are kept, events owed, attempts settled."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore.errors import InvalidRequestError, InvalidStateError, NotFoundError
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.webhooks.deliveries import WebhookStatus
from bankcore.webhooks.endpoints import ENDPOINTS_MAX, DisabledBecause
from bankcore.webhooks.ports import WebhookUnit
from bankcore.webhooks.service import OVERLAP, WantedEndpoint
from bankcore.webhooks.signatures import secret_text, split_secrets
from tests.contract.webhook_adapters import ADMIN, NOWHERE, URL, WRONG, WebhookAdapter


def test_an_endpoint_is_created_once_and_its_secret_is_shown_once(webhooks: WebhookAdapter) -> None:
    wanted = WantedEndpoint(url=URL, events=["hold.placed", "*", "*"], description="Accounting")

    first = webhooks.service.create(wanted, origin=ADMIN, idempotency_key="1")
    again = webhooks.service.create(wanted, origin=ADMIN, idempotency_key="1")

    assert (first.value.endpoint.url, first.value.endpoint.events) == (URL, ("*", "hold.placed"))
    assert first.value.secret == secret_text(webhooks.secrets(first.value) or b"")
    assert (again.replayed, again.value.endpoint, again.value.secret) == (True, first.value.endpoint, None)
    assert list(webhooks.queries.list_endpoints(limit=10)) == [first.value.endpoint]
    assert webhooks.actions() == ["webhook_endpoint.created"]
    with pytest.raises(IdempotencyKeyReusedError):
        webhooks.service.create(WantedEndpoint(url=URL, events=["*"]), origin=ADMIN, idempotency_key="1")


def test_a_wrong_endpoint_is_refused(webhooks: WebhookAdapter) -> None:
    for wanted, pointer in WRONG:
        with pytest.raises(InvalidRequestError) as refused:
            webhooks.service.create(wanted, origin=ADMIN)
        assert refused.value.pointer == pointer

    assert webhooks.queries.list_endpoints(limit=10) == []


def test_a_tenant_has_a_bounded_number_of_endpoints(webhooks: WebhookAdapter) -> None:
    first = webhooks.create()

    def add_others(unit: WebhookUnit) -> None:
        for _ in range(ENDPOINTS_MAX - 1):
            unit.add_endpoint(replace(first, id=unit.new_endpoint_id()))

    webhooks.units.run(add_others)

    with pytest.raises(InvalidStateError):
        webhooks.create()

    latest = webhooks.queries.list_endpoints(limit=2)
    after = webhooks.queries.list_endpoints(before=latest[-1].id, limit=ENDPOINTS_MAX)
    assert len(after) == ENDPOINTS_MAX - 2
    assert webhooks.actions()[-1] == "webhook_endpoint.created!"


def test_of_an_endpoint_what_is_named_is_changed_and_the_rest_stays(webhooks: WebhookAdapter) -> None:
    endpoint = webhooks.create()

    webhooks.service.change(endpoint.id, WantedEndpoint(url=f"{URL}/2", description="Books"), origin=ADMIN)
    webhooks.service.change(endpoint.id, WantedEndpoint(events=["hold.placed"], is_enabled=False), origin=ADMIN)

    now = webhooks.now(endpoint)
    assert (now.url, now.description, now.events) == (f"{URL}/2", "Books", ("hold.placed",))
    assert now.disabled_because is DisabledBecause.BY_HAND
    with pytest.raises(InvalidRequestError):
        webhooks.service.change(endpoint.id, WantedEndpoint(url="http://example.com/"), origin=ADMIN)
    assert webhooks.service.change(endpoint.id, WantedEndpoint(is_enabled=True)).value.endpoint.is_enabled


def test_whoever_names_no_endpoint_of_the_tenant_is_told_so(webhooks: WebhookAdapter) -> None:
    service = webhooks.service
    at = webhooks.units.run(lambda unit: unit.opened_at)
    for ask in (
        lambda: service.change(NOWHERE, WantedEndpoint(description="x")),
        lambda: service.remove(NOWHERE),
        lambda: service.rotate(NOWHERE),
        lambda: service.send_test(NOWHERE),
        lambda: service.redeliver(NOWHERE, NOWHERE),
        lambda: service.recover(NOWHERE, at),
        lambda: webhooks.queries.get_endpoint(NOWHERE),
        lambda: webhooks.queries.list_deliveries(NOWHERE, limit=1),
        lambda: service.redeliver(webhooks.create().id, NOWHERE),
    ):
        with pytest.raises(NotFoundError):
            ask()


def test_an_event_is_owed_once_to_each_endpoint_that_wants_it(webhooks: WebhookAdapter) -> None:
    before = webhooks.message()
    webhooks.let_time_pass(timedelta(seconds=1))
    every, holds = webhooks.create("*"), webhooks.create("hold.placed")
    first, second = webhooks.message(), webhooks.message("hold.placed")

    webhooks.owe(before, first, second)
    webhooks.owe(first)

    due = webhooks.take()
    assert [(each.event_id, each.endpoint.id) for each in due] == [
        (first.event_id, every.id),
        (second.event_id, every.id),
        (second.event_id, holds.id),
    ]
    assert [each.body for each in due] == [first.body, second.body, second.body]
    body = json.loads(first.body)
    assert (body["type"], body["data"]["eventId"]) == ("transaction.posted", str(first.event_id))
    assert body["data"]["subject"]["kind"] == "transaction"


def test_an_endpoint_that_takes_nothing_for_five_days_is_disabled_and_another_chance_can_be_given(
    webhooks: WebhookAdapter,
) -> None:
    endpoint = webhooks.create()
    webhooks.owe(webhooks.message(), webhooks.message())
    first, second = webhooks.take()
    webhooks.settle(first, 500)
    assert webhooks.now(endpoint).failing_since is not None
    webhooks.let_time_pass(timedelta(days=4))
    webhooks.send(500)
    assert webhooks.now(endpoint).is_enabled
    webhooks.let_time_pass(timedelta(days=1))

    (due,) = [each for each in webhooks.take() if each.event_id == second.event_id]
    (disabled,) = webhooks.settle(due, 500)

    assert disabled.disabled_because is DisabledBecause.FAILING
    assert webhooks.settle(due, 500) == []
    assert webhooks.actions().count("webhook_endpoint.disabled") == 1
    webhooks.let_time_pass(timedelta(days=2))
    assert webhooks.take() == []
    webhooks.service.change(endpoint.id, WantedEndpoint(is_enabled=True))
    webhooks.send(200)
    assert {each.status for each in webhooks.deliveries(endpoint)} == {WebhookStatus.DELIVERED}


def test_an_endpoint_that_takes_something_is_not_failing_any_more(webhooks: WebhookAdapter) -> None:
    endpoint = webhooks.create()
    webhooks.owe(webhooks.message())
    webhooks.send(500)
    webhooks.let_time_pass(timedelta(days=6))

    webhooks.send(200)

    assert (webhooks.now(endpoint).failing_since, webhooks.now(endpoint).is_enabled) == (None, True)


def test_an_endpoint_that_is_gone_is_disabled_at_once_and_what_it_misses_can_be_recovered(
    webhooks: WebhookAdapter,
) -> None:
    endpoint = webhooks.create()
    webhooks.owe(webhooks.message())
    since = webhooks.units.run(lambda unit: unit.opened_at)
    webhooks.send(410)
    assert webhooks.now(endpoint).disabled_because is DisabledBecause.GONE

    missed = [webhooks.message() for _ in range(3)]
    webhooks.owe(*missed)
    webhooks.service.change(endpoint.id, WantedEndpoint(is_enabled=True))
    webhooks.send(200)
    assert [each.status for each in webhooks.deliveries(endpoint)][:3] == [WebhookStatus.SKIPPED] * 3

    recovered = webhooks.service.recover(endpoint.id, since, origin=ADMIN, idempotency_key="r")
    again = webhooks.service.recover(endpoint.id, since, origin=ADMIN, idempotency_key="r")
    assert (recovered.value.count, again.value.count, again.replayed) == (3, 3, True)
    assert [each.event_id for each in webhooks.take()] == [each.event_id for each in missed]


def test_one_event_is_sent_once_more_whatever_became_of_it(webhooks: WebhookAdapter) -> None:
    endpoint = webhooks.create()
    message = webhooks.message()
    webhooks.owe(message)
    webhooks.send(200)

    answer = webhooks.service.redeliver(endpoint.id, message.event_id, origin=ADMIN, idempotency_key="1")

    (due,) = webhooks.take()
    assert (due.attempt, due.tries, due.event_id, answer.value.event_id) == (2, 1, message.event_id, message.event_id)
    assert (
        webhooks.service.redeliver(endpoint.id, message.event_id, origin=ADMIN, idempotency_key="1").value.event_id
        == message.event_id
    )


def test_a_test_is_sent_to_one_endpoint_alone(webhooks: WebhookAdapter) -> None:
    endpoint, _other = webhooks.create("hold.placed"), webhooks.create()

    answer = webhooks.service.send_test(endpoint.id, origin=ADMIN)

    (due,) = webhooks.take()
    assert (due.endpoint.id, due.event_id) == (endpoint.id, answer.value.event_id)
    assert json.loads(due.body)["type"] == "webhook.test"


def test_after_a_rotation_both_secrets_are_kept_and_a_second_one_ends_the_first(webhooks: WebhookAdapter) -> None:
    created = webhooks.service.create(WantedEndpoint(url=URL, events=["*"]), origin=ADMIN).value

    rotated = webhooks.service.rotate(created.endpoint.id, origin=ADMIN, idempotency_key="1").value
    kept = split_secrets(webhooks.secrets(created) or b"")
    assert [secret_text(secret) for secret in kept] == [rotated.secret, created.secret]
    until = rotated.endpoint.previous_secret_until
    assert until is not None
    assert until - created.endpoint.created_at >= OVERLAP
    assert webhooks.service.rotate(created.endpoint.id, origin=ADMIN, idempotency_key="1").value.secret is None

    third = webhooks.service.rotate(created.endpoint.id, origin=ADMIN).value
    kept = split_secrets(webhooks.secrets(created) or b"")
    assert [secret_text(secret) for secret in kept] == [third.secret, rotated.secret]


def test_a_removed_endpoint_takes_what_is_owed_to_it_along(webhooks: WebhookAdapter) -> None:
    endpoint = webhooks.service.create(WantedEndpoint(url=URL, events=["*"]), origin=ADMIN).value
    other = webhooks.create()
    webhooks.owe(webhooks.message())
    due = [each for each in webhooks.take() if each.endpoint.id == endpoint.endpoint.id]

    webhooks.service.remove(endpoint.endpoint.id, origin=ADMIN)
    webhooks.settle(due[0], 500)

    assert webhooks.secrets(endpoint) is None
    assert [each.id for each in webhooks.queries.list_endpoints(limit=10)] == [other.id]
    assert webhooks.actions()[-1] == "webhook_endpoint.removed"


def test_a_page_of_deliveries_goes_on_before_an_event(webhooks: WebhookAdapter) -> None:
    endpoint = webhooks.create()
    messages = [webhooks.message() for _ in range(3)]
    webhooks.owe(*messages)

    page = webhooks.queries.list_deliveries(endpoint.id, limit=2)
    rest = webhooks.queries.list_deliveries(endpoint.id, before=page[-1].event_id, limit=2)

    assert [each.event_id for each in [*page, *rest]] == [each.event_id for each in reversed(messages)]
