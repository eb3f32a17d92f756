"""How accounts stand, and what records say of changes to them."""

import struct
from typing import Any, Final, NamedTuple
from uuid import UUID

from bankcore_infra.audit.laws.findings import NotAsWrittenError
from bankcore_infra.audit.laws.forms import ACTIVE, NOT_CREDITED, NOT_DEBITED, STATUSES, id_bytes, minor
from bankcore_infra.audit.laws.stores import Store

_STANDING: Final = struct.Struct(">qq32sqBB3sq")
# How many accounts are kept unpacked, in which form they take twice the room.
IN_USE_MAX: Final = 50_000


class Standing(NamedTuple):
    """How an account stands: entries so far, balance, hash and time of the last entry, status, and held money.

    A status is `vague` if no record tells after which entry it began; `opened` are the columns the account was opened
    with, as JSON.
    """

    version: int = 0
    balance: int = 0
    head: bytes = bytes(32)
    posted_us: int = 0
    status: int = ACTIVE
    vague: int = 0
    currency: bytes = bytes(3)
    held: int = 0
    opened: bytes = b""

    def packed(self) -> bytes:
        """These facts in few bytes."""
        return _STANDING.pack(*self[:-1]) + self.opened

    @classmethod
    def unpacked(cls, packed: bytes) -> "Standing":
        """The standing in these bytes."""
        return cls._make((*_STANDING.unpack_from(packed), packed[_STANDING.size :]))


NEW_ACCOUNT: Final = Standing()


class Standings:
    """How each account stands, by the bytes of its id."""

    def __init__(self) -> None:
        self._in_use: dict[bytes, Standing] = {}
        self._others = Store()

    def find(self, account: bytes) -> Standing | None:
        """The account's standing, if it was met before."""
        standing = self._in_use.get(account)
        if standing is None and (packed := self._others.get(account)) is not None:
            standing = Standing.unpacked(packed)
        return standing

    def put(self, account: bytes, standing: Standing) -> None:
        """Remember it. Raises: struct.error."""
        self._in_use[account] = standing
        if len(self._in_use) > IN_USE_MAX:
            for each, in_use in self._in_use.items():
                self._others.put(each, in_use.packed())
            self._in_use.clear()

    def close(self) -> None:
        """Remove what was written."""
        self._others.close()


class ToldEffect(NamedTuple):
    """An effect as a record tells it: how the account stands after the record, and what the record did to it.

    An entry has an `amount`. A change of status of the earlier frame has no currency, balance and head.
    """

    record: int
    since: str
    """Since when the log is not known to be sound, for a finding."""
    account: bytes
    sequence: int
    """0 for a change of status without a version."""
    currency: str | None
    amount: int | None
    balance: int | None
    head: bytes | None
    held: int
    set_aside: int
    status: int
    was: int | None
    transaction: bytes = b""
    posted_us: int = 0

    @classmethod
    def read(cls, record: int, said: dict[str, Any], since: str, transaction: bytes, posted_us: int) -> "ToldEffect":
        """Read an effect of a record. Raises: NotAsWrittenError."""
        find = said.get
        currency, amount, balance, head = find("currency"), find("amount"), find("balance"), find("head")
        held, set_aside, status, was = find("held"), find("setAside"), find("status"), find("was")
        if was is not None and (amount is not None or was == (status or "active")):
            raise NotAsWrittenError("has a change of status that is none")
        return cls(
            record,
            since,
            id_bytes(said["account"]),
            find("sequence", 0),
            currency,
            None if amount is None else minor(amount, said["currency"]),
            None if balance is None else minor(balance, said["currency"]),
            None if head is None else bytes.fromhex(head),
            0 if held is None else minor(held, said["currency"]),
            0 if set_aside is None else minor(set_aside, said["currency"]),
            ACTIVE if status is None else STATUSES.index(status),
            None if was is None else STATUSES.index(was),
            transaction,
            posted_us,
        )

    @property
    def place(self) -> str:
        """The place of the effect, for a finding."""
        return f"record {self.record}, account {UUID(bytes=self.account)}"

    @property
    def status_before(self) -> int:
        """The status that the account had before; an entry changes none."""
        return self.status if self.was is None else self.was

    @property
    def is_refused(self) -> bool:
        """Whether it is an entry in a direction that the status keeps from the account."""
        return self.amount is not None and self.status in (NOT_DEBITED if self.amount < 0 else NOT_CREDITED)
