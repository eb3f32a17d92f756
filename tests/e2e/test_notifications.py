"""`bankcore notifications`, as an operator runs it."""

import json
from pathlib import Path
from typing import Final

from click.testing import CliRunner, Result

from bankcore.errors import NotFoundError
from bankcore.identifiers import EventId
from bankcore.identity.create_user import NewUser
from bankcore.identity.services import IdentityDirectory
from bankcore.identity.users import Role
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.deliveries import Dead, NewDelivery
from bankcore.notifications.notices import notice_of_registration
from bankcore.notifications.service import NotificationService
from bankcore.origin import Origin
from bankcore_infra import open_bank
from bankcore_infra.cli.notifications import notifications
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.settings import SettingsError
from bankcore_infra.wiring import Bank
from tests.worlds.identity import PASSWORD
from tests.worlds.mail import free_port, mail_server
from tests.worlds.program import run_here

DEAD: Final = Dead("smtp_550")


def mail_settings(port: int) -> dict[str, str]:
    """Settings that lead to the mail server on that port."""
    return {"BANKCORE_SMTP_URL": f"smtp://127.0.0.1:{port}", "BANKCORE_MAIL_FROM": "no-reply@bank.example"}


def registered_in(bank: Bank) -> EventId:
    """The event by which the bank's one user came."""
    find = "SELECT id FROM bankcore.audit_log WHERE action = 'user.registered'"
    transactions = OwnTransactions(bank.database, bank.find_tenant("main").id)
    return EventId(transactions.run(lambda connection: connection.sql.exec_driver_sql(find).scalar_one()))


def invoke(*arguments: str, data_dir: Path, port: int) -> Result:
    """Run one command in this process with a mail server on that port."""
    return CliRunner(env=mail_settings(port)).invoke(notifications, [*arguments, "--data-dir", str(data_dir)])


def test_a_test_mail_tells_whether_the_settings_will_do(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with mail_server() as mailbox:
        good = invoke("send-test", "--to", "operator@example.com", data_dir=data_dir, port=mailbox.port)
    down = invoke("send-test", "--to", "operator@example.com", data_dir=data_dir, port=free_port())
    unset = run_here("notifications", "send-test", "--to", "operator@example.com", data_dir=data_dir)

    assert (good.exit_code, good.stdout) == (0, "the mail server has taken the mail\n")
    assert mailbox.recipients == ["operator@example.com"]
    assert down.exit_code == 1
    assert "the mail was not sent: unreachable" in down.stderr
    assert isinstance(unset.exception, SettingsError)
    assert str(unset.exception) == "BANKCORE_SMTP_URL: not set"
    assert not data_dir.exists()


def test_dead_ones_are_listed_tried_again_by_name_and_sent(begun_dir: Path) -> None:
    data_dir = begun_dir
    with open_bank(data_dir=data_dir) as bank, mail_server() as mailbox:
        user = (
            bank.get(IdentityDirectory)
            .at_slug("main")
            .create_user(
                NewUser(email="sita@example.com", password=PASSWORD, roles=frozenset({Role.HOLDER})), origin=Origin()
            )
        )
        delivery = NewDelivery(
            notification=notice_of_registration(registered_in(bank), user.id, user.created_at),
            channel=ChannelName.EMAIL,
            skipped_because="not_configured",
        )
        service = bank.tenant("main").get(NotificationService)
        service.units.run(lambda store: store.record([delivery]))

        listed = invoke("list", "--status", "skipped", "--json", data_dir=data_dir, port=mailbox.port)
        shown = invoke("list", "--status", "skipped", data_dir=data_dir, port=mailbox.port)
        none_dead = invoke("list", data_dir=data_dir, port=mailbox.port)
        nothing_due = invoke("send", data_dir=data_dir, port=mailbox.port)
        revived = invoke("retry", str(delivery.id), data_dir=data_dir, port=mailbox.port)
        unknown = invoke("retry", str(delivery.id), data_dir=data_dir, port=mailbox.port)
        down = invoke("send", data_dir=data_dir, port=free_port())
        service.units.run(lambda store: store.settle(store.list_of_user(user.id, before=None, limit=1)[0], DEAD))
        invoke("retry", str(delivery.id), data_dir=data_dir, port=mailbox.port)
        sent = invoke("send", data_dir=data_dir, port=mailbox.port)

        assert [(one["id"], one["lastError"]) for one in json.loads(listed.stdout)] == [
            (str(delivery.id), "not_configured")
        ]
        assert "sita" not in listed.stdout + shown.stdout
        assert "welcome" in shown.stdout
        assert "welcome" not in none_dead.stdout
        assert nothing_due.stdout == "0 attempts made; nothing more is due\n"
        assert revived.stdout == f"notification {delivery.id} is due again\n"
        assert isinstance(unknown.exception, NotFoundError)
        assert (down.exit_code, "1 attempts made; the last one found the mail server down" in down.output) == (1, True)
        assert sent.stdout == "1 attempts made; nothing more is due\n"
        assert mailbox.recipients == ["sita@example.com"]
