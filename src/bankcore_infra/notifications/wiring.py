"""Puts notifications together, for the worker, the API and the command line alike."""

from collections.abc import Mapping

from bankcore.identifiers import TenantId
from bankcore.identity.resets import ResetSecrets
from bankcore.notifications.channels import Channel, ChannelName
from bankcore.notifications.send import SendNotifications
from bankcore.notifications.service import NotificationService
from bankcore_infra.db.engine import Database
from bankcore_infra.db.transactions import OwnTransactions, Transactions
from bankcore_infra.notifications.notices import SqlNotices
from bankcore_infra.notifications.processor import NotificationProcessor
from bankcore_infra.notifications.recipients import SqlRecipients
from bankcore_infra.notifications.sender import NotificationSender, random_jitter
from bankcore_infra.notifications.settings import NotificationSettings
from bankcore_infra.notifications.smtp import SmtpChannel
from bankcore_infra.notifications.smtp_route import smtp_route
from bankcore_infra.notifications.store import SqlNotificationUnits
from bankcore_infra.tenancy.directory import SqlTenantDirectory
from bankcore_infra.units import UnitParts


def notification_service(transactions: Transactions, parts: UnitParts) -> NotificationService:
    """Preferences and deliveries of the users of that tenant."""
    return NotificationService(SqlNotificationUnits(transactions, parts))


def notification_processor(parts: UnitParts, settings: NotificationSettings) -> NotificationProcessor:
    """The consumer that records notifications. Raises: SettingsError."""
    return NotificationProcessor(parts, configured=frozenset(notification_channels(settings)))


def notification_channels(settings: NotificationSettings) -> Mapping[ChannelName, Channel]:
    """The channels of the settings, for one thread. Raises: SettingsError."""
    route = smtp_route(settings)
    return {} if route is None else {ChannelName.EMAIL: SmtpChannel(route)}


def notification_sender(
    database: Database, parts: UnitParts, settings: NotificationSettings, secrets: ResetSecrets
) -> NotificationSender:
    """A sender for one thread, with connections of its own to the mail server. Raises: SettingsError."""
    return sender_over(database, parts, notification_channels(settings), secrets)


def sender_over(
    database: Database, parts: UnitParts, channels: Mapping[ChannelName, Channel], secrets: ResetSecrets
) -> NotificationSender:
    """A sender over those channels, which makes links of those secrets."""

    def sending_of(tenant_id: TenantId) -> SendNotifications:
        transactions = OwnTransactions(database, tenant_id)
        return SendNotifications(
            units=SqlNotificationUnits(transactions, parts),
            channels=channels,
            recipients=SqlRecipients(transactions),
            notices=SqlNotices(transactions, secrets),
            jitter_permille=random_jitter,
        )

    return NotificationSender(SqlTenantDirectory(database), sending_of, channels.values())
