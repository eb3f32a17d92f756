"""What payments need from outside: units of work over payments with the ledger in it, providers, and queries."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from uuid import UUID

from bankcore.actions import Action
from bankcore.idempotency.ports import UnitOfWork, Units
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import Account
from bankcore.ledger.command import Command
from bankcore.ledger.service import LedgerService
from bankcore.money import Money
from bankcore.payments.attempts import AttemptStatus, PaymentAttempt, PaymentAttemptId
from bankcore.payments.configurations import ProviderConfig, ProviderConfigId
from bankcore.payments.notices import NoticeId, NoticeSubject, ProviderNotice
from bankcore.payments.payments import Payment, PaymentId, PaymentStatus
from bankcore.providers.ports import PaymentProvider
from bankcore.providers.states import ProviderMode


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentStep:
    """A step as it is stored for ever: from which state to which, of the payment and of its attempt, and who caused it.

    One that changed no state says as its reason what a person has to look at.
    """

    number: int
    at: datetime
    action: Action
    attempt_id: PaymentAttemptId
    before: PaymentStatus | None
    after: PaymentStatus
    attempt_before: AttemptStatus | None
    attempt_after: AttemptStatus
    reason: str | None
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsableProvider:
    """One of our accounts at a provider, ready to be asked."""

    config: ProviderConfig
    mode: ProviderMode
    provider: PaymentProvider
    webhook_url: str


class Providers(Protocol):
    """The configurations of one tenant, as providers that can be asked."""

    @abstractmethod
    def list_usable(self) -> Sequence[UsableProvider]:
        """The enabled ones, lowest priority first. Raises: UnavailableError."""

    @abstractmethod
    def get_provider(self, config_id: ProviderConfigId) -> UsableProvider:
        """That one, enabled or not: what was sent to it is still asked for. Raises: NotFoundError, UnavailableError."""


class OrderProviders(Providers, Protocol):
    """Providers for whoever takes orders: made ready before an order, which then sees whether that still holds."""

    @abstractmethod
    def list_ready(self) -> Sequence[UsableProvider]:
        """Those that were made ready last, as they were then; none at first."""

    @abstractmethod
    def make_ready(self, enabled: Sequence[ProviderConfig]) -> Sequence[UsableProvider]:
        """Make these ready to be asked, in their order. Raises: UnavailableError."""


class OrderBasis(NamedTuple):
    """What decides whether an order can be taken, and where it is sent: the account, None if there is none, and the
    enabled configurations, lowest priority first.
    """

    account: Account | None
    enabled: Sequence[ProviderConfig]


class PaymentUnit(UnitOfWork, Protocol):
    """Payments of one tenant inside one unit of work, and the ledger in the same one."""

    @property
    @abstractmethod
    def ledger(self) -> LedgerService:
        """The ledger in this unit of work: its commands are committed with the rest."""

    @abstractmethod
    def new_id(self) -> UUID:
        """An id that nothing has."""

    @abstractmethod
    def expect_order(self, account_id: AccountId) -> None:
        """Hear that `read_basis` will be asked for that account: the adapter may read it together with the keys, which
        are claimed next, if any are.
        """

    @abstractmethod
    def read_basis(self, account_id: AccountId) -> OrderBasis:
        """What an order for that account depends on, as it is now."""

    @abstractmethod
    def add_payment(self, payment: Payment) -> None:
        """Add a new payment with its first attempt."""

    @abstractmethod
    def find_payment(self, payment_id: PaymentId) -> Payment | None:
        """The payment with that id, with its latest attempt."""

    def lock_payment(self, payment_id: PaymentId) -> Payment | None:
        """As `lock_payments`."""
        return self.lock_payments([payment_id]).get(payment_id)

    @abstractmethod
    def lock_payments(
        self, payment_ids: Sequence[PaymentId], *, then: Sequence[Command] = ()
    ) -> Mapping[PaymentId, Payment]:
        """Lock the payments until this unit of work ends, in the order of their ids, and return those that are there as
        they are now.

        `then` is what the ledger will probably be asked next, commands without keys: the adapter may lock their
        accounts in the same round trip, after the payments.

        Raises:
            UnavailableError: another unit of work held one for too long.
        """

    @abstractmethod
    def find_attempt(self, attempt_id: PaymentAttemptId) -> tuple[PaymentId, PaymentAttempt] | None:
        """The attempt with that id and its payment."""

    @abstractmethod
    def find_attempt_at(self, config_id: ProviderConfigId, provider_id: str) -> tuple[PaymentId, PaymentAttempt] | None:
        """The latest attempt at that configuration to whose order the provider gave that id, of those whose payer was
        to send money to an account, and its payment.
        """

    @abstractmethod
    def lock_due_payment(self, *, passing_over: Collection[ProviderConfigId]) -> Payment | None:
        """Lock the payment whose provider is to be asked for longest, of those that nobody else has locked and whose
        latest attempt is at none of these configurations.
        """

    @abstractmethod
    def update_payment(self, payment: Payment) -> None:
        """Write how a locked payment and its latest attempt stand now."""

    @abstractmethod
    def add_attempt(self, payment_id: PaymentId, attempt: PaymentAttempt) -> None:
        """Add another attempt, which `update_payment` makes the latest."""

    @abstractmethod
    def add_steps(self, payment_id: PaymentId, steps: Sequence[PaymentStep]) -> None:
        """Store the steps for ever."""

    @abstractmethod
    def add_notice(self, notice: ProviderNotice) -> bool:
        """Store a notice that is due at once. Returns whether it was not there before."""

    @abstractmethod
    def take_due_notice(self, subject: NoticeSubject) -> ProviderNotice | None:
        """The notice about that which is due for longest, of those that nobody else takes.

        It is due again after its pause. Its tries are counted, and after the last one it is due no more.
        """

    @abstractmethod
    def end_notice(self, notice: ProviderNotice) -> bool:
        """Have nobody work on it any more, and keep nothing of its body: it may name the payer. Returns whether it was
        open until now; whoever ends it at the same time is waited for.
        """

    @abstractmethod
    def redrive_notice(self, notice_id: NoticeId) -> ProviderNotice | None:
        """Have a notice that was given up tried again from the start, at once; None if there is no such notice."""


PaymentUnits = Units[PaymentUnit]
"""Runs a piece of the work of payments in a unit of work of its own."""


class PaymentQueries(Protocol):
    """Reads of one tenant's payments; `owner_id` hides those of other owners, None is for staff and services."""

    @abstractmethod
    def get_payment(self, payment_id: PaymentId, *, owner_id: str | None = None) -> Payment:
        """The payment as it is now. Raises: NotFoundError."""

    @abstractmethod
    def list_payments(
        self,
        *,
        owner_id: str | None = None,
        status: PaymentStatus | None = None,
        before: PaymentId | None = None,
        limit: int,
    ) -> Sequence[Payment]:
        """The payments, the latest first, from just before the given one."""

    @abstractmethod
    def list_in_review(self, *, limit: int) -> Sequence[Payment]:
        """The payments that a person has to look at, those first that wait for longest."""

    @abstractmethod
    def list_given_up_notices(
        self, *, config_id: ProviderConfigId | None = None, limit: int
    ) -> Sequence[ProviderNotice]:
        """The notices of that configuration, or of all, that were tried in vain and not emptied, the oldest first."""

    @abstractmethod
    def list_steps(self, payment_id: PaymentId, *, owner_id: str | None = None) -> Sequence[PaymentStep]:
        """All steps of the payment in their order. Raises: NotFoundError."""

    @abstractmethod
    def hurry(self, payment_id: PaymentId, *, unless_asked_within: timedelta) -> None:
        """Have the provider of an open payment asked now; waits for nobody, and does nothing if it was asked lately."""


class RefundedAmounts(Protocol):
    """What was given back of payments; whoever gives it back knows."""

    @abstractmethod
    def list_refunded(self, payment_ids: Collection[PaymentId]) -> Mapping[PaymentId, Money]:
        """What of each of these payments was given back, for those of which something was."""
