"""The place where answered requests are remembered."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from bankcore.idempotency.keys import Claim, IdempotencyKey, KeyRecord


class KeyStore(Protocol):
    """Keys of one tenant inside one unit of work."""

    @abstractmethod
    def claim_keys(self, keys: Sequence[IdempotencyKey]) -> Mapping[IdempotencyKey, Claim]:
        """Take the keys for this unit of work, without ever waiting for another one.

        For each key: the unexpired record of a finished request; `IN_PROGRESS` while another unit of work holds it;
        None when it is now held by this one, until its end. An expired key counts as never used.
        """

    @abstractmethod
    def store_outcomes(self, records: Iterable[KeyRecord]) -> None:
        """Remember the answers to claimed keys; visible to others with all else this unit of work did."""
