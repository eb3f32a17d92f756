"""`bankcore notifications`: what could not be sent, and what to do about it."""

from contextlib import closing
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from bankcore.clock import instant_text
from bankcore.notifications.channels import ChannelName, DeliveryProblem, Message
from bankcore.notifications.deliveries import Delivery, DeliveryStatus
from bankcore.notifications.service import NotificationService
from bankcore.notifications.templates import Text
from bankcore_infra.cli.banks import bank_at
from bankcore_infra.cli.options import OPERATOR, data_dir_option, json_option, tenant_option
from bankcore_infra.cli.printing import print_list
from bankcore_infra.clock import SystemClock
from bankcore_infra.environment import load_settings
from bankcore_infra.identifiers import RandomIdentifiers
from bankcore_infra.identity.resets import open_reset_secrets
from bankcore_infra.notifications.settings import NotificationSettings
from bankcore_infra.notifications.wiring import notification_channels, notification_sender
from bankcore_infra.settings import SettingsError

_TEST: Text = Text("A test of the mail settings", "If you can read this, bankcore can send you mail.\n")
_COLUMNS = {
    "id": "id",
    "user": "userId",
    "template": "template",
    "channel": "channel",
    "attempts": "attempts",
    "last error": "lastError",
    "created": "createdAt",
}


@click.group()
def notifications() -> None:
    """List, send and try again what users are told."""


@notifications.command("list")
@click.option(
    "--status",
    type=click.Choice([status.value for status in DeliveryStatus]),
    default=DeliveryStatus.DEAD.value,
    show_default=True,
    help="Where they stand.",
)
@click.option("--limit", type=click.IntRange(1, 1_000), default=100, show_default=True, help="At most so many.")
@tenant_option
@json_option
@data_dir_option
def list_(*, status: str, limit: int, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """List notifications, latest first; neither addresses nor texts."""
    with bank_at(data_dir) as bank:
        found = bank.tenant(slug).get(NotificationService).list_by_status(DeliveryStatus(status), limit=limit)
    print_list([_as_document(delivery) for delivery in found], _COLUMNS, as_json=as_json)


@notifications.command()
@click.argument("notification_id", type=click.UUID)
@tenant_option
@data_dir_option
def retry(notification_id: UUID, slug: str, data_dir: Path | None) -> None:
    """Let the dead or skipped notification NOTIFICATION_ID be tried once more."""
    with bank_at(data_dir) as bank:
        bank.tenant(slug).get(NotificationService).revive(notification_id, origin=OPERATOR)
    click.echo(f"notification {notification_id} is due again")


@notifications.command()
@data_dir_option
def send(data_dir: Path | None) -> None:
    """Send now what is due in every tenant, until nothing is or the mail server does not answer."""
    with bank_at(data_dir) as bank:
        secrets = open_reset_secrets(bank.installation.keys_dir)
        sender = notification_sender(bank.database, bank.parts.unit, bank.settings.of(NotificationSettings), secrets)
        made = 0
        while attempts := sender.send_due():
            made += attempts
            if sender.is_channel_down:
                raise click.ClickException(f"{made} attempts made; the last one found the mail server down")
    click.echo(f"{made} attempts made; nothing more is due")


@notifications.command("send-test")
@click.option("--to", required=True, help="The address to write to.")
@data_dir_option
def send_test(to: str, data_dir: Path | None) -> None:
    """Send a test mail through BANKCORE_SMTP_URL; no database is needed."""
    settings = load_settings(data_dir=data_dir).of(NotificationSettings)
    channel = notification_channels(settings).get(ChannelName.EMAIL)
    if channel is None:
        raise SettingsError("BANKCORE_SMTP_URL", "not set")
    with closing(channel):
        try:
            channel.send(Message(id=RandomIdentifiers().new_id(), to=to, text=_TEST, created_at=SystemClock().now()))
        except DeliveryProblem as failure:
            raise click.ClickException(f"the mail was not sent: {failure.problem}") from None
    click.echo("the mail server has taken the mail")


def _as_document(delivery: Delivery) -> dict[str, str | int | None]:
    return {
        "id": str(delivery.id),
        "eventId": str(delivery.event_id),
        "userId": str(delivery.user_id),
        "template": str(delivery.template),
        "channel": str(delivery.channel),
        "status": str(delivery.status),
        "attempts": delivery.attempt,
        "lastError": delivery.last_error,
        "createdAt": instant_text(delivery.created_at),
        "nextAt": _instant(delivery.next_at),
        "sentAt": _instant(delivery.sent_at),
    }


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant_text(instant)
