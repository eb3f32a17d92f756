"""Examine: looks at movements after they were posted, and opens cases for those that look like fraud."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bankcore.fraud.activity import AccountActivity
from bankcore.fraud.cases import CaseStatus, FraudCase, FraudCaseId
from bankcore.fraud.events import FraudCaseOpened
from bankcore.fraud.movements import PostedMovement
from bankcore.fraud.policy import FraudPolicy
from bankcore.fraud.ports import FraudUnit, Known, Remembered, Span
from bankcore.fraud.rules import score
from bankcore.fraud.signals import Score
from bankcore.identifiers import AccountId, IdentifierSource, TenantId
from bankcore.ledger.commands import FreezeAccount
from bankcore.ledger.outcomes import Changed
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True)
class _Suspicion:
    moved: PostedMovement
    found: Score


@dataclass(frozen=True, slots=True)
class Examine:
    """Examines movements of one tenant, and keeps activities of accounts for the rules; each movement counts once.

    A repeated movement, or one that comes after later ones of its account, is judged by the entries before it, and
    changes no activity.
    """

    tenant_id: TenantId
    ids: IdentifierSource
    actor_id: str

    def __call__(self, unit: FraudUnit, page: Sequence[PostedMovement]) -> list[FraudCase]:
        """Examine these movements. Returns the cases that were opened.

        The movements of one account are in their order. No case is opened if the account has an open one with as many
        points, so that a burst of movements is one case and not a thousand.
        """
        known = unit.lock_known({moved.account_id for moved in page}, {moved.other_side for moved in page})
        # Accounts are frozen in the order of their ids, in which all others lock them.
        suspicions = sorted(_judge(unit, page, known), key=lambda one: one.moved.account_id.int)
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
        unit.publish([FraudCaseOpened(unit.new_stamp(origin), case)])
        return case


def _judge(unit: FraudUnit, page: Sequence[PostedMovement], known: Known) -> list[_Suspicion]:
    """Judge each movement by the activity before it, and remember all. Returns those that are worth a case."""
    policy, customers, activities = known
    before = {**activities, **_caught_up(unit, _first_of_each(page), activities, policy)}
    suspicions, changed = [], {}
    for moved in page:
        account_id, other_side, last_sequence = moved.account_id, moved.other_side, moved.share.last_sequence
        remembered = before.get(account_id)
        if remembered is None:
            # Settlement accounts are not examined.
            continue
        sequence, activity = remembered
        is_late = last_sequence <= sequence
        if is_late:
            activity = _caught_up(unit, {account_id: moved}, {}, policy)[account_id].activity
        movement = moved.movement(other_side if other_side in customers else None)
        if movement is not None:
            found = score(activity, movement, policy)
            if found.points >= policy.case_points:
                suspicions.append(_Suspicion(moved, found))
            activity = activity.after(movement, policy)
        if not is_late:
            before[account_id] = changed[account_id] = Remembered(last_sequence, activity)
    if changed:
        unit.remember(changed)
    return suspicions


def _first_of_each(page: Sequence[PostedMovement]) -> dict[AccountId, PostedMovement]:
    return {moved.account_id: moved for moved in reversed(page)}


def _caught_up(
    unit: FraudUnit,
    first: Mapping[AccountId, PostedMovement],
    activities: Mapping[AccountId, Remembered],
    policy: FraudPolicy,
) -> dict[AccountId, Remembered]:
    """The activities that end before the movement of their account, brought up to it from the entries.

    The account had no activity, or the missing movements were dead letters or were consumed by a program without
    activities.
    """
    spans = {}
    for account_id, moved in first.items():
        remembered = activities.get(account_id)
        sequence = 0 if remembered is None else remembered.sequence
        if remembered is None or sequence + 1 < moved.share.first_sequence:
            spans[account_id] = Span(sequence, moved.share.first_sequence)
    histories = unit.find_histories(spans) if spans else {}
    caught_up = {}
    for account_id, history in histories.items():
        remembered = activities.get(account_id)
        activity = AccountActivity.before(history) if remembered is None else remembered.activity
        caught_up[account_id] = Remembered(spans[account_id].end - 1, activity.after_all(history.movements, policy))
    return caught_up


def _freeze(unit: FraudUnit, account_id: AccountId, origin: Origin) -> bool:
    """Freeze the account. Returns whether it was active; a frozen or closed one stays as it is."""
    (outcome,) = unit.ledger.execute([FreezeAccount(account_id, reason="suspected fraud")], origin=origin)
    return isinstance(outcome, Changed)
