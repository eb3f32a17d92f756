"""Approvals in memory: the real use cases, on approvals that vanish with the test."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from bankcore.approvals.approvals import Approval, ApprovalId, ApprovalStatus
from bankcore.approvals.ports import ApprovalQueries, ApprovalUnit
from bankcore.approvals.service import Approvals
from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.accounts import Account
from bankcore.ledger.transactions import Transaction
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.sections import Section
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits


@dataclass(slots=True)
class StoredApprovals(Section):
    """The approvals of one tenant."""

    all: dict[ApprovalId, Approval] = field(default_factory=dict)


class InMemoryApprovalUnit(InMemoryUnit, ApprovalUnit):
    """Approvals and books of one tenant inside one unit of work, on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, stored: StoredApprovals) -> None:
        super().__init__(ledger_unit, bank)
        self._books = ledger_unit.draft
        self._draft = ledger_unit.draft.section(stored)

    def new_id(self) -> UUID:
        return self._bank.ids.new_id()

    def find_account(self, account_id: AccountId) -> Account | None:
        return self._books.accounts.get(account_id)

    def find_transaction(self, transaction_id: TransactionId) -> Transaction | None:
        return self._books.transactions.get(transaction_id)

    def add_approval(self, approval: Approval) -> None:
        self._draft.all[approval.id] = approval

    def find_approval(self, approval_id: ApprovalId) -> Approval | None:
        return self._draft.all.get(approval_id)

    def lock_approval(self, approval_id: ApprovalId) -> Approval | None:
        return self._draft.all.get(approval_id)

    def end_approval(self, approval: Approval) -> None:
        self._draft.all[approval.id] = approval


class InMemoryApprovalQueries(ApprovalQueries):
    """The committed approvals of one tenant."""

    def __init__(self, stored: StoredApprovals, bank: InMemoryBank) -> None:
        self._stored = stored
        self._bank = bank

    def get_approval(self, approval_id: ApprovalId, *, requested_by: str | None = None) -> Approval:
        """The approval as it is now; NotFoundError."""
        approval = self._stored.all.get(approval_id)
        if approval is None or not approval.is_shown_to(requested_by):
            raise NotFoundError(resource="approval", identifier=str(approval_id))
        return approval.as_of(self._bank.clock.now())

    def list_approvals(
        self,
        *,
        requested_by: str | None = None,
        status: ApprovalStatus | None = None,
        before: ApprovalId | None = None,
        limit: int,
    ) -> Sequence[Approval]:
        now = self._bank.clock.now()
        found = [
            approval
            for approval in (each.as_of(now) for each in self._stored.all.values())
            if approval.is_shown_to(requested_by)
            and status in {None, approval.status}
            and (before is None or approval.id < before)
        ]
        return sorted(found, key=lambda approval: approval.id, reverse=True)[:limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemoryApprovals:
    """What one tenant's approvals offer."""

    units: InMemoryUnits[InMemoryApprovalUnit]
    service: Approvals
    queries: InMemoryApprovalQueries


def in_memory_approvals(bank: InMemoryBank) -> InMemoryApprovals:
    """No approvals yet, for the tenant of that bank, whose clock moves their time."""
    stored = StoredApprovals()
    bank.books.add_section(stored)
    units = InMemoryUnits(bank, lambda unit: InMemoryApprovalUnit(unit, bank, stored))
    return InMemoryApprovals(units=units, service=Approvals(units), queries=InMemoryApprovalQueries(stored, bank))
