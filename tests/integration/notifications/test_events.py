"""Who is told what of an event in the audit log."""

from dataclasses import replace

from bankcore.identity.register import Registered
from bankcore.ledger.commands import OpenAccount
from bankcore.money import Currency, Money
from bankcore.notifications.preferences import Preferences
from bankcore.notifications.service import ChangePreferences
from bankcore.notifications.templates import TemplateName
from bankcore.origin import Origin
from bankcore_infra.notifications.processor import NotificationProcessor
from tests.worlds.mail import Mailbox
from tests.worlds.sql_notifications import NotificationWorld

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
    by_fraud = Origin(actor_type="system", actor_id="fraud")
    world.bank.ledger.freeze(sita.account.id, reason="structuring below a threshold", origin=by_fraud)
    world.bank.ledger.unfreeze(sita.account.id)

    world.consume("account.status_changed")
    world.sender(mailbox.route()).send_due()

    (mail,) = mailbox.mails
    assert str(mail["Subject"]) == "Your account is frozen"
    assert "structuring" not in mail.get_content()


def test_events_of_one_batch_tell_each_user_what_they_would_tell_by_themselves(
    world: NotificationWorld, mailbox: Mailbox
) -> None:
    sita, ram = world.register("sita"), world.register("ram")
    savings = world.bank.ledger.open_account(OpenAccount(owner_id=str(sita.user.id), currency=Currency.of("NPR")))
    world.deposit(sita, "10.00")
    world.bank.ledger.transfer(sita.account.id, savings.id, Money.of("4.00", "NPR"))
    world.bank.ledger.transfer(savings.id, ram.account.id, Money.of("1.00", "NPR"))
    events = world.events()

    world.transactions.run(lambda connection: world.processor.consume(connection, events))
    world.sender(mailbox.route()).send_due()

    assert sorted((str(mail["To"]), str(mail["Subject"])) for mail in mailbox.mails) == [
        ("ram@example.com", "Welcome"),
        ("ram@example.com", "You received 1.00 NPR"),
        ("ram@example.com", "Your new account in NPR"),
        ("sita@example.com", "1.00 NPR left your account"),
        ("sita@example.com", "4.00 NPR moved between your accounts"),
        ("sita@example.com", "Welcome"),
        ("sita@example.com", "You received 10.00 NPR"),
        ("sita@example.com", "Your new account in NPR"),
        ("sita@example.com", "Your new account in NPR"),
    ]
    world.consume()
    assert len(world.rows()) == len(mailbox.mails)


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
    processor = NotificationProcessor(world.bank.unit, configured=frozenset())

    replace(world, processor=processor).consume("user.registered")

    assert world.rows() == [("welcome", "skipped", 0, "not_configured")]
    assert world.sender(mailbox.route()).send_due() == 0


def test_who_switched_it_off_gets_no_mail(world: NotificationWorld, mailbox: Mailbox) -> None:
    sita = world.register("sita")
    off = Preferences.of({TemplateName.MONEY_RECEIVED: frozenset()})
    world.service.change_preferences(
        ChangePreferences(user_id=sita.user.id, preferences=off, idempotency_key="off"),
        origin=replace(_by(sita), ip_address="203.0.113.7", user_agent="phone"),
    )
    world.deposit(sita, "10.00")
    world.bank.ledger.withdraw(sita.account.id, Money.of("1.00", "NPR"))

    world.consume(POSTED)
    world.sender(mailbox.route()).send_due()

    assert [str(mail["Subject"]) for mail in mailbox.mails] == ["1.00 NPR left your account"]
    assert ("notification_preferences.changed", "success") in world.identity.audited()


def test_a_choice_for_what_nobody_is_told_of_any_more_stops_nothing(world: NotificationWorld, mailbox: Mailbox) -> None:
    sita = world.register("sita")
    world.bank.scratch.execute(
        "INSERT INTO bankcore.notification_preferences (tenant_id, user_id, template, channels)"
        " VALUES (%s, %s, 'new_device', '{email}')",
        world.bank.tenant_id,
        sita.user.id,
    )
    world.deposit(sita, "10.00")

    world.consume(POSTED)
    world.sender(mailbox.route()).send_due()

    assert [str(mail["Subject"]) for mail in mailbox.mails] == ["You received 10.00 NPR"]
    assert world.service.preferences_of(sita.user.id) == Preferences.of({})


def test_from_where_preferences_were_changed_is_kept_beside_the_record(world: NotificationWorld) -> None:
    sita = world.register("sita")
    origin = replace(_by(sita), ip_address="203.0.113.7", user_agent="phone")
    off = Preferences.of({TemplateName.MONEY_RECEIVED: frozenset()})

    world.service.change_preferences(
        ChangePreferences(user_id=sita.user.id, preferences=off, idempotency_key="off"), origin=origin
    )

    assert world.bank.scratch.rows(
        "SELECT context.ip_address, context.user_agent FROM bankcore.audit_log AS log JOIN bankcore.audit_context AS"
        " context ON context.id = log.context_id WHERE log.action = 'notification_preferences.changed'"
    ) == [("203.0.113.7", "phone")]


def test_a_notification_that_somebody_has_tried_again_leaves_a_record(world: NotificationWorld) -> None:
    sita = world.register("sita")
    replace(world, processor=NotificationProcessor(world.bank.unit, configured=frozenset())).consume("user.registered")
    (skipped,) = world.service.list_of_user(sita.user.id, before=None, limit=2)

    world.service.revive(skipped.id, origin=Origin(actor_type="operator", actor_id="command line"))

    ((actor, subject, body),) = world.bank.scratch.rows(
        "SELECT actor_id, subject_id, convert_from(body, 'UTF8')::jsonb -> 'notification' FROM bankcore.audit_log"
        " WHERE action = 'notification.revived'"
    )
    assert (actor, subject) == ("command line", skipped.id)
    assert body == {
        "event": str(skipped.event_id),
        "user": str(sita.user.id),
        "channel": "email",
        "template": "welcome",
        "before": "skipped",
    }


def _by(person: Registered) -> Origin:
    user_id = str(person.user.id)
    return Origin(actor_type="user", actor_id=user_id, key_scope=user_id)
