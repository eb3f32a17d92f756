"""HoldService: places and ends holds, for callers that import the library."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Unpack

from bankcore.holds.commands import CaptureHold, ExtendHold, PlaceHold, VoidHold
from bankcore.holds.queries import HoldQueries, OpenHolds
from bankcore.identifiers import AccountId, HoldId
from bankcore.ledger.command import Carried
from bankcore.ledger.holds import Hold, HoldStatus
from bankcore.ledger.outcomes import accepted_hold, accepted_transaction
from bankcore.ledger.service import LedgerService
from bankcore.ledger.transactions import Transaction
from bankcore.money import Money
from bankcore.origin import LIBRARY, Origin


class HoldService:
    """The holds of one tenant."""

    def __init__(self, ledger: LedgerService, queries: HoldQueries) -> None:
        self._ledger = ledger
        self._queries = queries

    def place(  # noqa: PLR0913 - a hold has this many facts, all but two with a default
        self,
        account_id: AccountId,
        amount: Money,
        *,
        lifetime: timedelta | None = None,
        expires_at: datetime | None = None,
        reference: str | None = None,
        idempotency_key: str | None = None,
        origin: Origin = LIBRARY,
    ) -> Hold:
        """Set so much aside on the account, for `lifetime` (seven days) or until `expires_at`.

        Raises:
            RejectedError: refused, with the facts (InsufficientFundsError, AccountFrozenError, ExpiryOutOfRangeError).
            NotFoundError: no such account.
            ConflictError: the key was used for another request, or is in use at this moment.
        """
        command = PlaceHold(
            account_id,
            amount,
            lifetime=lifetime,
            expires_at=expires_at,
            reference=reference,
            idempotency_key=idempotency_key,
        )
        return accepted_hold(self._ledger.execute_one(command, origin=origin))

    def capture(
        self,
        hold_id: HoldId,
        to_account_id: AccountId,
        amount: Money | None = None,
        *,
        is_final: bool = True,
        origin: Origin = LIBRARY,
        **carried: Unpack[Carried],
    ) -> Transaction:
        """Move what the hold keeps, or that part of it, to the account; a final capture gives back the rest.

        Raises:
            InvalidStateError: the hold was captured, voided, or has expired.
            RejectedError: refused, with the facts (CaptureExceedsHoldError, AccountFrozenError, ...).
            NotFoundError: no such hold or account.
            ForbiddenError: a holder ends only what he has placed himself.
            ConflictError: the key or source was used for another request, or is in use at this moment.
        """
        command = CaptureHold(hold_id, to_account_id, amount, is_final=is_final, **carried)
        return accepted_transaction(self._ledger.execute_one(command, origin=origin))

    def void(
        self,
        hold_id: HoldId,
        *,
        reason: str | None = None,
        idempotency_key: str | None = None,
        origin: Origin = LIBRARY,
    ) -> Hold:
        """Give back what the hold keeps. Raises: as `capture`."""
        command = VoidHold(hold_id, reason=reason, idempotency_key=idempotency_key)
        return accepted_hold(self._ledger.execute_one(command, origin=origin))

    def extend(
        self,
        hold_id: HoldId,
        *,
        lifetime: timedelta | None = None,
        expires_at: datetime | None = None,
        idempotency_key: str | None = None,
        origin: Origin = LIBRARY,
    ) -> Hold:
        """Give the hold more time: until `expires_at`, or `lifetime` from now.

        Raises:
            ExpiryOutOfRangeError: that is not later than it has, or more than a year ahead; else as `capture`.
        """
        command = ExtendHold(hold_id, lifetime=lifetime, expires_at=expires_at, idempotency_key=idempotency_key)
        return accepted_hold(self._ledger.execute_one(command, origin=origin))

    def get(self, hold_id: HoldId) -> Hold:
        """The hold as it is now. Raises: NotFoundError."""
        return self._queries.get_hold(hold_id)

    def list_on(
        self, account_id: AccountId, *, status: HoldStatus | None = None, after: HoldId | None = None, limit: int = 100
    ) -> Sequence[Hold]:
        """The holds on the account in the order in which they were placed, from just after the given one."""
        return self._queries.list_holds(account_id=account_id, status=status, after=after, limit=limit)

    def list_open(self, account_id: AccountId, *, after: HoldId | None = None, limit: int = 1_000) -> OpenHolds:
        """The account and its open holds as of one moment. Raises: NotFoundError."""
        return self._queries.list_open(account_id, after=after, limit=limit)
