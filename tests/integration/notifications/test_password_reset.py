"""A mail for a forgotten password: it alone has the token, and leads to the page of the tenant."""

from bankcore.identity.reset_password import ResetConfirmation
from bankcore.origin import LIBRARY
from bankcore.tenancy.change_setting import ChangeTenantSetting
from bankcore_infra.tenancy.store import tenant_settings_units
from tests.worlds.identity import PHONE
from tests.worlds.mail import Mailbox
from tests.worlds.sql_notifications import NotificationWorld

NEW = "harbour-lantern-orchid"
PAGE = "https://app.example/reset#token="
ASKED = "user.password_reset_requested"


def test_a_mail_leads_to_the_page_of_the_tenant_and_its_token_is_stored_nowhere_else(
    world: NotificationWorld, mailbox: Mailbox
) -> None:
    world.register("sita")
    resets = world.identity.services.reset_password
    change = ChangeTenantSetting(tenant_settings_units(world.transactions, world.bank.unit))
    change("password_reset_url", PAGE + "{token}", origin=LIBRARY)

    for email in ("sita@example.com", "nobody@example.com"):
        resets.request(email, origin=PHONE)
    world.consume(ASKED)
    assert world.sender(mailbox.route()).send_due() == 1

    (mail,) = mailbox.mails
    (line,) = [line for line in mail.get_content().splitlines() if line.startswith(PAGE)]
    token = line.removeprefix(PAGE)
    tables = world.bank.scratch.rows(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'bankcore' AND table_type = 'BASE TABLE'"
    )
    stored = [
        name
        for (name,) in tables
        if world.bank.scratch.scalar(
            f"SELECT count(*) FROM bankcore.{name} AS row WHERE position(%s IN row::text) > 0",
            token[-32:],
        )
    ]
    assert mail["To"] == "sita@example.com"
    assert stored == []
    resets.confirm(ResetConfirmation(token=token, password=NEW), origin=PHONE)


def test_without_a_page_the_mail_has_the_token_alone(world: NotificationWorld, mailbox: Mailbox) -> None:
    world.register("sita")
    resets = world.identity.services.reset_password
    resets.request("sita@example.com", origin=PHONE)
    world.consume(ASKED)
    world.sender(mailbox.route()).send_due()

    (mail,) = mailbox.mails
    (token,) = [line for line in mail.get_content().splitlines() if len(line) == 96]
    resets.confirm(ResetConfirmation(token=token, password=NEW), origin=PHONE)
