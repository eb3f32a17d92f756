"""Reading holds: the port that answers holders, staff and services."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bankcore.arguments import require_a, require_count, require_optional_id, require_optional_words
from bankcore.identifiers import AccountId, HoldId
from bankcore.ledger.accounts import Account
from bankcore.ledger.holds import Hold, HoldStatus


@dataclass(frozen=True, slots=True)
class OpenHolds:
    """An account, and open holds on it, as they were at one moment: if all are here, they make up what is held."""

    account: Account
    holds: Sequence[Hold]


class HoldQueries(Protocol):
    """Reads of one tenant's holds; `owner_id` hides those on accounts of others, None is for staff and services.

    A hold whose time is over by the database's clock is shown as expired, and keeps nothing, from that moment on.
    """

    @abstractmethod
    def get_hold(self, hold_id: HoldId, *, owner_id: str | None = None) -> Hold:
        """The hold as it is now.

        Raises:
            NotFoundError: there is none, or its account belongs to somebody else.
        """

    @abstractmethod
    def list_holds(
        self,
        *,
        owner_id: str | None = None,
        account_id: AccountId | None = None,
        status: HoldStatus | None = None,
        after: HoldId | None = None,
        limit: int,
    ) -> Sequence[Hold]:
        """The holds in the order in which they were placed, from just after the given one."""

    @abstractmethod
    def list_open(
        self, account_id: AccountId, *, owner_id: str | None = None, after: HoldId | None = None, limit: int
    ) -> OpenHolds:
        """The account and its open holds in the order in which they were placed, from just after the given one.

        Raises:
            NotFoundError: no such account, or it belongs to somebody else.
        """


def require_wanted(
    *,
    owner_id: str | None,
    account_id: AccountId | None,
    status: HoldStatus | None,
    after: HoldId | None,
    limit: int,
) -> None:
    """Require that `list_holds` can look for these. Raises: InvalidRequestError."""
    require_optional_words(owner_id, "/ownerId")
    require_optional_id(account_id, "/accountId")
    require_optional_id(after, "/after")
    require_count(limit, "/limit")
    if status is not None:
        require_a(HoldStatus, status, "/status", "a status is one of HoldStatus")
