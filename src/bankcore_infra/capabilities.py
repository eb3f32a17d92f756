"""What a bank consists of. A new capability is one more name in this tuple."""

from typing import Final

from bankcore_infra.api_keys.capability import API_KEYS
from bankcore_infra.approvals.capability import APPROVALS
from bankcore_infra.assertions.capability import ASSERTIONS
from bankcore_infra.audit.capability import AUDIT
from bankcore_infra.batches.capability import BATCHES
from bankcore_infra.capability import Capability
from bankcore_infra.disbursements.capability import DISBURSEMENTS
from bankcore_infra.disputes.capability import DISPUTES
from bankcore_infra.documents.capability import DOCUMENTS
from bankcore_infra.encryption.capability import ENCRYPTION
from bankcore_infra.events.capability import EVENTS
from bankcore_infra.fraud.capability import FRAUD
from bankcore_infra.fx.capability import FX
from bankcore_infra.holds.capability import HOLDS
from bankcore_infra.idempotency.capability import IDEMPOTENCY
from bankcore_infra.identity.capability import IDENTITY
from bankcore_infra.ledger.capability import LEDGER
from bankcore_infra.limits.capability import LIMITS
from bankcore_infra.notifications.capability import NOTIFICATIONS
from bankcore_infra.payments.capability import PAYMENTS
from bankcore_infra.payouts.capability import PAYOUTS
from bankcore_infra.reconciliation.capability import RECONCILIATIONS
from bankcore_infra.refunds.capability import REFUNDS
from bankcore_infra.second_factor.capability import SECOND_FACTOR
from bankcore_infra.settlements.capability import SETTLEMENTS
from bankcore_infra.tenancy.capability import TENANCY
from bankcore_infra.webhooks.capability import WEBHOOKS
from bankcore_infra.work.capability import WORK

CAPABILITIES: Final[tuple[Capability, ...]] = (
    LEDGER,
    LIMITS,
    BATCHES,
    DISBURSEMENTS,
    DOCUMENTS,
    HOLDS,
    IDEMPOTENCY,
    APPROVALS,
    RECONCILIATIONS,
    ASSERTIONS,
    AUDIT,
    ENCRYPTION,
    IDENTITY,
    SECOND_FACTOR,
    API_KEYS,
    EVENTS,
    FRAUD,
    FX,
    NOTIFICATIONS,
    PAYMENTS,
    PAYOUTS,
    REFUNDS,
    DISPUTES,
    SETTLEMENTS,
    TENANCY,
    WEBHOOKS,
    WORK,
)
