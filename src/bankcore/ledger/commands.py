"""What a caller may ask of the ledger: each command is checked when it is made, and plans one change of the books."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar, Final

from bankcore.arguments import require_a, require_id, require_optional_id
from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.accounts import AccountKind, FreezeDirection, settlement_account_id
from bankcore.ledger.book import Named
from bankcore.ledger.changes import Open, Post, Reach, SetStatus, StatusAct
from bankcore.ledger.command import Command, MoneyCommand, elements
from bankcore.ledger.texts import (
    NAME_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
)
from bankcore.ledger.transactions import Posting, require_amount, require_lines
from bankcore.money import MINOR_MAX, Currency, Money
from bankcore.texts import require_text

_NAME_BASED: Final = 5
POSTINGS_MIN: Final = 2
POSTINGS_MAX: Final = 1_000
_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)


@dataclass(frozen=True, slots=True)
class OpenAccount(Command):
    """Open an account with nothing on it.

    `floor_minor`, in minor units of the currency, is 0, a negative overdraft limit, or None for no floor.
    """

    kind: ClassVar[str] = "open_account"
    owner_id: str
    currency: Currency
    _: KW_ONLY
    name: str | None = None
    account_kind: AccountKind = AccountKind.CUSTOMER
    floor_minor: int | None = 0
    account_id: AccountId | None = None

    def __post_init__(self) -> None:
        """Refuse unusable text, a floor above zero, and a kind that only the ledger itself opens."""
        Command.__post_init__(self)
        require_a(Currency, self.currency, "/currency", 'a currency is written Currency.of("NPR")')
        require_a(AccountKind, self.account_kind, "/kind", "a kind is one of AccountKind")
        require_optional_id(self.account_id, "/accountId")
        require_text(self.owner_id, "/ownerId", length_max=NAME_LENGTH_MAX)
        if self.name is not None:
            require_text(self.name, "/name", length_max=NAME_LENGTH_MAX)
        if self.account_id is not None and self.account_id.version == _NAME_BASED:
            # Ids of settlement and position accounts are of this version, so none of them can be taken.
            raise InvalidRequestError(pointer="/accountId", detail="name-based ids belong to the ledger itself")
        if self.account_kind is AccountKind.SETTLEMENT:
            raise InvalidRequestError(pointer="/kind", detail="settlement accounts are opened by the ledger itself")
        if self.floor_minor is not None and (
            type(self.floor_minor) is not int or not -MINOR_MAX <= self.floor_minor <= 0
        ):
            raise InvalidRequestError(pointer="/floor", detail="a floor is zero or negative")

    def content(self) -> str:
        """Owner, currency, name, kind, floor and, if the caller chose it, the id."""
        account_id = None if self.account_id is None else str(self.account_id)
        return elements(self.owner_id, self.currency.code, self.name, self.account_kind, self.floor_minor, account_id)

    def plan(self, tenant_id: TenantId) -> Open:  # noqa: ARG002 - only some commands name our side
        """The account."""
        return Open(self.owner_id, self.currency, self.name, self.account_kind, self.floor_minor, self.account_id)

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:  # noqa: ARG002 - only some commands name our side
        """The id that the caller chose, if there is one."""
        return () if self.account_id is None else (self.account_id,)


@dataclass(frozen=True, slots=True)
class Deposit(MoneyCommand):
    """Money enters: settlement account to customer."""

    kind: ClassVar[str] = "deposit"
    reaches: ClassVar[tuple[Reach, ...]] = (Reach.OWN, Reach.OURS)
    account_id: AccountId
    amount: Money

    def __post_init__(self) -> None:
        """Refuse an amount that is not positive."""
        MoneyCommand.__post_init__(self)
        require_id(self.account_id, "/accountId")
        require_amount(self.amount)

    def postings(self, tenant_id: TenantId) -> tuple[Posting, ...]:
        """Credit the customer, debit the settlement account; in this order, so that a refusal names the customer's."""
        settlement_id = settlement_account_id(tenant_id, self.amount.currency)
        return (Posting(self.account_id, self.amount), Posting(settlement_id, -self.amount))

    def movement(self) -> str:
        """Account and amount."""
        return f'"{self.account_id}",{self.amount.minor},"{self.amount.currency.code}"'


