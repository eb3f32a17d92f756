"""Examine: looks at movements after they were posted, and opens cases for those that look like fraud."""

from collections.abc import Sequence
from dataclasses import dataclass

from bankcore.fraud.activity import AccountActivity
from bankcore.fraud.cases import CaseStatus, FraudCase, FraudCaseId
from bankcore.fraud.events import FraudCaseOpened
from bankcore.fraud.movements import PostedMovement
from bankcore.fraud.policy import FraudPolicy
from bankcore.fraud.ports import FraudUnit, Known, Remembered
from bankcore.fraud.rules import score
from bankcore.fraud.signals import Score
from bankcore.identifiers import AccountId, EventId, IdentifierSource, TenantId
from bankcore.ledger.events import Stamp
from bankcore.ledger.outcomes import Changed
from bankcore.ledger.status_commands import FreezeAccount
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True)
class _Suspicion:
    moved: PostedMovement
    found: Score


@dataclass(frozen=True, slots=True)
class Examine:
    """Examines movements of one tenant, and remembers what the rules need of them; each movement counts once.

    One that comes again, or after later ones of its account, is judged by what was there before it, and changes nothing
    that is remembered.
    """

    tenant_id: TenantId
    ids: IdentifierSource
    actor_id: str

    def __call__(self, unit: FraudUnit, page: Sequence[PostedMovement]) -> list[FraudCase]:
        """The cases that were opened in the unit of work.

        The movements of one account are in their order. None is opened where the account has an open case that is as
        bad: a burst of movements is one thing to look at, and not a thousand.
        """
        known = unit.lock_known({moved.account_id for moved in page}, {moved.other_side for moved in page})
        suspicions = _judge(unit, page, known)
        return self._open_cases(unit, suspicions, known.policy) if suspicions else []

    def _open_cases(self, unit: FraudUnit, suspicions: Sequence[_Suspicion], policy: FraudPolicy) -> list[FraudCase]:
        covers = unit.find_covers([(one.moved.account_id, one.moved.transaction_id) for one in suspicions])
        worst: dict[AccountId, int] = {}
        opened = []
        for suspicion, cover in zip(suspicions, covers, strict=True):
            account_id, points = suspicion.moved.account_id, suspicion.found.points
            if cover.has_case or points <= max(cover.points, worst.get(account_id, 0)):
                continue
            worst[account_id] = points
            opened.append(self._open_case(unit, suspicion, policy))
        return opened

    def _open_case(self, unit: FraudUnit, suspicion: _Suspicion, policy: FraudPolicy) -> FraudCase:
        moved, found = suspicion.moved, suspicion.found
        origin = Origin(actor_type="service", actor_id=self.actor_id, request_id=moved.request_id)
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


def _judge(unit: FraudUnit, page: Sequence[PostedMovement], known: Known) -> list[_Suspicion]:
    """The movements that are worth a case, each judged by what was there before it; and remember all of them."""
    policy, customers, _activities = known
    before = _before(unit, page, known)
    suspicions, remembered = [], {}
    for moved in page:
        account_id, last_sequence = moved.account_id, moved.share.last_sequence
        if account_id not in before:
            # Our own side of the books is nobody's to defraud.
            continue
        sequence, activity = before[account_id]
        is_late = last_sequence <= sequence
        if is_late:
            activity = _recall(unit, [moved], policy)[account_id].activity
        movement = moved.movement(moved.other_side if moved.other_side in customers else None)
        if movement is not None:
            found = score(activity, movement, policy)
            if found.points >= policy.case_points:
                suspicions.append(_Suspicion(moved, found))
            activity = activity.after(movement, policy)
        if not is_late:
            before[account_id] = remembered[account_id] = Remembered(last_sequence, activity)
    unit.remember(remembered)
    return suspicions


def _before(unit: FraudUnit, page: Sequence[PostedMovement], known: Known) -> dict[AccountId, Remembered]:
    """What is remembered of each account, or can be told from its entries before the page."""
    first = {moved.account_id: moved for moved in reversed(page) if moved.account_id not in known.activities}
    return {**known.activities, **(_recall(unit, list(first.values()), known.policy) if first else {})}


def _recall(unit: FraudUnit, page: Sequence[PostedMovement], policy: FraudPolicy) -> dict[AccountId, Remembered]:
    """What can be told of each account from its entries before that movement, of which each account has one."""
    firsts = {moved.account_id: moved.share.first_sequence for moved in page}
    return {
        account_id: Remembered(firsts[account_id] - 1, AccountActivity.of_old(history, policy))
        for account_id, history in unit.find_histories(firsts).items()
    }


def _freeze(unit: FraudUnit, account_id: AccountId, origin: Origin) -> bool:
    """Whether the account was frozen now; one that is frozen or closed already stays as it is."""
    (outcome,) = unit.ledger.execute([FreezeAccount(account_id, reason="suspected fraud")], origin=origin)
    return isinstance(outcome, Changed)
