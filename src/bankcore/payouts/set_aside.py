"""Sets the sum of a job aside, and takes it in portions: the one place where payouts speak of holds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bankcore.holds.commands import PlaceHold, VoidHold
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId, HoldId
from bankcore.ledger.command import Command
from bankcore.ledger.commands import Transfer
from bankcore.ledger.outcomes import Held, Outcome, accepted_hold
from bankcore.ledger.service import LedgerService
from bankcore.money import Money
from bankcore.origin import Origin
from bankcore.payouts.jobs import PayoutJob

# A job that nobody looks after for so long no longer keeps its sum from the payer.
_LIFETIME: Final = timedelta(days=90)


def set_aside(ledger: LedgerService, account_id: AccountId, amount: Money, origin: Origin) -> HoldId | Rejected:
    """Set the sum aside in the name of that origin, but so that only we give it back."""
    (outcome,) = ledger.execute([_placing(account_id, amount)], origin=replace(origin, owner_id=None))
    return outcome if isinstance(outcome, Rejected) else accepted_hold(outcome).id


def give_back(ledger: LedgerService, job: PayoutJob, origin: Origin) -> None:
    """Give back what is still set aside; a hold whose time was over has done so by itself."""
    ledger.execute(_voiding(job), origin=replace(origin, owner_id=None))


def spend(
    ledger: LedgerService, job: PayoutJob, transfers: Sequence[Transfer], *, left_minor: int, origin: Origin
) -> tuple[Sequence[Outcome], HoldId | Rejected | None]:
    """Make the transfers out of what is set aside, and set aside what is left.

    The hold is given back, the transfers are made, and a new hold is placed for the rest: three steps of one batch
    under the lock of the account, so nobody else can spend in between. A transfer stays a transfer, with one record,
    and what a refused one would have moved is free at once. Returns the outcomes, and the hold or why there is none.
    """
    before = _voiding(job)
    after: list[Command] = [_placing(job.account_id, Money(left_minor, job.currency))] if left_minor else []
    outcomes = ledger.execute([*before, *transfers, *after], origin=origin)
    paid = outcomes[len(before) : len(before) + len(transfers)]
    placed = outcomes[-1] if after else None
    return paid, placed.hold.id if isinstance(placed, Held) else _refusal(placed)


def _placing(account_id: AccountId, amount: Money) -> PlaceHold:
    return PlaceHold(account_id, amount, lifetime=_LIFETIME)


def _voiding(job: PayoutJob) -> list[Command]:
    return [] if job.hold_id is None else [VoidHold(job.hold_id)]


def _refusal(outcome: Outcome | None) -> Rejected | None:
    return outcome if isinstance(outcome, Rejected) else None
