"""What payments ask of the ledger: accounts of ours for each configuration, and one movement for each payment.

Money that a payer gave is with the provider until it pays us: the clearing account owes it. The merchant gets what was
paid less the fee, and the fee is a line of its own (docs/payments.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import ClassVar
from uuid import uuid5

from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.accounts import SYSTEM_OWNER, AccountKind
from bankcore.ledger.changes import Open, Post, Reach
from bankcore.ledger.command import Command, MoneyCommand, elements
from bankcore.ledger.transactions import Posting
from bankcore.money import Currency, Money
from bankcore.payments.configurations import ProviderConfigId


class ProviderAccount(StrEnum):
    """What an account of ours for a configuration is for."""

    CLEARING = "clearing"
    FEES = "fees"
    DISPUTES = "disputes"
    """What merchants owe us, whose accounts could not pay what a provider took back."""

    @property
    def account_kind(self) -> AccountKind:
        """Its kind in the ledger."""
        return AccountKind.FEE if self is ProviderAccount.FEES else AccountKind.SUSPENSE


@cache
def provider_account_id(
    tenant_id: TenantId, config_id: ProviderConfigId, purpose: ProviderAccount, currency: Currency
) -> AccountId:
    """That account's id: name-based, so nobody looks it up, and nobody else can take it."""
    return AccountId(uuid5(tenant_id, f"provider_{purpose}/{config_id}/{currency.code}"))


@dataclass(frozen=True, slots=True)
class OpenProviderAccount(Command):
    """Open an account of ours for a configuration and a currency: empty, and without a floor."""

    kind: ClassVar[str] = "open_provider_account"
    config_id: ProviderConfigId
    name: str
    purpose: ProviderAccount
    currency: Currency

    def content(self) -> str:
        """Configuration, purpose and currency."""
        return elements(str(self.config_id), self.purpose, self.currency.code)

    def plan(self, tenant_id: TenantId) -> Open:
        """The account."""
        name = f"{self.name} {self.purpose} {self.currency.code}"
        (account_id,) = self.account_ids(tenant_id)
        return Open(SYSTEM_OWNER, self.currency, name, self.purpose.account_kind, None, account_id)

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:
        """The account, which may be there already."""
        return (provider_account_id(tenant_id, self.config_id, self.purpose, self.currency),)


@dataclass(frozen=True, slots=True)
class TakePayment(MoneyCommand):
    """What a payer gave comes to the merchant, less the fee of the provider."""

    kind: ClassVar[str] = "payment"
    account_id: AccountId
    config_id: ProviderConfigId
    amount: Money
    fee: Money | None = None

    def postings(self, tenant_id: TenantId) -> tuple[Posting, ...]:
        """Credit the merchant first, so that a refusal names that account; debit what the provider owes us."""
        currency = self.amount.currency
        clearing = provider_account_id(tenant_id, self.config_id, ProviderAccount.CLEARING, currency)
        if self.fee is None:
            return (Posting(self.account_id, self.amount), Posting(clearing, -self.amount))
        fees = provider_account_id(tenant_id, self.config_id, ProviderAccount.FEES, currency)
        net = self.amount - self.fee
        return (Posting(self.account_id, net), Posting(clearing, -self.amount), Posting(fees, self.fee))

    def plan(self, tenant_id: TenantId) -> Post:
        """One transaction of its kind."""
        postings = self.postings(tenant_id)
        return Post(self.kind, postings, (Reach.OWN, *(Reach.OURS,) * (len(postings) - 1)), self)

    def movement(self) -> str:
        """Account, configuration, amount and fee."""
        fee = None if self.fee is None else self.fee.minor
        currency = self.amount.currency.code
        return elements(str(self.account_id), str(self.config_id), self.amount.minor, fee, currency)
