"""RedriveNotices: a person sees which notices were given up, and has them tried again once the reason is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from bankcore.actions import Subject
from bankcore.encryption.key_encryption import UnreadableSecretError
from bankcore.errors import BankcoreError, NotFoundError
from bankcore.events.stamps import CommandRefused, Stamp
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.origin import LIBRARY, Origin
from bankcore.payments.actions import NOTICE_REDRIVEN
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.notices import NoticeId, NoticeSubject, ProviderNotice
from bankcore.payments.ports import PaymentQueries, PaymentUnit, PaymentUnits, Providers


@dataclass(frozen=True, slots=True)
class GivenUpNotice:
    """A notice that nobody works on any more, though it was not done with."""

    notice: ProviderNotice
    about: str | None
    """Our reference of what it is about, or else the provider's id of that; None if it cannot be read."""


@dataclass(frozen=True, slots=True)
class NoticeRedriven:
    """A person had the notice tried again."""

    stamp: Stamp
    notice: ProviderNotice


@dataclass(frozen=True, slots=True)
class RedriveNotices:
    """The notices of one tenant that were tried in vain, until their bodies are emptied."""

    units: PaymentUnits
    queries: PaymentQueries
    providers: Providers

    def list_given_up(self, *, config_id: ProviderConfigId | None = None, limit: int) -> Sequence[GivenUpNotice]:
        """Those of that configuration, or of all, the oldest first."""
        found = self.queries.list_given_up_notices(config_id=config_id, limit=limit)
        return [GivenUpNotice(notice, _about(self.providers, notice)) for notice in found]

    def redrive(
        self, notice_id: NoticeId, *, origin: Origin = LIBRARY, idempotency_key: str | None = None
    ) -> Accepted[NoticeId]:
        """Have it tried again from the start, as soon as a worker runs. The audit log records who asked.

        Raises:
            NotFoundError: there is no such notice that was given up, or its body was emptied.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        fingerprint = sha256(b"notice.redrive\0" + _encoded(notice_id)).digest()
        key = key_of(origin, idempotency_key)
        return answer_once(self.units, key, fingerprint, lambda unit: _RedrivingNotice(unit, notice_id, origin))


@dataclass(frozen=True, slots=True)
class _RedrivingNotice(KeyedTask[NoticeId]):
    unit: PaymentUnit
    notice_id: NoticeId
    origin: Origin

    def decide(self) -> NoticeId | Rejected:
        notice = self.unit.redrive_notice(self.notice_id)
        if notice is None:
            return Rejected(NotFoundError(resource="notice given up", identifier=self.notice_id.digest.hex()))
        self.unit.publish([NoticeRedriven(self.unit.new_stamp(self.origin), notice)])
        return self.notice_id

    def refused(self, reason: BankcoreError) -> CommandRefused:
        subject = Subject("provider_config", self.notice_id.config_id)
        return CommandRefused(self.unit.new_stamp(self.origin), NOTICE_REDRIVEN, subject, reason)

    def encode(self, value: NoticeId) -> bytes:
        return _encoded(value)

    def decode(self, encoded: bytes) -> NoticeId:
        return NoticeId(ProviderConfigId(UUID(bytes=encoded[:16])), encoded[16:])


def _encoded(notice_id: NoticeId) -> bytes:
    return notice_id.config_id.bytes + notice_id.digest


def _about(providers: Providers, notice: ProviderNotice) -> str | None:
    if notice.subject is NoticeSubject.PAYOUT:
        return notice.body.decode()
    try:
        provider = providers.get_provider(notice.config_id).provider
    except (BankcoreError, UnreadableSecretError):
        # That may be why it was given up.
        return None
    event = provider.parse_webhook_event(notice.body)
    return None if event is None or event.state is None else event.reference or event.state.provider_id
