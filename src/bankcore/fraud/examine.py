"""Examine: looks at movements after they were posted, and opens cases for those that look like fraud."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bankcore.fraud.activity import AccountActivity
from bankcore.fraud.cases import CaseStatus, FraudCase, FraudCaseId
from bankcore.fraud.events import FraudCaseOpened
from bankcore.fraud.movements import Share, Shares, movement_of, seconds_of
from bankcore.fraud.policy import FraudPolicy
from bankcore.fraud.ports import FraudUnit, Remembered
from bankcore.fraud.rules import score
from bankcore.fraud.signals import Score
from bankcore.identifiers import AccountId, EventId, IdentifierSource, TenantId, TransactionId
from bankcore.ledger.events import Stamp
from bankcore.ledger.outcomes import Changed
from bankcore.ledger.status_commands import FreezeAccount
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedMovement:
    """A posted transaction as one of its accounts met it, and the request that asked for it."""

    account_id: AccountId
    shares: Shares
    request_id: str | None = None

    @property
    def transaction_id(self) -> TransactionId:
        """The transaction."""
        return self.shares.transaction_id

    @property
    def share(self) -> Share:
        """What it moved on the account."""
        return self.shares.of[self.account_id]


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
        policy = unit.get_policy()
        suspicions = _judge(unit, page, policy)
        return self._open_cases(unit, suspicions, policy) if suspicions else []

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


_Customers = Mapping[AccountId, datetime]


def _judge(unit: FraudUnit, page: Sequence[PostedMovement], policy: FraudPolicy) -> list[_Suspicion]:
    """The movements that are worth a case, each judged by what was there before it; and remember all of them."""
    others = {moved.shares.other_side_of(moved.account_id) for moved in page}
    customers = unit.find_customers(others | {moved.account_id for moved in page})
    ours = [moved for moved in page if moved.account_id in customers]
    known = _known_before(unit, ours, customers, policy)
    suspicions, remembered = [], {}
    for moved in ours:
        account_id, share = moved.account_id, moved.share
        sequence, activity = known[account_id]
        is_late = share.last_sequence <= sequence
        if is_late:
            activity = _activities_before(unit, [moved], customers, policy)[account_id]
        other = moved.shares.other_side_of(account_id)
        movement = movement_of(share, other if other in customers else None, moved.shares.at_s)
        if movement is not None:
            found = score(activity, movement, policy)
            if found.points >= policy.case_points:
                suspicions.append(_Suspicion(moved, found))
            activity = activity.after(movement, policy)
        if not is_late:
            known[account_id] = remembered[account_id] = Remembered(share.last_sequence, activity)
    unit.remember(remembered)
    return suspicions


def _known_before(
    unit: FraudUnit, page: Sequence[PostedMovement], customers: _Customers, policy: FraudPolicy
) -> dict[AccountId, Remembered]:
    """What is remembered of each account, or can be told from its entries before the page."""
    known = dict(unit.lock_activities({moved.account_id for moved in page}))
    first = {moved.account_id: moved for moved in reversed(page) if moved.account_id not in known}
    for account_id, activity in _activities_before(unit, list(first.values()), customers, policy).items():
        known[account_id] = Remembered(first[account_id].share.first_sequence - 1, activity)
    return known


def _activities_before(
    unit: FraudUnit, page: Sequence[PostedMovement], customers: _Customers, policy: FraudPolicy
) -> dict[AccountId, AccountActivity]:
    """What can be told of each account from its entries before that movement, of which each account has one."""
    firsts = {moved.account_id: moved.share.first_sequence for moved in page}
    used = {account_id: first for account_id, first in firsts.items() if first > 1}
    histories = unit.find_histories(used) if used else {}
    return {
        account_id: AccountActivity.of_old(seconds_of(customers[account_id]), histories[account_id], policy)
        if account_id in histories
        else AccountActivity.of_new(seconds_of(customers[account_id]))
        for account_id in firsts
    }


def _freeze(unit: FraudUnit, account_id: AccountId, origin: Origin) -> bool:
    """Whether the account was frozen now; one that is frozen or closed already stays as it is."""
    (outcome,) = unit.ledger.execute([FreezeAccount(account_id, reason="suspected fraud")], origin=origin)
    return isinstance(outcome, Changed)
