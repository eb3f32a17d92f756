"""The keys that sign checkpoints: Ed25519, in a folder that only the sealing role can read."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from bankcore.audit.checkpoints import Checkpoint, Note, key_name_hash
from bankcore_infra.keys.key_files import UnusableKeyError
from bankcore_infra.keys.signing_keys import open_keys
from bankcore_infra.whole_files import replace_whole

PUBLIC_KEY_FILE: Final = "public-key.pem"
_PURPOSE: Final = "sealing"
_PEM_END: Final = b"-----END PUBLIC KEY-----"


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The public keys that check checkpoints; more than one after a rotation."""

    keys: tuple[Ed25519PublicKey, ...]

    @classmethod
    def from_pem(cls, pem: bytes) -> "PublicKeys":
        """The keys in that file. Raises: UnusableKeyError."""
        blocks = [block + _PEM_END for block in pem.split(_PEM_END)[:-1]]
        try:
            keys = [load_pem_public_key(block.strip()) for block in blocks]
        except ValueError:
            raise UnusableKeyError("not a public key in PEM form") from None
        found = tuple(key for key in keys if isinstance(key, Ed25519PublicKey))
        if not found:
            raise UnusableKeyError("no Ed25519 public key in PEM form")
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
            UnusableKeyError: a file is not what its name says, or others than its owner may read it.
        """
        keys = open_keys(folder, _PURPOSE)
        public = PublicKeys(tuple(key.public_key() for key in keys))
        replace_whole(folder / PUBLIC_KEY_FILE, [public.pem()])
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
