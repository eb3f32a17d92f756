"""What happened to cases and to the policy, in the past tense."""

from dataclasses import dataclass

from bankcore.errors import BankcoreError
from bankcore.events.stamps import Stamp
from bankcore.fraud.cases import FraudCase, FraudCaseId, Verdict
from bankcore.fraud.policy import FraudPolicy


@dataclass(frozen=True, slots=True)
class FraudCaseOpened:
    """A movement looked like fraud."""

    stamp: Stamp
    case: FraudCase


@dataclass(frozen=True, slots=True)
class FraudCaseDecided:
    """A person decided."""

    stamp: Stamp
    case: FraudCase


@dataclass(frozen=True, slots=True)
class FraudDecisionRefused:
    """A person wanted to decide what cannot be decided."""

    stamp: Stamp
    case_id: FraudCaseId
    verdict: Verdict
    reason: BankcoreError


@dataclass(frozen=True, slots=True)
class FraudPolicyChanged:
    """Somebody gave the tenant this policy."""

    stamp: Stamp
    policy: FraudPolicy


FraudEvent = FraudCaseOpened | FraudCaseDecided | FraudDecisionRefused | FraudPolicyChanged
