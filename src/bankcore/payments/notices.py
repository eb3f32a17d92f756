"""Notices: what providers told us by webhooks, each stored once and worked on until it is done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from bankcore.payments.configurations import ProviderConfigId

NOTICE_TRIES_MAX: Final = 10
NOTICE_PAUSE: Final = timedelta(seconds=30)


class NoticeSubject(StrEnum):
    """What a notice is about, and so who works on it."""

    CHARGE = "charge"
    REFUND = "refund"
    PAYOUT = "payout"
    DISPUTE = "dispute"


class NoticeId(NamedTuple):
    """Which notice: of which configuration, and the SHA-256 of its name at the provider."""

    config_id: ProviderConfigId
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderNotice:
    """A webhook whose signature was right. `digest` is that of its name at the provider: it is stored once.

    `body` is what was signed, until the notice is ended; of a payout it is our reference alone.
    """

    config_id: ProviderConfigId
    digest: bytes
    name: str
    body: bytes
    subject: NoticeSubject = NoticeSubject.CHARGE
    tries: int = 0
    received_at: datetime | None = None
    """When it was stored; None before that."""

    @property
    def id(self) -> NoticeId:
        """Which one it is."""
        return NoticeId(self.config_id, self.digest)

    @property
    def pause(self) -> timedelta:
        """How long after a try it is tried again, if nobody finishes it."""
        return NOTICE_PAUSE * (1 << min(self.tries, 10))
