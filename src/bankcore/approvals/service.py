"""Approvals: what people do with movements of money that need a second person."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from bankcore.approvals import actions
from bankcore.approvals.approvals import Approvable, Approval, ApprovalId
from bankcore.approvals.decide import Approving, Rejecting, Withdrawing
from bankcore.approvals.keyed import ApprovalTask
from bankcore.approvals.ports import ApprovalUnit, ApprovalUnits
from bankcore.approvals.request import Requesting
from bankcore.arguments import require_a, require_id
from bankcore.errors import InvalidRequestError
from bankcore.idempotency.answers import Accepted, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.ledger.command import CarryingCommand, elements
from bankcore.origin import Origin
from bankcore.texts import require_text

REASON_LENGTH_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Approvals:
    """The approvals of one tenant. Who may decide is the caller's to know; that it is another person is known here."""

    units: ApprovalUnits

    def request(self, command: Approvable, *, origin: Origin, idempotency_key: str | None = None) -> Accepted[Approval]:
        """Want that movement, within what the origin may do. Nothing moves before a second person approves it.

        Raises:
            NotFoundError: there is no such account or transaction, or it is somebody else's.
            ForbiddenError: holders reverse nothing.
            CurrencyMismatchError, SameAccountError: it could never be done.
            InvalidRequestError: the command has a key, a source, a chain, expectations or an instant of its own.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        _require_plain(command)
        asked = f'["request_approval","{command.kind}",{command.terms()}]'
        return self._answer(
            asked,
            origin,
            idempotency_key,
            lambda unit: Requesting(unit, actions.APPROVAL_REQUESTED, origin, command),
        )

    def approve(
        self, approval_id: ApprovalId, *, origin: Origin, idempotency_key: str | None = None
    ) -> Accepted[Approval]:
        """Approve it as a second person: the decision and the movement are committed together, or neither is.

        Raises:
            NotFoundError: there is no such approval.
            InvalidStateError: it ended, or has expired.
            SecondPersonRequiredError: the same person requested it, or owns an account that it touches.
            BankcoreError: the ledger refuses (InsufficientFundsError, AccountFrozenError, ...), and it waits as before.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        require_id(approval_id, "/approvalId")
        return self._answer(
            f'["approve","{approval_id}"]',
            origin,
            idempotency_key,
            lambda unit: Approving(unit, actions.APPROVAL_APPROVED, origin, approval_id),
        )

    def reject(
        self, approval_id: ApprovalId, *, reason: str, origin: Origin, idempotency_key: str | None = None
    ) -> Accepted[Approval]:
        """Reject it for ever. Raises: as `approve`, and InvalidRequestError for the reason."""
        require_id(approval_id, "/approvalId")
        require_text(reason, "/reason", length_max=REASON_LENGTH_MAX)
        return self._answer(
            f'["reject",{elements(str(approval_id), reason)}]',
            origin,
            idempotency_key,
            lambda unit: Rejecting(unit, actions.APPROVAL_REJECTED, origin, approval_id, reason),
        )

    def withdraw(
        self, approval_id: ApprovalId, *, origin: Origin, idempotency_key: str | None = None
    ) -> Accepted[Approval]:
        """Want it no more, as the one who requested it.

        Raises:
            NotFoundError: there is no such approval, or somebody else requested it.
            InvalidStateError: it ended, or has expired.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        require_id(approval_id, "/approvalId")
        return self._answer(
            f'["withdraw_approval","{approval_id}"]',
            origin,
            idempotency_key,
            lambda unit: Withdrawing(unit, actions.APPROVAL_WITHDRAWN, origin, approval_id),
        )

    def _answer(
        self, asked: str, origin: Origin, idempotency_key: str | None, begin: Callable[[ApprovalUnit], ApprovalTask]
    ) -> Accepted[Approval]:
        require_a(Origin, origin, "/origin", "who asks is an Origin")
        key = key_of(origin, idempotency_key)
        return answer_once(self.units, key, sha256(asked.encode()).digest(), begin)


def _require_plain(command: CarryingCommand) -> None:
    """Require what a second person can read, and is then done as it was read."""
    require_a(CarryingCommand, command, "/command", "what is approved is a Transfer, Withdraw or ReverseTransaction")
    if not isinstance(command, Approvable):
        raise InvalidRequestError(pointer="/command", detail=f"{command.kind} is not for approval")
    extras = (command.idempotency_key, command.source, command.chain, command.effective_at)
    if command.expects or any(extra is not None for extra in extras):
        raise InvalidRequestError(pointer="/command", detail="without key, source, chain, instant and expectations")
