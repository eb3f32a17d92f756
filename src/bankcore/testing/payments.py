"""Payments in memory: the real rules and use cases, on payments that vanish with the test."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId
from bankcore.ledger.command import Command
from bankcore.payments.ask import AskProviders
from bankcore.payments.attempts import PaymentAttempt, PaymentAttemptId
from bankcore.payments.call_off import CallOffPayments
from bankcore.payments.capture import CapturePayments
from bankcore.payments.circuits import Circuits
from bankcore.payments.configuration_ports import (
    Credentials,
    ProviderConfigUnit,
)
from bankcore.payments.configurations import ProviderConfig, ProviderConfigId
from bankcore.payments.configure import ConfigureProviders
from bankcore.payments.create import CreatePayments
from bankcore.payments.health import WatchProviders
from bankcore.payments.heed import HeedNotices
from bankcore.payments.notices import NOTICE_TRIES_MAX, NoticeId, NoticeSubject, ProviderNotice
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.payments import Payment, PaymentId, PaymentStatus
from bankcore.payments.ports import OrderBasis, PaymentQueries, PaymentStep, PaymentUnit
from bankcore.payments.receive import ReceiveWebhooks
from bankcore.payments.redrive import RedriveNotices
from bankcore.payments.release import ReleasePayments
from bankcore.payments.review import ReviewPayments
from bankcore.payments.settling import SettleAlone
from bankcore.providers.answers import TransferToAccount
from bankcore.providers.states import ProviderMode
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.circuits import InMemoryCircuitStore
from bankcore.testing.health_checks import InMemoryHealthChecks
from bankcore.testing.payment_store import InMemoryPaymentStore, InMemoryProviders
from bankcore.testing.provider_factory import InMemoryProviderFactory
from bankcore.testing.unit_of_work import InMemoryLedgerUnit
from bankcore.testing.units import InMemoryUnit, InMemoryUnits


class InMemoryPaymentUnit(InMemoryUnit, PaymentUnit):
    """Payments and books of one tenant inside one unit of work, on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, stored: InMemoryPaymentStore) -> None:
        super().__init__(ledger_unit, bank)
        self._draft = ledger_unit.draft.section(stored)

    def new_id(self) -> UUID:
        return self._bank.ids.new_id()

    def expect_order(self, account_id: AccountId) -> None:
        """There are no round trips to spare."""

    def read_basis(self, account_id: AccountId) -> OrderBasis:
        enabled = [config for config in self._draft.list_configs() if config.is_enabled]
        return OrderBasis(self._ledger_unit.draft.accounts.get(account_id), enabled)

    def add_payment(self, payment: Payment) -> None:
        self.update_payment(payment)
        self._draft.steps[payment.id] = ()

    def find_payment(self, payment_id: PaymentId) -> Payment | None:
        return self._draft.payments.get(payment_id)

    def lock_payments(
        self,
        payment_ids: Sequence[PaymentId],
        *,
        then: Sequence[Command] = (),  # noqa: ARG002 - there are no round trips to spare
    ) -> Mapping[PaymentId, Payment]:
        found = ((payment_id, self._draft.payments.get(payment_id)) for payment_id in payment_ids)
        return {payment_id: payment for payment_id, payment in found if payment is not None}

    def find_attempt(self, attempt_id: PaymentAttemptId) -> tuple[PaymentId, PaymentAttempt] | None:
        return self._draft.attempts.get(attempt_id)

    def find_attempt_at(self, config_id: ProviderConfigId, provider_id: str) -> tuple[PaymentId, PaymentAttempt] | None:
        found = [
            each
            for each in self._draft.attempts.values()
            if (each[1].config_id, each[1].provider_id) == (config_id, provider_id)
            and isinstance(each[1].next_action, TransferToAccount)
        ]
        return max(found, key=lambda each: each[1].id, default=None)

    def lock_due_payment(self, *, passing_over: Collection[ProviderConfigId]) -> Payment | None:
        due = [
            (each.due_at, each.id)
            for each in self._draft.payments.values()
            if each.due_at is not None and each.attempt.config_id not in passing_over
        ]
        first = min(due, default=None)
        return None if first is None or first[0] > self.opened_at else self._draft.payments[first[1]]

    def update_payment(self, payment: Payment) -> None:
        self._draft.payments[payment.id] = payment
        self._draft.attempts[payment.attempt.id] = (payment.id, payment.attempt)

    def add_notice(self, notice: ProviderNotice) -> bool:
        is_new = notice.id not in self._draft.notices
        if is_new:
            self._draft.notices[notice.id] = (self.opened_at, replace(notice, received_at=self.opened_at))
        return is_new

    def take_due_notice(self, subject: NoticeSubject) -> ProviderNotice | None:
        due = [
            (at, key)
            for key, (at, notice) in self._draft.notices.items()
            if at is not None and at <= self.opened_at and notice.subject is subject
        ]
        if not due:
            return None
        key = min(due)[1]
        before = self._draft.notices[key][1]
        taken = replace(before, tries=before.tries + 1)
        is_last = taken.tries >= NOTICE_TRIES_MAX
        self._draft.notices[key] = (None if is_last else self.opened_at + before.pause, taken)
        return taken

    def end_notice(self, notice: ProviderNotice) -> bool:
        is_open = bool(self._draft.notices[notice.id][1].body)
        self._draft.notices[notice.id] = (None, replace(notice, body=b""))
        return is_open

    def redrive_notice(self, notice_id: NoticeId) -> ProviderNotice | None:
        due_at, notice = self._draft.notices.get(notice_id, (None, None))
        if notice is None or due_at is not None or not notice.body:
            return None
        redriven = replace(notice, tries=0)
        self._draft.notices[notice_id] = (self.opened_at, redriven)
        return redriven

    def add_attempt(self, payment_id: PaymentId, attempt: PaymentAttempt) -> None:
        self._draft.attempts[attempt.id] = (payment_id, attempt)

    def add_steps(self, payment_id: PaymentId, steps: Sequence[PaymentStep]) -> None:
        self._draft.steps[payment_id] = (*self._draft.steps[payment_id], *steps)


