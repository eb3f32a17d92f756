"""What happened to payout jobs, in the past tense."""

from dataclasses import dataclass

from bankcore.actions import Action
from bankcore.events.stamps import Stamp
from bankcore.payouts.jobs import PayoutJob


@dataclass(frozen=True, slots=True)
class PayoutChanged:
    """The job was started, paused, resumed, cancelled, retried or completed, as the action says."""

    stamp: Stamp
    action: Action
    job: PayoutJob
