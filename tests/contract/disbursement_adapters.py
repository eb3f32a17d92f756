"""A shop with a thousand rupees and one provider, on each adapter of the ports of disbursements."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from bankcore.disbursements.disbursements import Disbursement, DisbursementId, DisbursementStatus
from bankcore.disbursements.follow import FollowDisbursements
from bankcore.disbursements.heed import HeedPayoutNotices
from bankcore.disbursements.ports import DisbursementQueries, DisbursementUnits
from bankcore.disbursements.request import RequestDisbursement, RequestDisbursements
from bankcore.disbursements.service import DecideDisbursements
from bankcore.errors import BankcoreError
from bankcore.holds.commands import VoidHold
from bankcore.idempotency.answers import Accepted
from bankcore.ledger.outcomes import accepted_hold
from bankcore.origin import Origin
from bankcore.payments.open_accounts import OpenProviderAccounts
from bankcore.payments.postings import ProviderAccount
from bankcore.providers.payouts import PayoutDestination, PayoutStanding
from bankcore.testing import FrozenClock
from bankcore.testing.bank import InMemoryBank
from bankcore.testing.disbursements import in_memory_disbursements
from bankcore.testing.provider_factory import InMemoryProviderFactory
from bankcore.testing.providers import InMemoryProvider
from bankcore_infra.db.transactions import OwnTransactions
from bankcore_infra.disbursements.unit import SqlDisbursementQueries, SqlDisbursementUnits
from bankcore_infra.encryption.local_keys import LocalKeys
from bankcore_infra.encryption.secret_store import SecretStore
from tests.contract.payment_adapters import (
    MERCHANT,
    PaymentAdapter,
    in_memory_payment_adapter,
    postgresql_payment_adapter,
)
from tests.worlds.sql_bank import SqlBank
from tests.worlds.values import npr

NOWHERE: Final = DisbursementId(UUID("019c1406-3400-7000-8000-000000000bad"))
ASHA: Final = Origin(actor_type="user", actor_id="asha", key_scope="asha")
"""An operator."""
BINA: Final = Origin(actor_type="user", actor_id="bina", key_scope="bina")
"""Another one."""
TO: Final = PayoutDestination(bank_code="058", account_number="0123456789", payee="Ada Example")
_AGE: Final = """
    UPDATE bankcore.disbursements SET due_at = due_at - a, sent_at = sent_at - a, decided_at = decided_at - a,
        requested_at = requested_at - a
    FROM (SELECT %s::interval AS a) AS passing
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisbursementAdapter:
    """A tenant on one adapter, whose one provider is in memory."""

    payments: PaymentAdapter
    units: DisbursementUnits
    requests: RequestDisbursements
    decide: DecideDisbursements
    follow: FollowDisbursements
    heed: HeedPayoutNotices
    queries: DisbursementQueries
    let_time_pass: Callable[[timedelta], object]

    @property
    def bank(self) -> InMemoryBank | SqlBank:
        """The bank."""
        return self.payments.bank

    @property
    def factory(self) -> InMemoryProviderFactory:
        """Who made the providers."""
        return self.payments.factory

    @property
    def provider(self) -> InMemoryProvider:
        """The provider that goes first."""
        return self.payments.provider

    def order(
        self, amount: str = "100.00", *, key: str | None = None, provider: str | None = None
    ) -> RequestDisbursement:
        """What the shop wants."""
        return RequestDisbursement(
            self.payments.merchant.id,
            npr(amount),
            destination=TO,
            description="Invoice 7",
            provider=provider,
            idempotency_key=key,
        )

    def requested(self, amount: str = "100.00", *, origin: Origin = MERCHANT) -> Disbursement:
        """A request of the shop."""
        return self.requests(self.order(amount), origin=origin).value

    def approved(self, amount: str = "100.00") -> Disbursement:
        """A request that an operator approved."""
        return self.decide.approve(self.requested(amount).id, origin=ASHA).value

    def followed(self, amount: str = "100.00") -> Disbursement:
        """One that was sent, as it stands after that."""
        approved = self.approved(amount)
        assert self.follow_all() == 1
        return self.now(approved)

    def follow_all(self) -> int:
        """Follow all that are due. Returns how many that were."""
        return len(list(iter(self.follow.follow_next, None)))

    def tell(self, disbursement: Disbursement, standing: PayoutStanding) -> bool:
        """Let the provider tell by a webhook how it stands now. Returns whether that was news."""
        self.provider.settle_payout(disbursement.reference, standing)
        body, headers = self.provider.webhook_about(disbursement.reference)
        return self.payments.receive(disbursement.config_id, body, headers)

    def heed_all(self) -> int:
        """Work on all that providers told. Returns how much that was."""
        return len(list(iter(self.heed.heed_next, None)))

    def now(self, disbursement: Disbursement) -> Disbursement:
        """The disbursement as it is now."""
        return self.queries.get_disbursement(disbursement.id)

    @property
    def money(self) -> tuple[str, str]:
        """What is on the shop's account, and what of it is free."""
        account = self.bank.accounts.balance(self.payments.merchant.id)
        return account.balance.to_decimal_string(), account.available.to_decimal_string()

    def end_hold(self, disbursement: Disbursement) -> None:
        """Somebody who may ends the hold by hand."""
        accepted_hold(self.bank.ledger.execute_one(VoidHold(disbursement.hold_id)))

    @property
    def clearing(self) -> str:
        """What the provider owes."""
        return self.payments.balance_at(ProviderAccount.CLEARING)


