"""The limits of one unit of work: what is left of each while its commands are decided one after another."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account, AccountKind, LockedAccount
from bankcore.ledger.holds import Hold
from bankcore.ledger.limits import HOLD, Limit, LimitFacts, LimitPolicy, LimitWindow, Usage, day_of, resets_at
from bankcore.ledger.rejections import LimitExceededError
from bankcore.money import Money

_NOTHING: Final[LimitPolicy] = ()


class LimitStanding(NamedTuple):
    """A limit of an account: what is used, and what is left until it begins anew; minor units for an amount."""

    limit: Limit
    is_own: bool
    """Whether it was set for the account, and not for all customers."""
    used: int
    left: int
    resets_at: datetime | None


class LimitUsages(NamedTuple):
    """What was counted at one moment, and what of it is not written yet."""

    by_account: dict[AccountId, dict[str, Usage]]
    changed: set[tuple[AccountId, str]]


class LimitBook:
    """Policies and usage of locked accounts; usage changes with each debit, and is written with the money."""

    def __init__(self, facts: LimitFacts, *, opened_at: datetime) -> None:
        self._today = day_of(opened_at)
        self._tenant = facts.tenant
        self._own = {each.account_id: each.own for each in facts.accounts if each.own}
        self._usages = {
            each.account_id: {usage.kind: usage.as_of(self._today) for usage in each.usages} for each in facts.accounts
        }
        self._changed = set[tuple[AccountId, str]]()

    def binds(self, account: LockedAccount | Account) -> bool:
        """Whether any limit may bind it; only customers' accounts have some, whose money nobody else needs."""
        return account.kind is AccountKind.CUSTOMER and bool(self._tenant or account.id in self._own)

    def find_refusal(self, account: LockedAccount, kind: str, minor: int) -> LimitExceededError | None:
        """The refusal of that debit by the first limit that it would exceed, the account's own ones first."""
        if not self.binds(account):
            return None
        for standing in self.standings(account):
            limit = standing.limit
            needed = 1 if limit.amount is None else minor
            if limit.binds(kind) and needed > standing.left:
                return _exceeded(account, standing)
        return None

    def standings(self, account: LockedAccount | Account) -> Sequence[LimitStanding]:
        """The limits of the account's currency."""
        own = self._own.get(account.id, _NOTHING)
        return [
            self._standing(account.id, limit, is_own=is_own)
            for is_own, policy in ((True, own), (False, self._tenant))
            for limit in policy
            if limit.amount is None or limit.amount.currency == account.currency
        ]

    def use(self, account: LockedAccount, kind: str, minor: int) -> None:
        """Count a debit; one of an account without limits is not counted."""
        if self.binds(account):
            usage = self._usages.setdefault(account.id, {}).get(kind) or Usage(kind, self._today)
            self._put(account.id, usage.add(1, minor))

    def give_back_rest(self, hold: Hold) -> None:
        """Count less by what the hold still keeps, just before it ends."""
        self.give_back(hold, hold.remaining_minor, is_whole=not hold.captured_minor)

    def give_back(self, hold: Hold, minor: int, *, is_whole: bool) -> None:
        """Count so much less of a hold that was placed in a window that still lasts; all of it is one hold less."""
        usage = self._usages.get(hold.account_id, {}).get(HOLD)
        if usage is None:
            return
        placed, count = day_of(hold.placed_at), -1 if is_whole else 0
        if placed == usage.day:
            self._put(hold.account_id, usage.add(count, -minor))
        elif (placed.year, placed.month) == (usage.day.year, usage.day.month):
            self._put(hold.account_id, usage.add_to_month(count, -minor))

    def take_changed(self) -> list[tuple[AccountId, Usage]]:
        """What changed since it was taken last."""
        changed = [(account_id, self._usages[account_id][kind]) for account_id, kind in sorted(self._changed)]
        self._changed.clear()
        return changed

    def save(self) -> LimitUsages:
        """What is counted now, to be given to `restore`."""
        return LimitUsages({account_id: dict(kinds) for account_id, kinds in self._usages.items()}, set(self._changed))

    def restore(self, saved: LimitUsages) -> None:
        """Count as it was counted then; nothing may have been taken since."""
        self._usages, self._changed = saved

    def _standing(self, account_id: AccountId, limit: Limit, *, is_own: bool) -> LimitStanding:
        bound = limit.count if limit.amount is None else limit.amount.minor
        used, window = 0, limit.per
        usages = [usage for kind, usage in self._usages.get(account_id, {}).items() if limit.binds(kind)]
        if window is not LimitWindow.TRANSACTION:
            used = sum(usage.of(window)[limit.amount is not None] for usage in usages)
        day = max([self._today, *[usage.day for usage in usages]])
        return LimitStanding(limit, is_own, used, max(0, (bound or 0) - used), resets_at(window, day))

    def _put(self, account_id: AccountId, usage: Usage) -> None:
        self._usages[account_id][usage.kind] = usage
        self._changed.add((account_id, usage.kind))


def _exceeded(account: LockedAccount, standing: LimitStanding) -> LimitExceededError:
    limit, _is_own, used, left, resets = standing
    if limit.amount is None:
        return LimitExceededError(
            account_id=account.id,
            per=limit.per,
            kind=limit.kind,
            limit_count=limit.count,
            used_count=used,
            allowed_count=left,
            resets_at=resets,
        )
    return LimitExceededError(
        account_id=account.id,
        per=limit.per,
        kind=limit.kind,
        limit=limit.amount,
        used=Money(used, account.currency),
        allowed=Money(left, account.currency),
        resets_at=resets,
    )
