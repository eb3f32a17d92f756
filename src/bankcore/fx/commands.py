"""What FX asks of the ledger: to open a position account, and to move money through two of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from bankcore.errors import InvalidRequestError
from bankcore.fx.quotes import FxQuote
from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.accounts import SYSTEM_OWNER, AccountKind, position_account_id
from bankcore.ledger.changes import Open, Reach
from bankcore.ledger.command import Command, MoneyCommand, elements
from bankcore.ledger.commands import Transfer
from bankcore.ledger.quoted_transfers import FX_TRANSFER, QUOTE_ID, RATE
from bankcore.ledger.texts import METADATA_ENTRIES_MAX
from bankcore.ledger.transactions import Posting, Source
from bankcore.money import Currency, Money

SOURCE_TYPE: Final = "fx_quote"
"""The permanent name of each transfer is its quote, so that the books themselves hold no second one."""


@dataclass(frozen=True, slots=True)
class OpenPosition(Command):
    """Open the bank's account of that currency for exchanges: empty, and without a floor."""

    kind: ClassVar[str] = "open_position"
    currency: Currency

    def content(self) -> str:
        """The currency."""
        return elements(self.currency.code)

    def plan(self, tenant_id: TenantId) -> Open:
        """The account, whose id follows from its currency."""
        name, account_id = f"FX position {self.currency.code}", position_account_id(tenant_id, self.currency)
        return Open(SYSTEM_OWNER, self.currency, name, AccountKind.FX_POSITION, None, account_id)

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:
        """The account, which may be there already."""
        return (position_account_id(tenant_id, self.currency),)


@dataclass(frozen=True, slots=True)
class FxTransfer(MoneyCommand):
    """Money leaves an account in one currency and comes to another one in another, through the bank's positions.

    Four entries: in each currency one on the customer's account, and one on our position account.
    """

    kind: ClassVar[str] = FX_TRANSFER
    reaches: ClassVar[tuple[Reach, ...]] = (Reach.OWN, Reach.OURS, Reach.OURS, Reach.ANYBODY)
    from_account_id: AccountId
    to_account_id: AccountId
    given: Money
    got: Money

    @classmethod
    def at(cls, quote: FxQuote, transfer: Transfer) -> Self:
        """The transfer at that quote; what it carries says which quote and which rate."""
        return cls(
            transfer.from_account_id,
            transfer.to_account_id,
            quote.from_amount,
            quote.to_amount,
            reference=transfer.reference,
            metadata={**transfer.metadata, QUOTE_ID: str(quote.id), RATE: str(quote.rate)},
            effective_at=transfer.effective_at,
            source=Source(SOURCE_TYPE, str(quote.id)),
            expects=transfer.expects,
        )

    def postings(self, tenant_id: TenantId) -> tuple[Posting, ...]:
        """The customer's debit first, so that a refusal names that account."""
        given, got = self.given, self.got
        return (
            Posting(self.from_account_id, -given),
            Posting(position_account_id(tenant_id, given.currency), given),
            Posting(position_account_id(tenant_id, got.currency), -got),
            Posting(self.to_account_id, got),
        )

    def movement(self) -> str:
        """Both accounts and both amounts."""
        amounts = [(amount.minor, amount.currency.code) for amount in (self.given, self.got)]
        return elements(str(self.from_account_id), str(self.to_account_id), amounts)


def require_room_for_quote(transfer: Transfer) -> None:
    """Require that the quote's own facts find their place in what the transfer carries. Raises: InvalidRequestError."""
    if transfer.source is not None:
        raise InvalidRequestError(pointer="/sourceType", detail="the source of a transfer at a quote is the quote")
    for name in (QUOTE_ID, RATE):
        if name in transfer.metadata:
            raise InvalidRequestError(pointer=f"/metadata/{name}", detail="this name is the quote's")
    entries_max = METADATA_ENTRIES_MAX - 2
    if len(transfer.metadata) > entries_max:
        raise InvalidRequestError(
            pointer="/metadata", detail=f"at most {entries_max} entries beside those of the quote"
        )
