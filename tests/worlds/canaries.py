"""Secrets that are followed through a whole bank: in which forms each could show, and where one does."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from urllib.parse import quote_from_bytes, quote_plus

_BITS: Final = (0, 2, 3)
"""How many digits of base 64 are of the bytes before, when that many bytes stand before."""
_LEAST: Final = 8


@dataclass(frozen=True, slots=True)
class Canary:
    """A secret with what it is made of."""

    name: str
    parts: tuple[bytes, ...] = field(repr=False)

    def __post_init__(self) -> None:
        assert all(len(part) >= _LEAST for part in self.parts), f"a part of {self.name} is short, and would be anywhere"

    def is_in(self, content: bytes) -> bool:
        """Whether it shows there in any form."""
        return any(form in content for part in self.parts for form in forms_of(part))


def canary(name: str, *parts: str | bytes) -> Canary:
    """The secret of that name."""
    return Canary(name, tuple(part.encode() if isinstance(part, str) else part for part in parts))


@cache
def forms_of(secret: bytes) -> frozenset[bytes]:
    """As it is, in hexadecimal digits, as in an address, and in base 64, wherever it begins in what is encoded."""
    plain = {secret, secret.hex().encode(), secret.hex().upper().encode()}
    in_addresses = {quote_from_bytes(secret, safe=safe).encode() for safe in ("", "/")} | {quote_plus(secret).encode()}
    return frozenset(plain | in_addresses | set(_in_base_64(secret)))


def _in_base_64(secret: bytes) -> Iterator[bytes]:
    for before, cut in enumerate(_BITS):
        for encode in (b64encode, urlsafe_b64encode):
            digits = encode(bytes(before) + secret).rstrip(b"=")
            yield digits[cut : -1 if (before + len(secret)) % 3 else None]


def shown(content: bytes, canaries: Iterable[Canary]) -> set[str]:
    """The names of those that show there."""
    return {each.name for each in canaries if each.is_in(content)}


def shown_by_place(places: Mapping[str, bytes], canaries: Iterable[Canary]) -> dict[str, set[str]]:
    """The places at which any shows, with their names."""
    every = list(canaries)
    found = {place: shown(content, every) for place, content in places.items()}
    return {place: names for place, names in found.items() if names}
