"""HeedPayoutNotices: whatever a provider tells of a payout is a hint, by which the provider is asked at once."""

from dataclasses import dataclass, replace
from uuid import UUID

from bankcore.disbursements.disbursements import DisbursementId
from bankcore.disbursements.ports import DisbursementUnit, DisbursementUnits
from bankcore.payments.notices import NoticeSubject, ProviderNotice
from bankcore.payments.ports import PaymentUnits


@dataclass(frozen=True, slots=True)
class HeedPayoutNotices:
    """Works on the notices about payouts of one tenant; any number of workers may, each on a notice of its own."""

    notices: PaymentUnits
    units: DisbursementUnits

    def heed_next(self) -> ProviderNotice | None:
        """Work on the notice that is due for longest; None if none is due.

        Whoever dies before it is ended leaves it to the next one, and to ask twice changes nothing.

        Raises:
            UnavailableError, OutcomeUnknownError: it is tried again.
        """
        notice = self.notices.run(lambda unit: unit.take_due_notice(NoticeSubject.PAYOUT), resubmittable=True)
        if notice is None:
            return None
        named = _named(notice.body)
        if named is not None:
            self.units.run(lambda unit: _hurry(unit, notice, named), resubmittable=True)
        self.notices.run(lambda unit: unit.end_notice(notice), resubmittable=True)
        return notice


def _hurry(unit: DisbursementUnit, notice: ProviderNotice, disbursement_id: DisbursementId) -> None:
    """Have it asked for now, if it was sent to that provider."""
    disbursement = unit.lock_disbursement(disbursement_id)
    # What one provider says is about its own alone.
    if disbursement is not None and disbursement.config_id == notice.config_id and disbursement.is_followed:
        unit.update_disbursement(replace(disbursement, due_at=unit.opened_at))


def _named(reference: bytes) -> DisbursementId | None:
    try:
        return DisbursementId(UUID(reference.decode()))
    except ValueError:
        return None
