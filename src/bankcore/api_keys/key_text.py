"""The text of an API key: where it belongs, a secret of 256 bits, and a checksum by which scanners know it."""

from dataclasses import dataclass, field
from string import ascii_letters, digits
from typing import Final
from uuid import UUID
from zlib import crc32

from bankcore.errors import UnauthenticatedError
from bankcore.identifiers import TenantId
from bankcore.tenancy.tenants import TenantKind

SECRET_LENGTH: Final = 32
_ID_LENGTH: Final = 16
_ALPHABET: Final = digits + ascii_letters
_CONTENT_LENGTH: Final = 65
_CHECKSUM_LENGTH: Final = 6
_HINT_LENGTH: Final = 4
_PREFIXES: Final = {kind: f"bk_{kind}_" for kind in TenantKind}
KEY_TEXT_LENGTH: Final = len("bk_live_") + _CONTENT_LENGTH + _CHECKSUM_LENGTH


@dataclass(frozen=True, slots=True)
class ApiKeyText:
    """An API key as its service has it."""

    kind: TenantKind
    tenant_id: TenantId
    secret: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """What the service sends."""
        content = int.from_bytes(self.tenant_id.bytes + self.secret, "big")
        unchecked = _PREFIXES[self.kind] + _base_62(content, _CONTENT_LENGTH)
        return unchecked + _base_62(crc32(unchecked.encode()), _CHECKSUM_LENGTH)

    @property
    def hint(self) -> str:
        """By what people tell keys apart: how it begins and ends. The end is of the checksum, not of the secret."""
        return f"{_PREFIXES[self.kind]}...{self.text[-_HINT_LENGTH:]}"

    @classmethod
    def read(cls, text: str) -> "ApiKeyText":
        """The key that a client sent.

        Raises:
            UnauthenticatedError: it has not the form of one.
        """
        kind = next((kind for kind, prefix in _PREFIXES.items() if text.startswith(prefix)), None)
        encoded = text[len("bk_live_") : -_CHECKSUM_LENGTH]
        if kind is None or len(text) != KEY_TEXT_LENGTH or not set(encoded) <= set(_ALPHABET):
            raise UnauthenticatedError
        number = 0
        for character in encoded:
            number = number * len(_ALPHABET) + _ALPHABET.index(character)
        if number.bit_length() > 8 * (_ID_LENGTH + SECRET_LENGTH):
            raise UnauthenticatedError
        content = number.to_bytes(_ID_LENGTH + SECRET_LENGTH, "big")
        key = cls(kind, TenantId(UUID(bytes=content[:_ID_LENGTH])), content[_ID_LENGTH:])
        if key.text != text:
            raise UnauthenticatedError
        return key


def _base_62(number: int, length: int) -> str:
    encoded = ""
    for _ in range(length):
        number, rest = divmod(number, len(_ALPHABET))
        encoded = _ALPHABET[rest] + encoded
    return encoded
