"""Where each tenant's receipts come from; whoever offers them need not load what signs."""

from abc import abstractmethod
from typing import Protocol

from bankcore.audit.receipts import AuditReceipts
from bankcore.identity.principals import TenantName


class ReceiptDesk(Protocol):
    """The receipts of every tenant, all signed with the keys that were opened first."""

    @abstractmethod
    def of_tenant(self, tenant: TenantName) -> AuditReceipts:
        """Those of that tenant."""
