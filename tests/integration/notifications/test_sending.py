"""From a recorded notification to a mail, whatever happens on the way."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from typing_extensions import override

from bankcore.notifications.channels import Channel, Message
from bankcore.notifications.send import LEASE
from bankcore_infra.notifications.smtp import SmtpChannel
from tests.worlds.mail import Mailbox, free_port, mail_server, mute_server
from tests.worlds.sql_bank import APP
from tests.worlds.sql_notifications import NotificationWorld

POSTED = "transaction.posted"


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
        "TRUNCATE bankcore.notifications",
        "UPDATE bankcore.notifications SET event_id = gen_random_uuid()",
        "UPDATE bankcore.notifications SET user_id = gen_random_uuid()",
        "DELETE FROM bankcore.notification_preferences",
    ],
)
def test_the_application_cannot_rewrite_what_was_told(world: NotificationWorld, statement: str) -> None:
    with world.bank.scratch.connection(APP) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())
