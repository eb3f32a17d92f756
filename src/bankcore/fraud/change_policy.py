"""What a tenant finds suspicious is changed by a person, and the audit log says by whom."""

from dataclasses import dataclass

from bankcore.arguments import require_a
from bankcore.events.stamps import Stamp
from bankcore.fraud.events import FraudPolicyChanged
from bankcore.fraud.policy import FraudPolicy
from bankcore.fraud.ports import FraudUnit, FraudUnits
from bankcore.identifiers import EventId, IdentifierSource, TenantId
from bankcore.origin import Origin


@dataclass(frozen=True, slots=True)
class ChangePolicy:
    """Gives one tenant another policy."""

    tenant_id: TenantId
    units: FraudUnits
    ids: IdentifierSource

    def __call__(self, policy: FraudPolicy, *, origin: Origin) -> None:
        """Judge by this policy whatever is examined from now on. A repeat is recorded too.

        Raises:
            InvalidRequestError: this is no policy.
            UnavailableError: nothing was recorded.
        """
        require_a(FraudPolicy, policy, "/policy", "a FraudPolicy")
        self.units.run(lambda unit: self._change(unit, policy, origin), resubmittable=True)

    def _change(self, unit: FraudUnit, policy: FraudPolicy, origin: Origin) -> None:
        unit.store_policy(policy)
        stamp = Stamp(EventId(self.ids.new_id()), self.tenant_id, unit.opened_at, origin)
        unit.publish([FraudPolicyChanged(stamp, policy)])