class InMemoryPaymentQueries(PaymentQueries):
    """Reads of payments in memory."""

    def __init__(self, stored: InMemoryPaymentStore, bank: InMemoryBank) -> None:
        self._stored = stored
        self._bank = bank

    def get_payment(self, payment_id: PaymentId, *, owner_id: str | None = None) -> Payment:
        payment = self._stored.payments.get(payment_id)
        if payment is None or not payment.is_shown_to(owner_id):
            raise NotFoundError(resource="payment", identifier=str(payment_id))
        return payment

    def list_payments(
        self,
        *,
        owner_id: str | None = None,
        status: PaymentStatus | None = None,
        before: PaymentId | None = None,
        limit: int,
    ) -> Sequence[Payment]:
        latest = sorted(self._stored.payments.values(), key=lambda payment: payment.id, reverse=True)
        shown = [payment for payment in latest if payment.is_shown_to(owner_id) and status in {None, payment.status}]
        return [payment for payment in shown if before is None or payment.id < before][:limit]

    def list_in_review(self, *, limit: int) -> Sequence[Payment]:
        waiting = [
            (payment.review_since, payment.id)
            for payment in self._stored.payments.values()
            if payment.review_since is not None
        ]
        return [self._stored.payments[payment_id] for _since, payment_id in sorted(waiting)][:limit]

    def list_given_up_notices(
        self, *, config_id: ProviderConfigId | None = None, limit: int
    ) -> Sequence[ProviderNotice]:
        stored = self._stored.notices.values()
        given_up = [notice for due_at, notice in stored if due_at is None and notice.body]
        return [notice for notice in given_up if config_id in {None, notice.config_id}][:limit]

    def list_steps(self, payment_id: PaymentId, *, owner_id: str | None = None) -> Sequence[PaymentStep]:
        self.get_payment(payment_id, owner_id=owner_id)
        return self._stored.steps[payment_id]

    def hurry(self, payment_id: PaymentId, *, unless_asked_within: timedelta) -> None:
        payment, now = self._stored.payments[payment_id], self._bank.clock.now()
        is_late = max(payment.asked_at or payment.created_at, payment.created_at) < now - unless_asked_within
        is_open = payment.review_since is not None or (payment.due_at is not None and payment.due_at > now)
        if is_late and is_open:
            self._stored.payments[payment_id] = replace(payment, due_at=now)


