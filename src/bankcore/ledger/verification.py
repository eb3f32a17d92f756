"""Recomputes an account from its entries: sequence, balances, chain and head must all come out as they are stored."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from bankcore.ledger.accounts import GENESIS_HASH, Account
from bankcore.ledger.chain import follows
from bankcore.ledger.transactions import Entry


@dataclass(frozen=True, slots=True)
class Finding:
    """A contradiction in the books: where, and what; `sequence` is that of the first wrong entry."""

    place: str
    problem: str
    sequence: int | None = field(default=None, compare=False)


class Reached(NamedTuple):
    """How far an account was found right before: its last entry then, and the balance after it."""

    sequence: int
    balance_minor: int
    hash: bytes
    posted_at: datetime


def verify_account(account: Account, entries: Iterable[Entry], since: Reached | None = None) -> Iterator[Finding]:
    """The first contradiction of the account, given all its entries in the order of their sequence, or those since
    then.

    An entry is compared with the stored one before it, so that one wrong entry is reported once and not with all later
    ones.
    """
    sequence, balance_minor, head_hash = (0, 0, GENESIS_HASH) if since is None else since[:3]
    for entry in entries:
        place = f"account {account.id} entry {entry.sequence}"
        if entry.sequence != sequence + 1:
            yield Finding(place, f"follows entry {sequence}", sequence + 1)
        if entry.currency != account.currency:
            yield Finding(
                place, f"is in {entry.currency.code} on an account in {account.currency.code}", entry.sequence
            )
        if entry.balance_before_minor != balance_minor:
            yield Finding(
                place,
                f"starts from {entry.balance_before_minor}, the entry before it ended at {balance_minor}",
                entry.sequence,
            )
        if entry.balance_after_minor != entry.balance_before_minor + entry.amount_minor:
            yield Finding(place, "its balance after is not its balance before plus its amount", entry.sequence)
        if not follows(head_hash, account.tenant_id, entry):
            yield Finding(place, "its hash is not that of its facts after the hash before it", entry.sequence)
        sequence, balance_minor, head_hash = entry.sequence, entry.balance_after_minor, entry.hash
    yield from _verify_head(account, sequence, balance_minor, head_hash)


def _verify_head(account: Account, sequence: int, balance_minor: int, head_hash: bytes) -> Iterator[Finding]:
    place = f"account {account.id}"
    if account.version != sequence:
        missing = min(account.version, sequence) + 1
        yield Finding(place, f"counts {account.version} entries, its last one is {sequence}", missing)
    if account.balance_minor != balance_minor:
        yield Finding(place, f"has a balance of {account.balance_minor}, its entries end at {balance_minor}")
    if account.head_hash != head_hash:
        yield Finding(place, "its head is not the hash of its last entry")
    if account.floor_minor is not None and account.balance_minor - account.held_minor < account.floor_minor:
        yield Finding(place, f"is below its floor of {account.floor_minor}")
