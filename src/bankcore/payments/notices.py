"""Notices: what providers told us by webhooks, each stored once and worked on until it is done."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from bankcore.payments.configurations import ProviderConfigId

NOTICE_TRIES_MAX: Final = 10
NOTICE_PAUSE: Final = timedelta(seconds=30)


class NoticeSubject(StrEnum):
    """What a notice is about, and so who works on it."""

    CHARGE = "charge"
    REFUND = "refund"
    PAYOUT = "payout"
    DISPUTE = "dispute"


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

    @property
    def pause(self) -> timedelta:
        """How long after a try it is tried again, if nobody finishes it."""
        return NOTICE_PAUSE * (1 << min(self.tries, 10))
