"""DecideDisbursements: what people do with disbursements that wait for approval."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from bankcore.arguments import require_a, require_id
from bankcore.disbursements import actions
from bankcore.disbursements.decide import ApprovingDisbursement, RejectingDisbursement, WithdrawingDisbursement
from bankcore.disbursements.disbursements import Disbursement, DisbursementId
from bankcore.disbursements.keyed import DisbursementTask
from bankcore.disbursements.ports import DisbursementUnit, DisbursementUnits
from bankcore.disbursements.resolve import ResolveDisbursement, ResolvingDisbursement
from bankcore.idempotency.answers import Accepted, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.identifiers import TenantId
from bankcore.ledger.command import elements
from bankcore.origin import Origin
from bankcore.texts import require_text

REJECTION_LENGTH_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class DecideDisbursements:
    """Decisions of one tenant. Who may decide is the caller's to know; that it is another person is known here."""

    tenant_id: TenantId
    units: DisbursementUnits

    def approve(
        self, disbursement_id: DisbursementId, *, origin: Origin, idempotency_key: str | None = None
    ) -> Accepted[Disbursement]:
        """Approve it as another person; it is sent soon after.

        Raises:
            NotFoundError: there is no such disbursement.
            InvalidStateError: it was decided, or the money is not held any more.
            SecondPersonRequiredError: the same person requested it, or owns the account.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        require_id(disbursement_id, "/disbursementId")
        return self._answer(
            _fingerprint("approve_disbursement", disbursement_id),
            origin,
            idempotency_key,
            lambda unit: ApprovingDisbursement(unit, actions.DISBURSEMENT_APPROVED, origin, disbursement_id),
        )

    def reject(
        self, disbursement_id: DisbursementId, *, reason: str, origin: Origin, idempotency_key: str | None = None
    ) -> Accepted[Disbursement]:
        """Reject it for ever; the money is free again. Raises: as `approve`, and InvalidRequestError for the reason."""
        require_id(disbursement_id, "/disbursementId")
        require_text(reason, "/reason", length_max=REJECTION_LENGTH_MAX)
        return self._answer(
            _fingerprint("reject_disbursement", disbursement_id, reason),
            origin,
            idempotency_key,
            lambda unit: RejectingDisbursement(unit, actions.DISBURSEMENT_REJECTED, origin, disbursement_id, reason),
        )

    def withdraw(
        self, disbursement_id: DisbursementId, *, origin: Origin, idempotency_key: str | None = None
    ) -> Accepted[Disbursement]:
        """Want it no more, as the one who requested it; the money is free again.

        Raises:
            NotFoundError: there is no such disbursement, or somebody else requested it.
            InvalidStateError: it was decided.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        require_id(disbursement_id, "/disbursementId")
        return self._answer(
            _fingerprint("withdraw_disbursement", disbursement_id),
            origin,
            idempotency_key,
            lambda unit: WithdrawingDisbursement(unit, actions.DISBURSEMENT_WITHDRAWN, origin, disbursement_id),
        )

    def resolve(
        self, command: ResolveDisbursement, *, origin: Origin, idempotency_key: str | None = None
    ) -> Accepted[Disbursement]:
        """Say, as another person, how one ended that needs review; the books follow.

        What was booked as paid and has failed is put back by a new transaction.

        Raises:
            NotFoundError: there is no such disbursement.
            InvalidStateError: it needs no review, or it failed before, and its money was given back.
            SecondPersonRequiredError: the same person requested it, or owns the account.
            RejectedError: the ledger refuses the money, such as for a frozen account; nothing is settled.
            IdempotencyKeyReusedError, IdempotencyInProgressError: the key is in use.
            UnavailableError, OutcomeUnknownError: send it again.
        """
        return self._answer(
            command.fingerprint(),
            origin,
            idempotency_key,
            lambda unit: ResolvingDisbursement(
                unit, actions.DISBURSEMENT_RESOLVED, origin, command.disbursement_id, command, self.tenant_id
            ),
        )

    def _answer(
        self,
        asked: bytes,
        origin: Origin,
        idempotency_key: str | None,
        begin: Callable[[DisbursementUnit], DisbursementTask],
    ) -> Accepted[Disbursement]:
        require_a(Origin, origin, "/origin", "who asks is an Origin")
        key = key_of(origin, idempotency_key)
        return answer_once(self.units, key, asked, begin)


def _fingerprint(deed: str, disbursement_id: DisbursementId, *said: str) -> bytes:
    return sha256(f"[{elements(deed, str(disbursement_id), *said)}]".encode()).digest()
