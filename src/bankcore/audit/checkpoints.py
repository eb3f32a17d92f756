"""Checkpoints: the state of a tenant's log at one moment, as a text that is signed and kept outside.

The text is a checkpoint of https://c2sp.org/tlog-checkpoint in a note of https://c2sp.org/signed-note, with one
extension line of our own for each further fact, so that witnesses of other makes can keep and compare it.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from bankcore.audit.merkle import HASH_LENGTH
from bankcore.identifiers import TenantId

NO_NOTE: Final = bytes(HASH_LENGTH)
"""The hash that the first checkpoint names as that of the one before."""

_FACTS: Final = ("bankcore-era", "bankcore-upto", "bankcore-system", "bankcore-at", "bankcore-previous")
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_SIGNATURE_PREFIX: Final = "\N{EM DASH} "


class InvalidNoteError(ValueError):
    """A text that is no note of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The state of a tenant's log.

    All records of transactions before number `upto` are among its first `size` leaves. Numbers count within an `era`:
    a restored database begins a new one. `previous` is the SHA-256 of the whole note before this one.
    """

    origin: str
    size: int
    root: bytes
    era: int
    upto: int
    system: int
    at: str
    previous: bytes

    def text(self) -> str:
        """The text that is signed."""
        facts = (self.era, self.upto, self.system, self.at, _base64(self.previous))
        lines = [f"{name} {fact}" for name, fact in zip(_FACTS, facts, strict=True)]
        return "\n".join([self.origin, str(self.size), _base64(self.root), *lines]) + "\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint's text with its signature: 4 bytes that name the key, and the signature itself."""

    checkpoint: Checkpoint
    signature: bytes

    def text(self) -> str:
        """The note as it is stored and published."""
        checkpoint = self.checkpoint
        return f"{checkpoint.text()}\n{_SIGNATURE_PREFIX}{checkpoint.origin} {_base64(self.signature)}\n"

    @property
    def digest(self) -> bytes:
        """The hash by which the next checkpoint names this one."""
        return sha256(self.text().encode()).digest()


def log_origin(tenant_id: TenantId, slug: str) -> str:
    """The unique name of a tenant's log."""
    return f"bankcore/{slug}/{tenant_id}"


def key_name_hash(origin: str, public_key: bytes) -> bytes:
    """The 4 bytes that name an Ed25519 key in a signature."""
    return sha256(origin.encode() + b"\n\x01" + public_key).digest()[:4]


def parse_note(text: str) -> Note:
    """The note in that text; the caller checks the signature.

    Raises:
        InvalidNoteError: it is no note of ours.
    """
    body, _, signatures = text.partition("\n\n")
    try:
        origin, size, root, *facts = body.split("\n")
        era, upto, system, at, previous = (_fact(line, name) for line, name in zip(facts, _FACTS, strict=True))
        checkpoint = Checkpoint(
            origin=origin,
            size=_number(size),
            root=_hash(root),
            era=_number(era),
            upto=_number(upto),
            system=_number(system),
            at=at,
            previous=_hash(previous),
        )
        note = Note(checkpoint, _signature(signatures, origin))
    except (ValueError, Base64Error) as error:
        raise InvalidNoteError(f"not a checkpoint note: {error}") from None
    if note.text() != text:
        raise InvalidNoteError("not a checkpoint note: more, or otherwise, than one writes it")
    return note


def _signature(lines: str, origin: str) -> bytes:
    prefix = f"{_SIGNATURE_PREFIX}{origin} "
    if not lines.startswith(prefix):
        raise ValueError("it is not signed in the name of its log")
    return b64decode(lines.removeprefix(prefix).strip(), validate=True)


def _fact(line: str, name: str) -> str:
    found, _, value = line.partition(" ")
    if found != name:
        raise ValueError(f"{name} is missing")
    return value


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text[:20]!r} is no number")
    return int(text)


def _hash(text: str) -> bytes:
    found = b64decode(text, validate=True)
    if len(found) != HASH_LENGTH:
        raise ValueError("a hash has 32 bytes")
    return found


def _base64(value: bytes) -> str:
    return b64encode(value).decode()
