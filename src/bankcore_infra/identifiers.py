"""Names made of time and randomness."""

import secrets
from typing import Final
from uuid import UUID

import uuid_utils.compat
from typing_extensions import override

from bankcore.identifiers import IdentifierSource

ID_FIRST: Final = UUID(int=0)
"""No id sorts before it: where lists of ascending ids begin."""
ID_LAST: Final = UUID(int=2**128 - 1)
"""No id sorts after it: where lists of descending ids begin."""

_NUMBER_DIGITS: Final = 14


class RandomIdentifiers(IdentifierSource):
    """UUIDs of version 7, and account numbers that cannot be guessed from one another."""

    @override
    def new_id(self) -> UUID:
        return uuid_utils.compat.uuid7()

    @override
    def new_account_number(self) -> str:
        digits = f"{secrets.randbelow(10**_NUMBER_DIGITS):0{_NUMBER_DIGITS}d}"
        # ISO 7064 MOD 97-10: the whole number leaves 1 when divided by 97, so any single slip of the pen shows.
        return f"{digits}{98 - int(digits) * 100 % 97:02d}"
