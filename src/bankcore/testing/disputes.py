"""Disputes in memory: the real rules and use cases, beside payments and refunds in memory."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bankcore.disputes.disputes import DisputeStatus, PaymentDispute, PaymentDisputeId
from bankcore.disputes.follow import FollowDisputes
from bankcore.disputes.ports import DisputeQueries, DisputeUnit
from bankcore.disputes.review import ResolveDisputes
from bankcore.errors import NotFoundError
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.postings import ProviderAccount
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.payment_store import InMemoryPaymentStore
from bankcore.testing.payments import InMemoryPayments
from bankcore.testing.refunds import InMemoryRefundStore, InMemoryRefundUnit
from bankcore.testing.sections import Section
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnits


@dataclass(slots=True)
class InMemoryDisputeStore(Section):
    """The stored disputes of one tenant; every value is immutable."""

    disputes: dict[PaymentDisputeId, PaymentDispute] = field(default_factory=dict)


class InMemoryDisputeUnit(InMemoryRefundUnit, DisputeUnit):
    """Disputes, refunds, payments and books of one tenant inside one unit of work, on a draft."""

    def __init__(
        self,
        ledger_unit: InMemoryLedgerUnit,
        bank: InMemoryBank,
        payments: InMemoryPaymentStore,
        refunds: InMemoryRefundStore,
        stored: InMemoryDisputeStore,
    ) -> None:
        super().__init__(ledger_unit, bank, payments, refunds)
        self._disputes = ledger_unit.draft.section(stored).disputes

    def add_dispute(self, dispute: PaymentDispute) -> None:
        self.update_dispute(dispute)

    def find_dispute(self, dispute_id: PaymentDisputeId) -> PaymentDispute | None:
        return self._disputes.get(dispute_id)

    def lock_dispute(self, config_id: ProviderConfigId, provider_id: str) -> PaymentDispute | None:
        known = self._disputes.values()
        return next((each for each in known if (each.config_id, each.provider_id) == (config_id, provider_id)), None)

    def lock_due_dispute(self, *, passing_over: Collection[ProviderConfigId]) -> PaymentDispute | None:
        others = [each for each in self._disputes.values() if each.config_id not in passing_over]
        due = [(each.due_at, each.id) for each in others if each.due_at is not None]
        first = min(due, default=None)
        return None if first is None or first[0] > self.opened_at else self._disputes[first[1]]

    def update_dispute(self, dispute: PaymentDispute) -> None:
        self._disputes[dispute.id] = dispute
        of_payment = [each for each in self._disputes.values() if each.payment_id == dispute.payment_id]
        self._disputed[dispute.payment_id] = sum(_taken(each) for each in of_payment)


class InMemoryDisputeQueries(DisputeQueries):
    """Reads of disputes in memory."""

    def __init__(self, stored: InMemoryDisputeStore, bank: InMemoryBank) -> None:
        self._stored = stored
        self._bank = bank

    def get_dispute(self, dispute_id: PaymentDisputeId, *, owner_id: str | None = None) -> PaymentDispute:
        dispute = self._stored.disputes.get(dispute_id)
        if dispute is None or not dispute.is_shown_to(owner_id):
            raise NotFoundError(resource="dispute", identifier=str(dispute_id))
        return dispute

    def list_disputes(
        self,
        *,
        owner_id: str | None = None,
        status: DisputeStatus | None = None,
        before: PaymentDisputeId | None = None,
        limit: int,
    ) -> Sequence[PaymentDispute]:
        latest = sorted(self._stored.disputes.values(), key=lambda dispute: dispute.id, reverse=True)
        shown = [each for each in latest if each.is_shown_to(owner_id) and status in {None, each.status}]
        return [each for each in shown if before is None or each.id < before][:limit]

    def hurry_dispute(self, dispute_id: PaymentDisputeId, *, unless_asked_within: timedelta) -> None:
        dispute, now = self._stored.disputes[dispute_id], self._bank.clock.now()
        asked_at = dispute.asked_at or dispute.created_at
        if dispute.due_at is not None and asked_at < now - unless_asked_within:
            self._stored.disputes[dispute_id] = replace(dispute, due_at=now)

    def list_in_review(self, *, limit: int) -> Sequence[PaymentDispute]:
        waiting = [(each.review_since, each.id) for each in self._stored.disputes.values()]
        found = sorted((since, dispute_id) for since, dispute_id in waiting if since is not None)
        return [self._stored.disputes[dispute_id] for _since, dispute_id in found[:limit]]


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemoryDisputes:
    """One tenant's disputes, with what workers do for a test to call."""

    follow: FollowDisputes
    resolve: ResolveDisputes
    queries: DisputeQueries


def in_memory_disputes(
    bank: InMemoryBank, payments: InMemoryPayments, refunds: InMemoryRefundStore
) -> InMemoryDisputes:
    """Disputes of the payments of that bank."""
    stored = InMemoryDisputeStore()
    bank.books.add_section(stored)
    units = InMemoryUnits(bank, lambda unit: InMemoryDisputeUnit(unit, bank, payments.stored, refunds, stored))
    follow = FollowDisputes(
        tenant_id=bank.tenant_id,
        units=units,
        providers=payments.providers,
        open_accounts=OpenProviderAccounts(bank.tenant_id, bank.ledger, bank.queries, tuple(ProviderAccount)),
    )
    queries = InMemoryDisputeQueries(stored, bank)
    return InMemoryDisputes(follow=follow, resolve=ResolveDisputes(units), queries=queries)


def _taken(dispute: PaymentDispute) -> int:
    """What it took of its payment and did not give back, in minor units."""
    taken, back = dispute.withdrawn, dispute.reinstated
    return (0 if taken is None else taken.amount.minor) - (0 if back is None else back.amount.minor)
