"""From an event in the audit log to a mail, whatever happens on the way."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from typing_extensions import override

from bankcore.identifiers import EventId
from bankcore.ledger.commands import OpenAccount
from bankcore.money import Currency, Money
from bankcore.notifications.channels import Channel, Message
from bankcore.notifications.preferences import Preferences
from bankcore.notifications.send import LEASE
from bankcore.notifications.service import ChangePreferences
from bankcore.notifications.templates import TemplateName
from bankcore.origin import Origin
from bankcore_infra.audit.records import AuditRecord, append_audit_records
from bankcore_infra.notifications.processor import NotificationProcessor
from bankcore_infra.notifications.smtp import SmtpChannel
from tests.mail_server import Mailbox, free_port, mail_server, mute_server
from tests.notification_world import NotificationWorld
from tests.sql_bank import APP

POSTED = "transaction.posted"


def test_both_sides_of_a_transfer_are_told_and_nobody_learns_the_others_balance(
    world: NotificationWorld, mailbox: Mailbox
) -> None:
    sita, ram = world.register("sita"), world.register("ram")
    world.deposit(sita, "1000.00")
    world.bank.ledger.transfer(
        sita.account.id, ram.account.id, Money.of("250.50", "NPR"), reference="see http://evil.example"
    )

    world.consume(POSTED)
    made = world.sender(mailbox.route()).send_due()

    assert made == 3
    told = {(str(mail["To"]), str(mail["Subject"])) for mail in mailbox.mails}
    assert told == {
        ("sita@example.com", "You received 1000.00 NPR"),
        ("sita@example.com", "250.50 NPR left your account"),
        ("ram@example.com", "You received 250.50 NPR"),
    }
    texts = [mail.get_content() for mail in mailbox.mails]
    assert not any("evil" in text or "749.50" in text for text in texts)
    assert f"...{sita.account.number[-4:]}" in texts[0]


def test_a_new_user_is_welcomed_and_told_of_the_account(world: NotificationWorld, mailbox: Mailbox) -> None:
    world.register("sita")

    world.consume()
    world.sender(mailbox.route()).send_due()

    assert {str(mail["Subject"]) for mail in mailbox.mails} == {"Welcome", "Your new account in NPR"}


def test_money_between_own_accounts_is_one_mail(world: NotificationWorld, mailbox: Mailbox) -> None:
    sita = world.register("sita")
    savings = world.bank.ledger.open_account(OpenAccount(owner_id=str(sita.user.id), currency=Currency.of("NPR")))
    world.deposit(sita, "10.00")
    world.bank.ledger.transfer(sita.account.id, savings.id, Money.of("4.00", "NPR"))

    world.consume(POSTED)
    world.sender(mailbox.route()).send_due()

    assert [str(mail["Subject"]) for mail in mailbox.mails] == [
        "You received 10.00 NPR",
        "4.00 NPR moved between your accounts",
    ]


def test_the_owner_of_a_frozen_account_is_told_and_not_why(world: NotificationWorld, mailbox: Mailbox) -> None:
    sita = world.register("sita")
    event_id = EventId(world.bank.ids.new_id())
    template = world.events("user.registered")[0]
    origin = Origin(actor_type="system", actor_id="fraud")
    record = AuditRecord(
        event_id, template.occurred_at, "account.status_changed", "success", origin, sita.account.id, [], b"{}"
    )
    world.transactions.run(lambda connection: append_audit_records(connection, [record]))
    frozen = replace(
        template,
        id=event_id,
        action="account.status_changed",
        body={"status": {"before": "active", "after": "frozen", "reason": "structuring below a threshold"}},
    )

    world.consume_one(frozen)
    world.consume_one(replace(frozen, id=world.bank.ids.new_id(), body={"status": {"after": "active"}}))
    world.consume_one(replace(frozen, id=world.bank.ids.new_id()))
    world.sender(mailbox.route()).send_due()

    (mail,) = mailbox.mails
    assert str(mail["Subject"]) == "Your account is frozen"
    assert "structuring" not in mail.get_content()


def test_an_event_that_comes_again_is_one_mail(world: NotificationWorld, mailbox: Mailbox) -> None:
    sita = world.register("sita")
    world.deposit(sita, "10.00")
    sender = world.sender(mailbox.route())

    for _ in range(3):
        world.consume(POSTED)
        sender.send_due()

    assert len(mailbox.mails) == 1


def test_accounts_that_belong_to_no_user_are_left_out(world: NotificationWorld) -> None:
    world.bank.open_account("alice", balance="10.00")
    world.bank.open_account("019c1406-3400-7000-8000-00000000dead", balance="10.00")

    world.consume()
    settlement = [replace(event, account_id=None) for event in world.events(POSTED)]
    world.consume_one(settlement[0])
    world.consume_one(replace(settlement[0], action="session.refresh_reused"))

    assert world.rows() == []


def test_nothing_of_the_recipient_or_the_text_is_stored(world: NotificationWorld, mailbox: Mailbox) -> None:
    world.register("sita")
    mailbox.at_rcpt = lambda _address: "550 5.1.1 sita@example.com does not live here"

    world.consume()
    world.sender(mailbox.route()).send_due()

    stored = str(world.bank.scratch.rows("SELECT n::text FROM bankcore.notifications n"))
    assert "dead" in stored
    assert not any(word in stored for word in ("sita", "example", "live", "Welcome"))


def test_without_a_mail_server_notifications_are_kept_as_skipped(world: NotificationWorld, mailbox: Mailbox) -> None:
    world.register("sita")
    processor = NotificationProcessor(configured=frozenset(), ids=world.bank.ids)

    replace(world, processor=processor).consume("user.registered")

    assert world.rows() == [("welcome", "skipped", 0, "not_configured")]
    assert world.sender(mailbox.route()).send_due() == 0


def test_a_mailbox_that_is_full_is_tried_again_and_holds_up_nobody(world: NotificationWorld, mailbox: Mailbox) -> None:
    world.register("sita"), world.register("ram")
    world.consume("user.registered")
    refusing = {"sita@example.com"}
    mailbox.at_rcpt = lambda address: "452 4.2.2 Mailbox full" if address in refusing else None
    sender = world.sender(mailbox.route())

    first = sender.send_due()
    again_at_once = sender.send_due()
    world.wait(timedelta(seconds=30))
    too_early_with_jitter = world.rows()
    world.wait(timedelta(seconds=8))
    refusing.clear()
    second = sender.send_due()

    assert (first, again_at_once, second) == (2, 0, 1)
    assert ("welcome", "failed", 1, "smtp_452") in too_early_with_jitter
    assert mailbox.recipients == ["ram@example.com", "sita@example.com"]
    assert world.rows() == [("welcome", "sent", 2, None), ("welcome", "sent", 1, None)]


def test_an_address_that_does_not_exist_is_dead_at_once(world: NotificationWorld, mailbox: Mailbox) -> None:
    world.register("sita")
    world.consume("user.registered")
    mailbox.at_rcpt = lambda _address: "550 5.1.1 No such user"

    world.sender(mailbox.route()).send_due()

    assert world.rows() == [("welcome", "dead", 1, "smtp_550")]


def test_while_the_server_is_down_one_attempt_is_made_a_round_and_all_arrive_later(world: NotificationWorld) -> None:
    for name in ("sita", "ram", "gita"):
        world.register(name)
    world.consume("user.registered")
    port = free_port()
    with mail_server(port=port) as mailbox:
        route = mailbox.route()
    sender = world.sender(route)

    made = [sender.send_due(), sender.send_due()]

    assert made == [1, 1]
    assert sender.is_channel_down
    assert sorted(str(status) for _template, status, _attempt, _error in world.rows()) == [
        "failed",
        "failed",
        "pending",
    ]
    world.wait(timedelta(minutes=1))
    with mail_server(port=port) as mailbox:
        assert sender.send_due() == 3
        assert sorted(mailbox.recipients) == ["gita@example.com", "ram@example.com", "sita@example.com"]


def test_a_mail_server_that_never_answers_holds_no_transaction_and_slows_no_deposit(world: NotificationWorld) -> None:
    sita = world.register("sita")
    world.consume("user.registered")
    with mute_server() as route:
        sending = threading.Thread(target=world.sender(route, step_timeout_s=1.5).send_due)
        sending.start()
        while world.rows() != [("welcome", "pending", 1, "unfinished")]:
            time.sleep(0.01)

        started = time.monotonic()
        world.deposit(sita, "10.00")
        took_s = time.monotonic() - started
        open_transactions = world.bank.scratch.scalar(
            "SELECT count(*)::int FROM pg_stat_activity WHERE usename = %s AND state LIKE 'idle in%%'", APP
        )
        is_sending = sending.is_alive()
        sending.join()

    assert is_sending
    assert open_transactions == 0
    assert took_s < 1
    assert world.rows() == [("welcome", "failed", 1, "disconnected")]


def test_any_number_of_senders_send_each_mail_once(world: NotificationWorld, mailbox: Mailbox) -> None:
    sita = world.register("sita")
    for amount in range(1, 31):
        world.deposit(sita, f"{amount}.00")
    world.consume(POSTED)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _number: world.sender(mailbox.route()).send_due(), range(4)))

    assert sum(made) == 30
    assert set(Counter(str(mail["Message-ID"]) for mail in mailbox.mails).values()) == {1}
    assert len(mailbox.mails) == 30


class DiesAfterSending(Channel):
    """Ends its process, so to say, between the server's answer and the record of it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @override
    def send(self, message: Message) -> None:
        self._channel.send(message)
        raise KeyboardInterrupt

    @override
    def close(self) -> None:
        self._channel.close()