class InMemoryConfigUnit(InMemoryUnit, ProviderConfigUnit):
    """Configurations of one tenant inside one unit of work, on a draft."""

    def __init__(self, ledger_unit: InMemoryLedgerUnit, bank: InMemoryBank, stored: InMemoryPaymentStore) -> None:
        super().__init__(ledger_unit, bank)
        self._draft = ledger_unit.draft.section(stored)

    def new_id(self) -> UUID:
        return self._bank.ids.new_id()

    def add_config(self, config: ProviderConfig) -> None:
        self._draft.configs[config.id] = config

    def find_config(self, config_id: ProviderConfigId) -> ProviderConfig | None:
        return self._draft.configs.get(config_id)

    def find_config_named(self, name: str) -> ProviderConfig | None:
        return next((config for config in self._draft.configs.values() if config.name == name), None)

    def lock_config(self, config_id: ProviderConfigId) -> ProviderConfig | None:
        return self._draft.configs.get(config_id)

    def update_config(self, config: ProviderConfig) -> None:
        self._draft.configs[config.id] = config

    def keep_credentials(self, config_id: ProviderConfigId, credentials: Credentials) -> None:
        self._draft.credentials[config_id] = dict(credentials)


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemoryPayments:
    """One tenant's payments, with what workers do for a test to call."""

    stored: InMemoryPaymentStore
    units: InMemoryUnits[InMemoryPaymentUnit]
    factory: InMemoryProviderFactory
    providers: InMemoryProviders
    configure: ConfigureProviders
    create: CreatePayments
    call_off: CallOffPayments
    capture: CapturePayments
    review: ReviewPayments
    ask: AskProviders
    receive: ReceiveWebhooks
    heed: HeedNotices
    redrive: RedriveNotices
    queries: PaymentQueries
    watch: WatchProviders


def in_memory_payments(bank: InMemoryBank) -> InMemoryPayments:
    """Payments without configurations for the tenant of that bank, whose clock moves its time."""
    stored = InMemoryPaymentStore()
    bank.books.add_section(stored)
    units = InMemoryUnits(bank, lambda unit: InMemoryPaymentUnit(unit, bank, stored))
    factory = InMemoryProviderFactory()
    providers = InMemoryProviders(stored, factory)
    circuits = Circuits(InMemoryCircuitStore(bank.clock), bank.clock)
    create = CreatePayments(
        units=units,
        providers=providers,
        settle=SettleAlone(units),
        circuits=circuits,
        open_accounts=OpenProviderAccounts(bank.tenant_id, bank.ledger, bank.queries),
        new_id=bank.ids.new_id,
    )
    release = ReleasePayments(units, providers)
    queries = InMemoryPaymentQueries(stored, bank)
    return InMemoryPayments(
        stored=stored,
        units=units,
        factory=factory,
        providers=providers,
        configure=ConfigureProviders(
            units=InMemoryUnits(bank, lambda unit: InMemoryConfigUnit(unit, bank, stored)),
            factory=factory,
            mode=ProviderMode.TEST,
        ),
        create=create,
        call_off=CallOffPayments(units, release),
        capture=CapturePayments(units, providers, circuits),
        review=ReviewPayments(units),
        ask=AskProviders(units, providers, circuits, release),
        receive=ReceiveWebhooks(units, providers),
        heed=HeedNotices(units, providers),
        redrive=RedriveNotices(units, queries, providers),
        queries=queries,
        watch=WatchProviders(
            configs=providers, providers=providers, circuits=circuits, checks=InMemoryHealthChecks(bank.clock)
        ),
    )
