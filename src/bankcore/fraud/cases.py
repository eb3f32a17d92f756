"""Cases: movements that a person has to look at, and the decisions on them."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType, Self
from uuid import UUID

from bankcore.errors import InvalidStateError
from bankcore.fraud.signals import Score
from bankcore.identifiers import AccountId, TenantId, TransactionId

NOTE_LENGTH_MAX: Final = 1_000
FraudCaseId = NewType("FraudCaseId", UUID)


class CaseStatus(StrEnum):
    """Whether a case is decided, and how."""

    OPEN = "open"
    CLEARED = "cleared"
    CONFIRMED = "confirmed"


class Verdict(StrEnum):
    """What a person can decide: it was innocent, or it was fraud."""

    CLEARED = "cleared"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Who decided, when, and why."""

    by: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FraudCase:
    """A movement on an account that looked like fraud; `froze_account` tells whether the account was frozen for it.

    A case is decided once; only an open case has no decision.
    """

    tenant_id: TenantId
    id: FraudCaseId
    account_id: AccountId
    transaction_id: TransactionId
    score: Score
    froze_account: bool
    status: CaseStatus
    opened_at: datetime
    decision: Decision | None

    def decided(self, verdict: Verdict, decision: Decision) -> Self:
        """The case with its decision.

        Raises:
            InvalidStateError: it has a decision already.
        """
        if self.status is not CaseStatus.OPEN:
            raise InvalidStateError(resource="fraud_case", identifier=str(self.id), state=self.status)
        return replace(self, status=CaseStatus(verdict), decision=decision)
