"""LimitService: sets and reads limits, for callers that import the library."""

from collections.abc import Sequence

from bankcore.identifiers import AccountId
from bankcore.ledger.limit_book import LimitStanding
from bankcore.ledger.limits import Limit, LimitPolicy
from bankcore.limits.policies import LimitQueries
from bankcore.limits.set_limits import ChangeLimits, SetLimits
from bankcore.origin import LIBRARY, Origin


class LimitService:
    """The limits of one tenant."""

    def __init__(self, set_limits: SetLimits, queries: LimitQueries) -> None:
        self._set = set_limits
        self._queries = queries

    def set_for_account(
        self,
        account_id: AccountId,
        limits: Sequence[Limit],
        *,
        reason: str | None = None,
        idempotency_key: str | None = None,
        origin: Origin = LIBRARY,
    ) -> LimitPolicy:
        """Let these limits bind a customer's account in the place of its own ones; those of the tenant bind it too.

        Raises:
            InvalidStateError: the account is not a customer's.
            CurrencyMismatchError: a limit is in another currency than the account.
            NotFoundError: no such account.
            ConflictError: the key was used for another request, or is in use at this moment.
        """
        command = ChangeLimits(account_id, limits, reason=reason, idempotency_key=idempotency_key)
        return self._set(command, origin=origin).value

    def set_for_tenant(
        self,
        limits: Sequence[Limit],
        *,
        reason: str | None = None,
        idempotency_key: str | None = None,
        origin: Origin = LIBRARY,
    ) -> LimitPolicy:
        """Let these limits bind each customer's account. Raises: as `set_for_account`."""
        command = ChangeLimits(None, limits, reason=reason, idempotency_key=idempotency_key)
        return self._set(command, origin=origin).value

    def get_policy(self, account_id: AccountId | None) -> LimitPolicy:
        """The account's own limits, or without an account those of all customers. Raises: NotFoundError."""
        return self._queries.get_policy(account_id)

    def list_standings(self, account_id: AccountId) -> Sequence[LimitStanding]:
        """All limits that bind the account, with what is used and left of each. Raises: NotFoundError."""
        return self._queries.list_standings(account_id)
