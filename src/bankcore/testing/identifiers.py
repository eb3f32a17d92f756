"""Names that are the same in every run."""

from itertools import count
from typing import Final
from uuid import UUID

from bankcore.identifiers import IdentifierSource

_MADE_AT_MS: Final = 1_769_860_800_000
_VERSION_7: Final = 7 << 76
_RFC_9562: Final = 0b10 << 62
_NUMBER_FIRST: Final = 10**13


class SequentialIdentifiers(IdentifierSource):
    """UUIDs of version 7 and account numbers, counted up from one."""

    def __init__(self) -> None:
        """Begin at one: two sources give the same names in the same order."""
        self._ids = count(1)
        self._numbers = count(_NUMBER_FIRST)

    def new_id(self) -> UUID:
        return UUID(int=_MADE_AT_MS << 80 | _VERSION_7 | _RFC_9562 | next(self._ids))

    def new_account_number(self) -> str:
        digits = next(self._numbers)
        return f"{digits}{98 - digits * 100 % 97:02d}"
