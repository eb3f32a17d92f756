"""What can be set about notifications."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr

from bankcore_infra.settings import CapabilitySettings


class NotificationSettings(CapabilitySettings):
    """Notifications."""

    smtp_url: SecretStr | None = Field(
        None,
        description="The mail server: smtp://host:25, smtp://user:password@host:587 (STARTTLS required) or "
        "smtps://host:465. After smtp://, ?tls=required, ?tls=offered or ?tls=off says otherwise. Unset: notifications "
        "are recorded as skipped.",
        examples=["smtp://127.0.0.1:25"],
    )
    mail_from: str | None = Field(
        None, description="In whose name mail is sent.", examples=["Example Bank <no-reply@bank.example>"]
    )
    notification_days: Annotated[int, Field(ge=30, le=3_650)] = Field(
        90,
        description="How long it is kept what users were told, in days from when it was sent, skipped or given up; 30 "
        "at least.",
    )

    @property
    def notifications_kept(self) -> timedelta:
        """How long it is kept what users were told, from when it was sent or given up."""
        return timedelta(days=self.notification_days)
