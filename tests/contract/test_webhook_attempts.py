"""What is due is taken by one, tried for three days, and settled once, on both adapters of the ports of webhooks."""

from datetime import timedelta

from bankcore.webhooks.deliveries import PAUSES, WebhookStatus
from tests.contract.webhook_adapters import LEASE, WebhookAdapter


def test_what_is_taken_is_taken_by_one_until_the_lease_ends(webhooks: WebhookAdapter) -> None:
    endpoint = webhooks.create()
    webhooks.owe(*[webhooks.message() for _ in range(3)])

    assert len(webhooks.take(places=2)) == 2
    assert webhooks.units.run(lambda unit: unit.take_due({endpoint.id: 0}, otherwise=5, most=10, lease=LEASE)) == []
    assert len(webhooks.take()) == 1
    assert webhooks.take() == []

    webhooks.let_time_pass(LEASE)
    again = webhooks.take()
    assert [(each.attempt, each.tries) for each in again] == [(2, 2)] * 3


def test_no_more_is_taken_than_wanted_of_all_endpoints_together(webhooks: WebhookAdapter) -> None:
    for _ in range(3):
        webhooks.create()
    webhooks.owe(webhooks.message(), webhooks.message())

    assert [len(webhooks.take(most=most)) for most in (0, 4, 4, 4)] == [0, 4, 2, 0]


def test_what_was_taken_is_not_owed_any_more(webhooks: WebhookAdapter) -> None:
    endpoint = webhooks.create()
    webhooks.owe(webhooks.message())
    (due,) = webhooks.take()

    webhooks.settle(due, 204)
    webhooks.settle(due, 500)

    (delivery,) = webhooks.deliveries(endpoint)
    assert (delivery.status, delivery.attempts, delivery.next_at) == (WebhookStatus.DELIVERED, 1, None)
    assert [(each.number, each.http_status, each.problem, each.took_ms) for each in delivery.log] == [(1, 204, None, 7)]
    webhooks.let_time_pass(timedelta(days=4))
    assert webhooks.take() == []


def test_an_attempt_that_ended_after_its_lease_does_not_count(webhooks: WebhookAdapter) -> None:
    endpoint = webhooks.create()
    webhooks.owe(webhooks.message())
    (late,) = webhooks.take()
    webhooks.let_time_pass(LEASE)
    (second,) = webhooks.take()

    webhooks.settle(late, 500)
    webhooks.settle(second, 200)

    (delivery,) = webhooks.deliveries(endpoint)
    assert (delivery.status, [each.number for each in delivery.log]) == (WebhookStatus.DELIVERED, [2])


def test_what_is_not_taken_is_tried_for_three_days_and_then_given_up(webhooks: WebhookAdapter) -> None:
    endpoint = webhooks.create()
    webhooks.owe(webhooks.message())

    for pause in PAUSES:
        webhooks.send(503)
        assert webhooks.take() == []
        webhooks.let_time_pass(pause)
    webhooks.send(None)

    (delivery,) = webhooks.deliveries(endpoint)
    assert (delivery.status, delivery.attempts, delivery.next_at) == (WebhookStatus.FAILED, 10, None)
    assert (delivery.log[0].http_status, delivery.log[0].problem) == (None, "timed_out")
    assert webhooks.queries.list_deliveries(endpoint.id, status=WebhookStatus.PENDING, limit=10) == []
    assert webhooks.now(endpoint).is_enabled


def test_of_many_failures_that_were_under_way_together_the_first_counts(webhooks: WebhookAdapter) -> None:
    endpoint = webhooks.create()
    webhooks.owe(webhooks.message(), webhooks.message(), webhooks.message())
    first, *others = webhooks.take()
    webhooks.settle(first, 500)
    failing = webhooks.now(endpoint)

    for due in others:
        assert webhooks.settle(due, 500) == []

    assert failing.failing_since is not None
    assert webhooks.now(endpoint) == failing
