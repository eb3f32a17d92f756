"""ReceiveWebhooks: takes what a provider tells us, if it is signed, stores it, and lets it be worked on later."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from bankcore.errors import UnauthenticatedError
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.notices import NoticeSubject, ProviderNotice
from bankcore.payments.ports import PaymentUnit, PaymentUnits, Providers
from bankcore.providers.disputes import DisputeState
from bankcore.providers.facts import WebhookProof
from bankcore.providers.payouts import PayoutState
from bankcore.providers.states import ChargeState, RefundState
from bankcore.providers.webhook_events import WebhookEvent

NAME_LENGTH_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class ReceiveWebhooks:
    """Receives webhooks of one tenant's providers."""

    units: PaymentUnits
    providers: Providers

    def __call__(self, config_id: ProviderConfigId, body: bytes, headers: Mapping[str, str]) -> bool:
        """Store the webhook for whoever works on it. Returns whether it says anything new.

        Raises:
            NotFoundError: there is no such configuration.
            UnauthenticatedError: the provider did not sign it, or signs nothing. Nothing of it is kept.
            UnavailableError, OutcomeUnknownError: the provider is to send it again.
        """
        provider = self.providers.get_provider(config_id).provider
        signs = provider.facts.webhook_proof is not WebhookProof.NOTHING
        if not signs or not provider.verify_webhook_signature(body, headers):
            raise UnauthenticatedError
        event = provider.parse_webhook_event(body)
        # What nobody can read, or is about nothing that we follow, would only be sent again and again.
        subject = None if event is None else _subject_of(event, is_told_alone=provider.facts.is_told_alone)
        if event is None or subject is None:
            return False
        digest = sha256(event.event_id.encode()).digest()
        name, kept = event.name[:NAME_LENGTH_MAX], _kept(event, body)

        def store(unit: PaymentUnit) -> bool:
            notice = ProviderNotice(config_id=config_id, digest=digest, name=name, body=kept, subject=subject)
            return unit.add_notice(notice)

        return self.units.run(store, resubmittable=True)

    def reply_to(self, config_id: ProviderConfigId, body: bytes, *, is_new: bool) -> Mapping[str, object]:
        """What the provider wants to be answered, as a document, once its webhook was taken."""
        return self.providers.get_provider(config_id).provider.webhook_reply(body, is_new=is_new)


def _kept(event: WebhookEvent, body: bytes) -> bytes:
    """What is stored of it: of a payout our reference alone, because the rest tells in full where the money goes."""
    return (event.reference or "").encode() if isinstance(event.state, PayoutState) else body


def _subject_of(event: WebhookEvent, *, is_told_alone: bool) -> NoticeSubject | None:
    """What it is about, if that can be found. Some providers name the charge of a refund alone."""
    if isinstance(event.state, RefundState):
        return None if event.reference is None and event.state.charge_reference is None else NoticeSubject.REFUND
    if isinstance(event.state, DisputeState):
        return None if event.state.provider_id is None else NoticeSubject.DISPUTE
    if event.reference is None:
        return NoticeSubject.CHARGE if is_told_alone and isinstance(event.state, ChargeState) else None
    return NoticeSubject.PAYOUT if isinstance(event.state, PayoutState) else NoticeSubject.CHARGE
