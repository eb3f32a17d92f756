"""The destination of a transfer, named by the account's id or number."""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from bankcore.errors import InvalidRequestError, NotFoundError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.queries import LedgerQueries

_GROUPING: Final = re.compile(r"[\s-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """The account that a transfer credits, and whether it is the payer's own, who then sees its balance too."""

    account_id: AccountId
    is_own: bool

    @property
    def own_account_ids(self) -> tuple[AccountId, ...]:
        """The account, if it is the payer's own."""
        return (self.account_id,) if self.is_own else ()


def find_destination(
    queries: LedgerQueries, *, account_id: UUID | None, number: str | None, payer_id: str
) -> Destination:
    """The destination of the transfer. The ledger decides, and records, whether an id is that of an account.

    The owner is read before the money moves: afterwards a failing read would deny a transfer that was made.

    Raises:
        InvalidRequestError: neither or both of id and number are given.
        NotFoundError: no account that takes transfers has this number.
    """
    if account_id is not None and number is None:
        return Destination(account_id=AccountId(account_id), is_own=_is_own(queries, AccountId(account_id), payer_id))
    if number is not None and account_id is None:
        return _by_number(queries, number, payer_id)
    raise InvalidRequestError(pointer="/toAccountId", detail="give one of toAccountId and toAccountNumber")


def _by_number(queries: LedgerQueries, number: str, payer_id: str) -> Destination:
    # People copy numbers in groups, as they are printed.
    account = queries.find_account_by_number(_GROUPING.sub("", number))
    # Our own accounts have numbers too. The ledger would refuse them, but its answer would name their ids.
    if account is None or account.kind is not AccountKind.CUSTOMER:
        raise NotFoundError(resource="account", identifier=number)
    return Destination(account_id=account.id, is_own=account.owner_id == payer_id)


def _is_own(queries: LedgerQueries, account_id: AccountId, owner_id: str) -> bool:
    try:
        return queries.get_owner_id(account_id) == owner_id
    except NotFoundError:
        return False
