"""Notifications lose their texts and get new names: what was told is still told once, and what was not is sent."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bankcore.ledger.commands import OpenAccount
from bankcore.money import Currency, Money
from bankcore_infra.db.engine import Database
from bankcore_infra.db.migrate import downgrade, upgrade
from tests.worlds.mail import mail_server
from tests.worlds.sql_bank import SUPERUSER, ScratchCluster, sql_bank
from tests.worlds.sql_notifications import NotificationWorld

BEFORE: Final = "0015"
_TELL: Final = """
    INSERT INTO bankcore.notifications (
        tenant_id, id, event_id, user_id, created_at, next_at, sent_at, channel, template, status, last_error, facts)
    VALUES (%s, gen_random_uuid(), %s, %s, now(), CASE WHEN %s = 'pending' THEN now() END,
            CASE WHEN %s = 'sent' THEN now() END, 'email', 'money_moved', %s, NULL, '{}')
"""
_PARK: Final = """
    INSERT INTO bankcore.parked_events (tenant_id, id, consumer, event_id, account_id, sequence, status, due_at)
    VALUES (%s, gen_random_uuid(), 'notifications', %s, %s, %s, 'waiting', now())
"""


@pytest.fixture
def world(cluster: ScratchCluster, tmp_path: Path) -> Iterator[NotificationWorld]:
    """A user who moved money between two accounts."""
    with cluster.database() as scratch, Database(scratch.url()) as database:
        made = NotificationWorld.of(sql_bank(scratch, database), tmp_path / "keys")
        sita = made.register("sita")
        savings = made.bank.ledger.open_account(OpenAccount(owner_id=str(sita.user.id), currency=Currency.of("NPR")))
        made.deposit(sita, "10.00")
        made.bank.ledger.transfer(sita.account.id, savings.id, Money.of("4.00", "NPR"))
        yield made


def tell_before(world: NotificationWorld, status: str) -> None:
    """The release of before told the user of the transfer by one account of two, and parked it for the other."""
    first, second = world.events("transaction.posted")[-2:]
    (user,) = world.bank.scratch.rows("SELECT id FROM bankcore.users")
    downgrade(world.bank.scratch.url(SUPERUSER), BEFORE)
    world.bank.scratch.execute(_TELL, world.bank.tenant_id, first.id, *user, status, status, status)
    world.bank.scratch.execute(
        "INSERT INTO bankcore.cursors (tenant_id, consumer) VALUES (%s, 'notifications')", world.bank.tenant_id
    )
    world.bank.scratch.execute(_PARK, world.bank.tenant_id, second.id, second.account_id, second.sequence)
    upgrade(world.bank.scratch.url(SUPERUSER))


def test_what_was_told_of_a_parked_event_is_not_told_again(world: NotificationWorld) -> None:
    tell_before(world, "sent")

    world.consume_one(world.events("transaction.posted")[-1])

    assert world.rows() == [("money_moved", "sent", 0, None)]


def test_what_waited_is_sent_with_the_text_of_its_event(world: NotificationWorld) -> None:
    tell_before(world, "pending")

    with mail_server() as mailbox:
        world.sender(mailbox.route()).send_due()

    assert [str(mail["Subject"]) for mail in mailbox.mails] == ["4.00 NPR moved between your accounts"]


def test_the_release_of_before_gets_no_mail_without_a_text(world: NotificationWorld) -> None:
    world.consume("transaction.posted")

    downgrade(world.bank.scratch.url(SUPERUSER), BEFORE)

    assert set(world.rows()) == {
        ("money_received", "skipped", 0, "downgraded"),
        ("money_moved", "skipped", 0, "downgraded"),
    }
