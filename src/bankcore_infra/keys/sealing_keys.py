"""The keys that sign checkpoints: Ed25519, in a folder that only the sealing role can read."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from bankcore.audit.checkpoints import Checkpoint, Note, key_name_hash
from bankcore_infra.keys.key_files import read_or_make, read_private

PUBLIC_KEY_FILE: Final = "public-key.pem"
_PATTERN: Final = "sealing-*.pem"
_FIRST: Final = "sealing-0001.pem"
_PEM_END: Final = b"-----END PUBLIC KEY-----"


class UnusableSealingKeyError(Exception):
    """A file that holds no key we can use; the message names it."""


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """What whoever checks checkpoints needs; more than one after a rotation."""

    keys: tuple[Ed25519PublicKey, ...]

    @classmethod
    def from_pem(cls, pem: bytes) -> "PublicKeys":
        """The keys in that file. Raises: UnusableSealingKeyError."""
        blocks = [block + _PEM_END for block in pem.split(_PEM_END)[:-1]]
        try:
            keys = [load_pem_public_key(block.strip()) for block in blocks]
        except ValueError:
            raise UnusableSealingKeyError("not a public key in PEM form") from None
        found = tuple(key for key in keys if isinstance(key, Ed25519PublicKey))
        if not found:
            raise UnusableSealingKeyError("no Ed25519 public key in PEM form")
        return cls(found)

    def pem(self) -> bytes:
        """All of them, one after another."""
        return b"".join(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for key in self.keys)

    def have_signed(self, note: Note) -> bool:
        """Whether one of them signed the note."""
        return any(_has_signed(key, note) for key in self.keys)


@dataclass(frozen=True, slots=True)
class SealingKeys:
    """The newest key signs, all verify: to rotate, add `sealing-0002.pem` and keep the old one."""

    signing_key: Ed25519PrivateKey = field(repr=False)
    public: PublicKeys

    @classmethod
    def open(cls, folder: Path) -> "SealingKeys":
        """The keys in the folder; at the first use one is made, and the public ones are written beside it.

        Raises:
            ExposedKeyError: others than the owner may read a key.
            UnusableSealingKeyError: a file is not what its name says.
        """
        if not any(folder.glob(_PATTERN)):
            new = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            read_or_make(folder / _FIRST, new)
        keys = [_load(path) for path in sorted(folder.glob(_PATTERN))]
        public = PublicKeys(tuple(key.public_key() for key in keys))
        (folder / PUBLIC_KEY_FILE).write_bytes(public.pem())
        return cls(keys[-1], public)

    def sign(self, checkpoint: Checkpoint) -> Note:
        """The checkpoint with our signature."""
        name = key_name_hash(checkpoint.origin, _raw(self.signing_key.public_key()))
        return Note(checkpoint, name + self.signing_key.sign(checkpoint.text().encode()))


def _has_signed(key: Ed25519PublicKey, note: Note) -> bool:
    if note.signature[:4] != key_name_hash(note.checkpoint.origin, _raw(key)):
        return False
    try:
        key.verify(note.signature[4:], note.checkpoint.text().encode())
    except InvalidSignature:
        return False
    return True


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _load(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(read_private(path), password=None)
    except (ValueError, TypeError):
        raise UnusableSealingKeyError(f"{path} is not a private key in PEM form without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableSealingKeyError(f"{path} is not an Ed25519 key")
    return key
