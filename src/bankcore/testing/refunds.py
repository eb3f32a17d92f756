"""Refunds in memory: the real rules and use cases, beside payments in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bankcore.errors import NotFoundError
from bankcore.money import Money
from bankcore.payments.configurations import ProviderConfigId
from bankcore.payments.payments import PaymentId
from bankcore.refunds.ask import AskRefunds
from bankcore.refunds.create import RefundPayments
from bankcore.refunds.decide import DecideRefunds
from bankcore.refunds.heed import HeedRefundNotices
from bankcore.refunds.ports import RefundQueries, RefundUnit
from bankcore.refunds.refunds import PaymentRefund, PaymentRefundId, RefundStage
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.payment_store import InMemoryPaymentStore
from bankcore.testing.payments import InMemoryPayments, InMemoryPaymentUnit
from bankcore.testing.sections import Section
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnits


@dataclass(slots=True)
class InMemoryRefundStore(Section):
    """The stored refunds of one tenant; every value is immutable."""

    refunds: dict[PaymentRefundId, PaymentRefund] = field(default_factory=dict)
    disputed: dict[PaymentId, int] = field(default_factory=dict)
    """What disputes took of payments, in minor units."""


class InMemoryRefundUnit(InMemoryPaymentUnit, RefundUnit):
    """Refunds, payments and books of one tenant inside one unit of work, on a draft."""

    def __init__(
        self,
        ledger_unit: InMemoryLedgerUnit,
        bank: InMemoryBank,
        payments: InMemoryPaymentStore,
        stored: InMemoryRefundStore,
    ) -> None:
        super().__init__(ledger_unit, bank, payments)
        draft = ledger_unit.draft.section(stored)
        self._refunds, self._disputed = draft.refunds, draft.disputed

    def add_refund(self, refund: PaymentRefund) -> None:
        self._refunds[refund.id] = refund

    def find_refund(self, refund_id: PaymentRefundId) -> PaymentRefund | None:
        return self._refunds.get(refund_id)

    def sum_refunds(self, payment_id: PaymentId) -> int:
        return sum(each.amount.minor for each in _of(self._refunds, payment_id) if each.stage is not RefundStage.FAILED)

    def sum_disputed(self, payment_id: PaymentId) -> int:
        return self._disputed.get(payment_id, 0)

    def list_open_refunds(self, payment_id: PaymentId) -> Sequence[PaymentRefund]:
        return [each for each in _of(self._refunds, payment_id) if not each.stage.is_over]

    def lock_refund(self, refund_id: PaymentRefundId) -> PaymentRefund | None:
        return self._refunds.get(refund_id)

    def lock_due_refund(self, *, passing_over: Collection[ProviderConfigId]) -> PaymentRefund | None:
        passed = {each.id for each in self._draft.payments.values() if each.attempt.config_id in passing_over}
        others = [each for each in self._refunds.values() if each.payment_id not in passed]
        due = [(each.due_at, each.id) for each in others if each.due_at is not None]
        first = min(due, default=None)
        return None if first is None or first[0] > self.opened_at else self._refunds[first[1]]

    def update_refund(self, refund: PaymentRefund) -> None:
        self._refunds[refund.id] = refund


class InMemoryRefundQueries(RefundQueries):
    """Reads of refunds in memory."""

    def __init__(self, stored: InMemoryRefundStore, bank: InMemoryBank) -> None:
        self._stored = stored
        self._bank = bank

    def get_refund(self, refund_id: PaymentRefundId, *, owner_id: str | None = None) -> PaymentRefund:
        refund = self._stored.refunds.get(refund_id)
        if refund is None or not refund.is_shown_to(owner_id):
            raise NotFoundError(resource="refund", identifier=str(refund_id))
        return refund

    def list_refunds(
        self, payment_id: PaymentId, *, before: PaymentRefundId | None = None, limit: int
    ) -> Sequence[PaymentRefund]:
        latest = reversed(_of(self._stored.refunds, payment_id))
        return [refund for refund in latest if before is None or refund.id < before][:limit]

    def list_in_review(self, *, limit: int) -> Sequence[PaymentRefund]:
        waiting = [(refund.review_since, refund) for refund in self._stored.refunds.values()]
        found = [(since, refund.id, refund) for since, refund in waiting if since is not None]
        return [refund for _since, _id, refund in sorted(found, key=lambda each: each[:2])[:limit]]

    def list_refunded(self, payment_ids: Collection[PaymentId]) -> Mapping[PaymentId, Money]:
        given: dict[PaymentId, Money] = {}
        for refund in self._stored.refunds.values():
            if refund.payment_id in payment_ids and refund.stage is RefundStage.SUCCEEDED:
                before = given.get(refund.payment_id, Money.zero(refund.amount.currency))
                given[refund.payment_id] = before + refund.amount
        return given

    def hurry_refund(self, refund_id: PaymentRefundId, *, unless_asked_within: timedelta) -> None:
        refund, now = self._stored.refunds[refund_id], self._bank.clock.now()
        asked_at = max(refund.asked_at or refund.created_at, refund.created_at)
        if not refund.stage.is_over and asked_at < now - unless_asked_within:
            self._stored.refunds[refund_id] = replace(refund, due_at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemoryRefunds:
    """One tenant's refunds, with what workers do for a test to call."""

    stored: InMemoryRefundStore
    units: InMemoryUnits[InMemoryRefundUnit]
    refund: RefundPayments
    decide: DecideRefunds
    ask: AskRefunds
    heed: HeedRefundNotices
    queries: RefundQueries


def in_memory_refunds(bank: InMemoryBank, payments: InMemoryPayments) -> InMemoryRefunds:
    """Refunds of the payments of that bank."""
    stored = InMemoryRefundStore()
    bank.books.add_section(stored)
    units = InMemoryUnits(bank, lambda unit: InMemoryRefundUnit(unit, bank, payments.stored, stored))
    return InMemoryRefunds(
        stored=stored,
        units=units,
        refund=RefundPayments(
            tenant_id=bank.tenant_id,
            units=units,
            providers=payments.providers,
            circuits=payments.create.circuits,
            new_id=bank.ids.new_id,
        ),
        decide=DecideRefunds(units),
        ask=AskRefunds(units, payments.providers, payments.create.circuits),
        heed=HeedRefundNotices(units, payments.providers),
        queries=InMemoryRefundQueries(stored, bank),
    )


def _of(refunds: Mapping[PaymentRefundId, PaymentRefund], payment_id: PaymentId) -> list[PaymentRefund]:
    """Those of the payment, the first one first."""
    found = [refund for refund in refunds.values() if refund.payment_id == payment_id]
    return sorted(found, key=lambda refund: refund.id)