@dataclass(frozen=True, slots=True)
class Withdraw(MoneyCommand):
    """Money leaves: customer to settlement account."""

    kind: ClassVar[str] = "withdrawal"
    reaches: ClassVar[tuple[Reach, ...]] = (Reach.OWN, Reach.OURS)
    account_id: AccountId
    amount: Money

    def __post_init__(self) -> None:
        """Refuse an amount that is not positive."""
        MoneyCommand.__post_init__(self)
        require_id(self.account_id, "/accountId")
        require_amount(self.amount)

    def postings(self, tenant_id: TenantId) -> tuple[Posting, ...]:
        """Debit the customer, credit the settlement account."""
        settlement_id = settlement_account_id(tenant_id, self.amount.currency)
        return (Posting(self.account_id, -self.amount), Posting(settlement_id, self.amount))

    def movement(self) -> str:
        """Account and amount."""
        return f'"{self.account_id}",{self.amount.minor},"{self.amount.currency.code}"'


@dataclass(frozen=True, slots=True)
class Transfer(MoneyCommand):
    """Money moves from one account to another of the same currency."""

    kind: ClassVar[str] = "transfer"
    reaches: ClassVar[tuple[Reach, ...]] = (Reach.OWN, Reach.ANYBODY)
    from_account_id: AccountId
    to_account_id: AccountId
    amount: Money

    def __post_init__(self) -> None:
        """Refuse an amount that is not positive."""
        MoneyCommand.__post_init__(self)
        require_id(self.from_account_id, "/fromAccountId")
        require_id(self.to_account_id, "/toAccountId")
        require_amount(self.amount)

    def postings(self, tenant_id: TenantId) -> tuple[Posting, ...]:  # noqa: ARG002 - only some commands name our side
        """Debit the source, credit the destination."""
        return (Posting(self.from_account_id, -self.amount), Posting(self.to_account_id, self.amount))

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:  # noqa: ARG002 - only some commands name our side
        """Source and destination."""
        return (self.from_account_id, self.to_account_id)

    def movement(self) -> str:
        """Both accounts and the amount."""
        amount = self.amount
        return f'"{self.from_account_id}","{self.to_account_id}",{amount.minor},"{amount.currency.code}"'


@dataclass(frozen=True, slots=True)
class PostTransaction(MoneyCommand):
    """Any balanced set of postings; `transaction_kind` says what it stands for, in lower case."""

    kind: ClassVar[str] = "post_transaction"
    lines: tuple[Posting, ...]
    _: KW_ONLY
    transaction_kind: str = "general"

    def __post_init__(self) -> None:
        """Refuse lines that move nothing, move too much, or do not sum to zero in each currency."""
        MoneyCommand.__post_init__(self)
        require_a(Iterable, self.lines, "/postings", "postings are a sequence of Posting")
        object.__setattr__(self, "lines", tuple(self.lines))
        require_a(str, self.transaction_kind, "/kind", "a kind is a text")
        if not _IDENTIFIER.fullmatch(self.transaction_kind):
            raise InvalidRequestError(
                pointer="/kind",
                detail="transaction_kind is a word of at most 32 lower-case letters, digits and underscores",
            )
        if not POSTINGS_MIN <= len(self.lines) <= POSTINGS_MAX:
            raise InvalidRequestError(
                pointer="/postings", detail=f"a transaction has {POSTINGS_MIN} to {POSTINGS_MAX} postings"
            )
        require_lines(self.lines)

    def plan(self, tenant_id: TenantId) -> Post:
        """One transaction of the kind that the caller chose; a holder may use it on accounts of his own."""
        return Post(self.transaction_kind, self.postings(tenant_id), (Reach.OWN,) * len(self.lines), self)

    def postings(self, tenant_id: TenantId) -> tuple[Posting, ...]:  # noqa: ARG002 - the lines name every account
        """The lines as they were given."""
        return self.lines

    def movement(self) -> str:
        """The kind and every line."""
        lines = [(str(line.account_id), line.amount.minor, line.amount.currency.code) for line in self.lines]
        return elements(self.transaction_kind, lines)


