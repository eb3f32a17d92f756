"""What a caller may ask of the ledger: each command is checked when it is made, and compiles to postings."""

import json
import re
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import ClassVar, Final, TypedDict

from bankcore.arguments import require_a, require_id, require_optional_id
from bankcore.clock import require_instant
from bankcore.errors import InvalidRequestError
from bankcore.idempotency.keys import require_key
from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.accounts import AccountKind, settlement_account_id
from bankcore.ledger.texts import (
    METADATA_KEY_LENGTH_MAX,
    NAME_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    checked_metadata,
)
from bankcore.ledger.transactions import NO_METADATA, Posting, Source, require_amount, require_lines
from bankcore.money import MINOR_MAX, Currency, Money
from bankcore.texts import require_text

_NAME_BASED: Final = 5
POSTINGS_MIN: Final = 2
POSTINGS_MAX: Final = 1_000
_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
# One encoder for all: `json.dumps` with arguments makes a new one each time, which costs as much as encoding.
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))
# Most movements carry nothing, and what is the same for all need not be encoded for each.
_NOTHING_CARRIED: Final = "null,[],null,null"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What every command may carry: the caller's key for it."""

    kind: ClassVar[str]
    idempotency_key: str | None = None

    def __post_init__(self) -> None:
        """Refuse a key that is not one."""
        if self.idempotency_key is not None:
            require_key(self.idempotency_key)

    @property
    def is_repeatable(self) -> bool:
        """Whether a second run of the command shows what became of the first one."""
        return self.idempotency_key is not None

    @abstractmethod
    def content(self) -> str:
        """All that the command asks, without its key, as the elements of an array of JSON."""

    @abstractmethod
    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:
        """The accounts that must stand still while the command is decided."""

    def fingerprint(self) -> bytes:
        """SHA-256 of the content: the same for the same request, whatever the key."""
        return sha256(f'["{self.kind}",{self.content()}]'.encode()).digest()


def elements(*values: object) -> str:
    """The values as the elements of an array of JSON."""
    return _ENCODER.encode(values)[1:-1]


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
            # Ids of settlement accounts are of this version, so none of them can be taken.
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

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:  # noqa: ARG002 - only some commands name our side
        """The id that the caller chose, if there is one."""
        return () if self.account_id is None else (self.account_id,)


class Carried(TypedDict, total=False):
    """The keyword arguments that every `MoneyCommand` takes, for functions that pass them on."""

    reference: str | None
    metadata: Mapping[str, str]
    effective_at: datetime | None
    source: Source | None
    idempotency_key: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyCommand(Command):
    """What every movement of money may carry.

    `source` is a permanent name, unique for ever; `effective_at` is when the movement counts, by default when it is
    recorded; `reference` and `metadata` are the caller's own words.
    """

    reference: str | None = None
    metadata: Mapping[str, str] = field(default_factory=lambda: NO_METADATA)
    effective_at: datetime | None = None
    source: Source | None = None

    def __post_init__(self) -> None:
        """Refuse unusable text and times without an offset; keep a private copy of the metadata."""
        Command.__post_init__(self)
        if self.reference is not None:
            require_text(self.reference, "/reference", length_max=REFERENCE_LENGTH_MAX)
        if self.metadata is not NO_METADATA:
            object.__setattr__(self, "metadata", checked_metadata(self.metadata))
        if self.effective_at is not None:
            object.__setattr__(self, "effective_at", require_instant(self.effective_at, "/effectiveAt"))
        if self.source is not None:
            require_a(Source, self.source, "/source", 'a source is written Source("payout", "17")')
            require_text(self.source.type, "/sourceType", length_max=METADATA_KEY_LENGTH_MAX)
            require_text(self.source.id, "/sourceId", length_max=REFERENCE_LENGTH_MAX)

    @property
    def is_repeatable(self) -> bool:
        """Its key or its source tells the first run."""
        return self.idempotency_key is not None or self.source is not None

    @abstractmethod
    def postings(self, tenant_id: TenantId) -> tuple[Posting, ...]:
        """The balanced lines that this command asks for."""

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:
        """Those of its lines."""
        return [posting.account_id for posting in self.postings(tenant_id)]

    @abstractmethod
    def movement(self) -> str:
        """Which accounts and how much, as elements of JSON."""

    def content(self) -> str:
        """The movement and all that it carries."""
        if self.reference is None and not self.metadata and self.effective_at is None and self.source is None:
            return f"{self.movement()},{_NOTHING_CARRIED}"
        effective_at = None if self.effective_at is None else self.effective_at.isoformat()
        carried = elements(self.reference, sorted(self.metadata.items()), effective_at, self.source)
        return f"{self.movement()},{carried}"


@dataclass(frozen=True, slots=True)
class Deposit(MoneyCommand):
    """Money enters: settlement account to customer."""

    kind: ClassVar[str] = "deposit"
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
            raise InvalidRequestError(pointer="/kind", detail="a kind is a lower-case word of at most 32 characters")
        if not POSTINGS_MIN <= len(self.lines) <= POSTINGS_MAX:
            raise InvalidRequestError(
                pointer="/postings", detail=f"a transaction has {POSTINGS_MIN} to {POSTINGS_MAX} postings"
            )
        require_lines(self.lines)

    def postings(self, tenant_id: TenantId) -> tuple[Posting, ...]:  # noqa: ARG002 - the lines name every account
        """The lines as they were given."""
        return self.lines

    def movement(self) -> str:
        """The kind and every line."""
        lines = [(str(line.account_id), line.amount.minor, line.amount.currency.code) for line in self.lines]
        return elements(self.transaction_kind, lines)
