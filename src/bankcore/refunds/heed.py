"""HeedRefundNotices: whatever a provider tells of a refund is a hint, by which the provider is asked at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bankcore.identifiers import uuid_in
from bankcore.payments.attempts import PaymentAttemptId
from bankcore.payments.notices import NoticeSubject, ProviderNotice
from bankcore.payments.ports import Providers
from bankcore.providers.states import RefundState
from bankcore.refunds.create import lock
from bankcore.refunds.moving import there
from bankcore.refunds.ports import RefundUnit, RefundUnits
from bankcore.refunds.refunds import PaymentRefund, PaymentRefundId


@dataclass(frozen=True, slots=True)
class HeedRefundNotices:
    """Works on the notices about refunds of one tenant; any number of workers may, each on a notice of its own."""

    units: RefundUnits
    providers: Providers

    def heed_next(self) -> ProviderNotice | None:
        """Work on the notice that is due for longest; None if none is due.

        Raises:
            UnavailableError, OutcomeUnknownError: it is tried again.
        """
        notice = self.units.run(lambda unit: unit.take_due_notice(NoticeSubject.REFUND), resubmittable=True)
        if notice is None:
            return None
        event = self.providers.get_provider(notice.config_id).provider.parse_webhook_event(notice.body)
        state = None if event is None else event.state
        self.units.run(lambda unit: _heed(unit, notice, state), resubmittable=True)
        return notice


def _heed(unit: RefundUnit, notice: ProviderNotice, state: object) -> None:
    """Have the refunds that it may be about asked for, and end the notice."""
    for found in _refunds_of(unit, notice, state) if isinstance(state, RefundState) else ():
        # One that ended is asked for too: what the provider takes back is for a person to see.
        unit.update_refund(replace(lock(unit, found.id), due_at=unit.opened_at))
    unit.end_notice(notice)


def _refunds_of(unit: RefundUnit, notice: ProviderNotice, state: RefundState) -> Sequence[PaymentRefund]:
    """The refund that it names, or else those of the charge that are open. What one provider says is about its own."""
    refund_id, attempt_id = uuid_in(state.reference), uuid_in(state.charge_reference)
    refund = None if refund_id is None else unit.find_refund(PaymentRefundId(refund_id))
    if refund is not None:
        payment = there(unit.find_payment(refund.payment_id), f"payment {refund.payment_id} of a refund")
        return [refund] if payment.attempt.config_id == notice.config_id else ()
    found = None if attempt_id is None else unit.find_attempt(PaymentAttemptId(attempt_id))
    if found is None or found[1].config_id != notice.config_id:
        return ()
    return unit.list_open_refunds(found[0])
