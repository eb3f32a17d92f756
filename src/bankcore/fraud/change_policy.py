"""ChangePolicy: a person changes what a tenant finds suspicious, and the audit log records who."""

from dataclasses import dataclass

from bankcore.arguments import require_a
from bankcore.fraud.events import FraudPolicyChanged
from bankcore.fraud.policy import FraudPolicy
from bankcore.fraud.ports import FraudUnit, FraudUnits
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True)
class ChangePolicy:
    """Gives one tenant another policy."""

    units: FraudUnits

    def __call__(self, policy: FraudPolicy, *, origin: Origin) -> None:
        """Examine movements by this policy from now on. A repeat is recorded too.

        Raises:
            InvalidRequestError: this is no valid policy.
            UnavailableError: nothing was recorded.
        """
        require_a(FraudPolicy, policy, "/policy", "a FraudPolicy")

        def change(unit: FraudUnit) -> None:
            unit.store_policy(policy)
            unit.publish([FraudPolicyChanged(unit.new_stamp(origin), policy)])

        self.units.run(change, resubmittable=True)
