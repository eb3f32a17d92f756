"""What users were told is forgotten when it is long ago, and nothing before that."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bankcore_infra.db.engine import Database
from bankcore_infra.notifications.processor import NotificationProcessor
from bankcore_infra.notifications.pruning import prune_notifications
from tests.worlds.mail import Mailbox
from tests.worlds.sql_bank import APP, sql_bank
from tests.worlds.sql_notifications import NotificationWorld

KEPT = timedelta(days=90)
_AGE = """
    UPDATE bankcore.notifications SET created_at = created_at - %s::interval, ended_at = ended_at - %s::interval,
        id = (lpad(to_hex(floor(extract(epoch FROM now() - %s::interval) * 1000)::bigint), 12, '0')
              || right(replace(id::text, '-', ''), 20))::uuid
"""


def age(world: NotificationWorld, duration: timedelta) -> None:
    """Let all that was recorded be of so long ago."""
    world.bank.scratch.execute(_AGE, duration, duration, duration)


def prune(world: NotificationWorld, *, batch: int = 5_000, older_than: timedelta = KEPT) -> int:
    return prune_notifications(world.bank.database, world.bank.tenant_id, older_than=older_than, batch=batch)


@pytest.fixture
def told(world: NotificationWorld, mailbox: Mailbox) -> NotificationWorld:
    """Two users: what they were told is sent, dead, skipped, and waits for another attempt."""
    mailbox.at_rcpt = lambda address: "550 5.1.1 unknown" if address.startswith("ram") else None
    world.register("sita")
    world.register("ram")
    world.consume("user.registered")
    world.sender(mailbox.route()).send_due()
    mailbox.at_rcpt = lambda _address: "450 4.2.1 busy"
    world.deposit(world.register("gita"), "10.00")
    world.consume("transaction.posted")
    world.sender(mailbox.route()).send_due()
    replace(world, processor=NotificationProcessor(world.bank.unit, configured=frozenset())).consume("account.opened")
    return world


def statuses(world: NotificationWorld) -> set[object]:
    return {status for _template, status, _attempt, _error in world.rows()}


def test_what_ended_long_ago_goes_and_what_is_still_to_be_sent_stays(told: NotificationWorld) -> None:
    before = statuses(told)
    age(told, KEPT + timedelta(minutes=1))

    deleted = prune(told)

    assert before == {"sent", "dead", "failed", "skipped"}
    assert deleted == 5
    assert told.bank.removals() == [("notifications.removed", "notification_pruning", 5)]
    assert statuses(told) == {"failed"}


def test_nothing_that_is_younger_goes(told: NotificationWorld) -> None:
    count = len(told.rows())
    age(told, KEPT - timedelta(minutes=1))

    assert prune(told) == 0
    assert len(told.rows()) == count


def test_what_was_given_up_a_moment_ago_stays_however_old_it_is(told: NotificationWorld) -> None:
    age(told, KEPT + timedelta(days=1))
    told.bank.scratch.execute("UPDATE bankcore.notifications SET ended_at = now() WHERE status = 'dead'")

    prune(told)

    assert statuses(told) == {"failed", "dead"}


def test_portions_go_on_behind_what_stays(told: NotificationWorld) -> None:
    age(told, KEPT + timedelta(minutes=1))

    assert prune(told, batch=1) == 5
    assert prune(told, batch=1) == 0


def test_another_tenant_keeps_its_own(told: NotificationWorld) -> None:
    age(told, KEPT + timedelta(minutes=1))
    other = sql_bank(told.bank.scratch, told.bank.database, "other")

    assert prune_notifications(other.database, other.tenant_id, older_than=KEPT) == 0
    assert len(told.rows()) == 6


def test_the_database_lets_nothing_go_that_ended_less_than_thirty_days_ago(told: NotificationWorld) -> None:
    age(told, timedelta(days=29))
    told.bank.scratch.execute(
        "UPDATE bankcore.notifications SET ended_at = now() - interval '31 days' WHERE status = 'dead'"
    )
    with Database(told.bank.scratch.url(APP)) as database:
        deleted = prune_notifications(database, told.bank.tenant_id, older_than=timedelta(0))

    assert deleted == 1
    assert statuses(told) == {"sent", "failed", "skipped"}
