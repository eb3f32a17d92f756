"""What a tenant finds suspicious is changed by a person, and the audit log says by whom."""

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
        """Judge by this policy whatever is examined from now on. A repeat is recorded too.

        Raises:
            InvalidRequestError: this is no policy.
            UnavailableError: nothing was recorded.
        """
        require_a(FraudPolicy, policy, "/policy", "a FraudPolicy")

        def change(unit: FraudUnit) -> None:
            unit.store_policy(policy)
            unit.publish([FraudPolicyChanged(unit.new_stamp(origin), policy)])

        self.units.run(change, resubmittable=True)
