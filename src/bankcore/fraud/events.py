"""What happened to cases and to the policy, in the past tense."""

from dataclasses import dataclass

from bankcore.events.stamps import Stamp
from bankcore.fraud.cases import FraudCase
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
class FraudPolicyChanged:
    """Somebody gave the tenant this policy."""

    stamp: Stamp
    policy: FraudPolicy


FraudEvent = FraudCaseOpened | FraudCaseDecided | FraudPolicyChanged