@dataclass(frozen=True, slots=True)
class StatusCommand(Command):
    """What these have in common: the account, and in the caller's own words why."""

    act: ClassVar[StatusAct]
    account_id: AccountId
    _: KW_ONLY
    reason: str | None = None

    def __post_init__(self) -> None:
        """Refuse unusable text."""
        Command.__post_init__(self)
        require_id(self.account_id, "/accountId")
        if self.reason is not None:
            require_text(self.reason, "/reason", length_max=REFERENCE_LENGTH_MAX)

    def content(self) -> str:
        """Account and reason."""
        return elements(str(self.account_id), self.reason)

    def plan(self, tenant_id: TenantId) -> SetStatus:  # noqa: ARG002 - only some commands name our side
        """The new status."""
        return SetStatus(self.account_id, self.act, self.reason)

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:  # noqa: ARG002 - only some commands name our side
        """The account."""
        return (self.account_id,)


@dataclass(frozen=True, slots=True)
class _DirectedCommand(StatusCommand):
    """A freeze, or its end, in these directions."""

    directions: FreezeDirection = FreezeDirection.BOTH

    def __post_init__(self) -> None:
        """Refuse what is no direction."""
        StatusCommand.__post_init__(self)
        require_a(FreezeDirection, self.directions, "/direction", "a direction is one of FreezeDirection")

    def content(self) -> str:
        """Account, reason and, if it is not both, the direction."""
        said = StatusCommand.content(self)
        return said if self.directions is FreezeDirection.BOTH else f'{said},"{self.directions}"'

    def plan(self, tenant_id: TenantId) -> SetStatus:  # noqa: ARG002 - only some commands name our side
        """The new status."""
        return SetStatus(self.account_id, self.act, self.reason, self.directions)


@dataclass(frozen=True, slots=True)
class FreezeAccount(_DirectedCommand):
    """Keep debits, credits or both from an account until it is unfrozen; what was kept from it before stays so."""

    kind: ClassVar[str] = "freeze_account"
    act: ClassVar[StatusAct] = StatusAct.FREEZE


@dataclass(frozen=True, slots=True)
class UnfreezeAccount(_DirectedCommand):
    """Let debits, credits or both pass on a frozen account again."""

    kind: ClassVar[str] = "unfreeze_account"
    act: ClassVar[StatusAct] = StatusAct.UNFREEZE


@dataclass(frozen=True, slots=True)
class CloseAccount(StatusCommand):
    """Keep an account on which nothing is left, and nothing held, out of every posting for ever."""

    kind: ClassVar[str] = "close_account"
    act: ClassVar[StatusAct] = StatusAct.CLOSE

    @property
    def named(self) -> Named:
        """What is still held there, to tell whoever is refused."""
        return Named(emptied=(self.account_id,))


@dataclass(frozen=True, slots=True)
class MakeDormant(StatusCommand):
    """Keep debits from a customer's account that nobody uses, until it is woken; credits pass."""

    kind: ClassVar[str] = "make_dormant"
    act: ClassVar[StatusAct] = StatusAct.MAKE_DORMANT


@dataclass(frozen=True, slots=True)
class WakeAccount(StatusCommand):
    """Let a dormant account be debited again."""

    kind: ClassVar[str] = "wake_account"
    act: ClassVar[StatusAct] = StatusAct.WAKE
