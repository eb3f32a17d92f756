"""Examine: looks at one movement after it was posted, and opens a case if it looks like fraud."""

from dataclasses import dataclass

from bankcore.fraud.cases import CaseStatus, FraudCase, FraudCaseId
from bankcore.fraud.events import FraudCaseOpened
from bankcore.fraud.ports import FraudUnit
from bankcore.fraud.rules import score
from bankcore.identifiers import AccountId, EventId, IdentifierSource, TenantId, TransactionId
from bankcore.ledger.events import Stamp
from bankcore.ledger.outcomes import Changed
from bankcore.ledger.status_commands import FreezeAccount
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedMovement:
    """A transaction as one account met it: `sequence` is the account's last entry of it."""

    account_id: AccountId
    transaction_id: TransactionId
    sequence: int


@dataclass(frozen=True, slots=True)
class Examine:
    """Examines movements of one tenant; examining one again changes nothing."""

    tenant_id: TenantId
    ids: IdentifierSource

    def __call__(self, unit: FraudUnit, moved: PostedMovement, *, origin: Origin) -> FraudCase | None:
        """The case that was opened in the unit of work, or None.

        None too where the account has an open case that is as bad: a burst of movements is one thing to look at, and
        not a thousand.
        """
        policy, activity = unit.get_policy(), unit.find_activity(moved.account_id, moved.sequence)
        if activity is None:
            return None
        found = score(activity, policy)
        if found.points < policy.case_points:
            return None
        if unit.is_covered(moved.account_id, moved.transaction_id, points=found.points):
            return None
        case = FraudCase(
            tenant_id=self.tenant_id,
            id=FraudCaseId(self.ids.new_id()),
            account_id=moved.account_id,
            transaction_id=moved.transaction_id,
            score=found,
            froze_account=policy.freezes(found.points) and _freeze(unit, moved.account_id, origin),
            status=CaseStatus.OPEN,
            opened_at=unit.opened_at,
            decision=None,
        )
        unit.add_case(case)
        stamp = Stamp(EventId(self.ids.new_id()), self.tenant_id, unit.opened_at, origin)
        unit.publish([FraudCaseOpened(stamp, case)])
        return case


def _freeze(unit: FraudUnit, account_id: AccountId, origin: Origin) -> bool:
    """Whether the account was frozen now; one that is frozen or closed already stays as it is."""
    (outcome,) = unit.ledger.execute([FreezeAccount(account_id, reason="suspected fraud")], origin=origin)
    return isinstance(outcome, Changed)