def refusal_of_disbursement(call: Callable[[], Accepted[Disbursement]]) -> BankcoreError | None:
    """What the call is refused with, if it is."""
    try:
        call()
    except BankcoreError as refusal:
        return refusal
    return None


def in_memory_disbursement_adapter(clock: FrozenClock) -> DisbursementAdapter:
    """On the adapters that are shipped to users for their tests."""
    payments = in_memory_payment_adapter(clock)
    assert isinstance(payments.bank, InMemoryBank)
    payments.bank.ledger.deposit(payments.merchant.id, npr("1000"))
    made = in_memory_disbursements(payments.bank, payments.units, payments.create.providers, payments.create.circuits)
    return DisbursementAdapter(
        payments=payments,
        units=made.units,
        requests=made.request,
        decide=made.decide,
        follow=made.follow,
        heed=made.heed,
        queries=made.queries,
        let_time_pass=payments.let_time_pass,
    )


def postgresql_disbursement_adapter(bank: SqlBank, folder: Path) -> DisbursementAdapter:
    """On the adapters that send real money."""
    payments = postgresql_payment_adapter(bank, folder)
    bank.ledger.deposit(payments.merchant.id, npr("1000"))
    transactions = OwnTransactions(bank.database, bank.tenant_id)
    units = SqlDisbursementUnits(transactions, bank.unit, SecretStore(LocalKeys(folder / "keys")))
    providers = payments.create.providers

    def let_time_pass(duration: timedelta) -> None:
        payments.let_time_pass(duration)
        bank.scratch.execute(_AGE, duration)

    return DisbursementAdapter(
        payments=payments,
        units=units,
        requests=RequestDisbursements(
            units=units,
            accounts=bank.queries,
            providers=providers,
            open_accounts=OpenProviderAccounts(bank.tenant_id, bank.ledger, bank.queries),
            new_id=bank.ids.new_id,
        ),
        decide=DecideDisbursements(bank.tenant_id, units),
        follow=FollowDisbursements(bank.tenant_id, units, providers, payments.create.circuits),
        heed=HeedPayoutNotices(payments.units, units),
        queries=SqlDisbursementQueries(transactions),
        let_time_pass=let_time_pass,
    )


def of(disbursement: Disbursement) -> tuple[DisbursementStatus, str | None, str | None]:
    """How it stands, why it failed, and what a person has to look at."""
    return disbursement.status, disbursement.code, disbursement.problem
