"""What every command has: a key, a fingerprint, the accounts to lock, and the change of the books that it plans."""

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import ClassVar, Final, TypedDict

from bankcore.arguments import require_a
from bankcore.clock import require_instant
from bankcore.idempotency.keys import require_key
from bankcore.identifiers import AccountId, TenantId
from bankcore.ledger.book import NOTHING_NAMED, Named
from bankcore.ledger.changes import Change, Post, Reach
from bankcore.ledger.expectations import NOTHING_EXPECTED, Expect, checked_expectations
from bankcore.ledger.texts import (
    METADATA_KEY_LENGTH_MAX,
    REFERENCE_LENGTH_MAX,
    checked_metadata,
)
from bankcore.ledger.transactions import NO_METADATA, Posting, Source
from bankcore.texts import require_text

# One shared encoder, because `json.dumps` with arguments makes a new one each time, which costs as much as encoding.
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))
# Encoded once, because most movements carry nothing.
_NOTHING_CARRIED: Final = "null,[],null,null"
CHAIN_LENGTH_MAX: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What every command may carry: the caller's key for it, what the caller expects, and the chain it belongs to.

    In a batch, commands of one chain stand side by side, and are carried out together or not at all. A capability adds
    commands by subclassing it.
    """

    kind: ClassVar[str]
    idempotency_key: str | None = None
    expects: Sequence[Expect] = NOTHING_EXPECTED
    chain: str | None = None

    def __post_init__(self) -> None:
        """Refuse an invalid key, and names and expectations that are none."""
        if self.idempotency_key is not None:
            require_key(self.idempotency_key)
        if self.expects is not NOTHING_EXPECTED:
            object.__setattr__(self, "expects", checked_expectations(self.expects))
        if self.chain is not None:
            require_text(self.chain, "/chain", length_max=CHAIN_LENGTH_MAX)

    @property
    def source(self) -> Source | None:
        """The permanent name of what caused it, which only movements of money have."""
        return None

    @property
    def is_repeatable(self) -> bool:
        """Whether a second run of the command finds the result of the first one."""
        return self.idempotency_key is not None

    @property
    def named(self) -> Named:
        """What it names besides accounts, which is looked up for it; most commands name nothing."""
        return NOTHING_NAMED

    @abstractmethod
    def content(self) -> str:
        """All that the command asks, without its key, as the elements of an array of JSON."""

    @abstractmethod
    def plan(self, tenant_id: TenantId) -> Change:
        """The change that it asks of the tenant's books; the same each time."""

    @abstractmethod
    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:
        """The accounts to lock while the command is decided."""

    def touches(self, tenant_id: TenantId) -> Sequence[AccountId]:
        """All accounts to lock: those of the command itself, and those of which something is expected."""
        if not self.expects:
            return self.account_ids(tenant_id)
        return [*self.account_ids(tenant_id), *(expected.account_id for expected in self.expects)]

    def terms(self) -> str:
        """All that the command asks and expects, as the elements of an array of JSON."""
        if not self.expects:
            return self.content()
        return f"{self.content()},{elements([each.content() for each in self.expects])}"

    def fingerprint(self) -> bytes:
        """SHA-256 of its terms: the same for the same request, whatever its key and its chain."""
        return sha256(f'["{self.kind}",{self.terms()}]'.encode()).digest()


def elements(*values: object) -> str:
    """The values as the elements of an array of JSON."""
    return _ENCODER.encode(values)[1:-1]


class Carried(TypedDict, total=False):
    """The keyword arguments that every `MoneyCommand` takes, for functions that pass them on."""

    reference: str | None
    metadata: Mapping[str, str]
    effective_at: datetime | None
    source: Source | None
    idempotency_key: str | None
    expects: Sequence[Expect]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryingCommand(Command):
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

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with plain metadata, since a read-only mapping cannot be pickled."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return partial(type(self), **values | {"metadata": dict(self.metadata)}), ()

    @abstractmethod
    def movement(self) -> str:
        """What moves, from where to where, as elements of JSON."""

    def content(self) -> str:
        """The movement and all that it carries."""
        if self.reference is None and not self.metadata and self.effective_at is None and self.source is None:
            return f"{self.movement()},{_NOTHING_CARRIED}"
        effective_at = None if self.effective_at is None else self.effective_at.isoformat()
        carried = elements(self.reference, sorted(self.metadata.items()), effective_at, self.source)
        return f"{self.movement()},{carried}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyCommand(CarryingCommand):
    """A movement of money whose lines it knows itself; what it may carry is that of `CarryingCommand`."""

    reaches: ClassVar[tuple[Reach, ...]] = ()

    @abstractmethod
    def postings(self, tenant_id: TenantId) -> tuple[Posting, ...]:
        """The balanced lines that this command asks for, one for each of its `reaches`."""

    def plan(self, tenant_id: TenantId) -> Post:
        """One transaction of its kind."""
        return Post(self.kind, self.postings(tenant_id), self.reaches, self)

    def account_ids(self, tenant_id: TenantId) -> Sequence[AccountId]:
        """Those of its lines."""
        return [posting.account_id for posting in self.postings(tenant_id)]