def test_who_dies_after_sending_leaves_a_second_mail_with_the_same_message_id(
    world: NotificationWorld, mailbox: Mailbox
) -> None:
    world.register("sita")
    world.consume("user.registered")
    dying = world.sender(DiesAfterSending(SmtpChannel(mailbox.route())))

    with pytest.raises(KeyboardInterrupt):
        dying.send_due()
    before_the_lease_is_over = world.sender(mailbox.route()).send_due()
    world.wait(LEASE)
    world.sender(mailbox.route()).send_due()

    assert before_the_lease_is_over == 0
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes() == second.as_bytes()
    assert world.rows() == [("welcome", "sent", 2, None)]


def test_who_switched_it_off_gets_no_mail(world: NotificationWorld, mailbox: Mailbox) -> None:
    sita = world.register("sita")
    off = Preferences.of({TemplateName.MONEY_RECEIVED: frozenset()})
    world.service.change_preferences(
        ChangePreferences(user_id=sita.user.id, preferences=off, idempotency_key="off"),
        origin=Origin(actor_type="user", actor_id=str(sita.user.id), key_scope=str(sita.user.id)),
    )
    world.deposit(sita, "10.00")
    world.bank.ledger.withdraw(sita.account.id, Money.of("1.00", "NPR"))

    world.consume(POSTED)
    world.sender(mailbox.route()).send_due()

    assert [str(mail["Subject"]) for mail in mailbox.mails] == ["1.00 NPR left your account"]
    assert ("notification_preferences.changed", "success") in world.identity.audited()


def test_the_sender_goes_on_until_it_is_told_to_stop(world: NotificationWorld, mailbox: Mailbox) -> None:
    stop = threading.Event()
    running = threading.Thread(target=world.sender(mailbox.route()).run, args=(stop,))
    running.start()
    world.register("sita")
    world.consume("user.registered")

    deadline = time.monotonic() + 10
    while not mailbox.mails and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    running.join(5)

    assert not running.is_alive()
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM bankcore.notifications",
        "TRUNCATE bankcore.notifications",
        "UPDATE bankcore.notifications SET facts = '{}'",
        "UPDATE bankcore.notifications SET user_id = gen_random_uuid()",
        "DELETE FROM bankcore.notification_preferences",
    ],
)
def test_the_application_cannot_rewrite_what_was_told(world: NotificationWorld, statement: str) -> None:
    with world.bank.scratch.connection(APP) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())
