"""Numbers of advisory locks."""

from collections.abc import Sequence
from hashlib import sha256


def lock_number(parts: Sequence[bytes]) -> int:
    """The 64-bit number that stands for these names; two names with one number only wait for each other in vain."""
    return int.from_bytes(sha256(b"\0".join(parts)).digest()[:8], "big", signed=True)
