"""The public keys of a bank, for checkpoints and for receipts."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from bankcore_infra.audit.laws.findings import CannotVerifyError
from bankcore_infra.audit.laws.forms import blob, unpadded
from bankcore_infra.audit.laws.notes import CheckpointNote

_RECEIPT_TYPE: Final = "bankcore-receipt+jwt"
_PEM: Final = re.compile(rb"-----BEGIN PUBLIC KEY-----(.+?)-----END PUBLIC KEY-----\n?", re.DOTALL)
_SPKI: Final = bytes.fromhex("302a300506032b6570032100")


def verifiers_of(keys: Iterable[bytes], what: str) -> list[Callable[[bytes, bytes], bool]] | None:
    """For each Ed25519 key, a function that tells whether it made a signature; None without the package `cryptography`.

    Raises:
        CannotVerifyError: one is no such key; the message names it so.
    """
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - all but signatures works without
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ImportError:
        return None

    def has_signed(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
        try:
            key.verify(signature, signed)
        except InvalidSignature:
            return False
        return True

    try:
        return [partial(has_signed, Ed25519PublicKey.from_public_bytes(key)) for key in keys]
    except ValueError:
        raise CannotVerifyError(f"not an Ed25519 {what}") from None


class CheckpointKeys:
    """The public keys that checkpoints are signed with."""

    def __init__(self, pem: bytes | None) -> None:
        """Read the keys of a PEM file; for None, signatures are not checked. Raises: CannotVerifyError."""
        # The structure of RFC 8410 is the same for each key and ends with the key.
        raw = [blob(block.decode())[-32:] for block in _PEM.findall(pem or b"") if blob(block.decode())[:-32] == _SPKI]
        if pem is not None and len(raw) != len(_PEM.findall(pem)):
            raise CannotVerifyError("not an Ed25519 public key in the PEM file")
        if pem is not None and not raw:
            raise CannotVerifyError("no public key in the PEM file")
        found = None if pem is None else verifiers_of(raw, "public key in the PEM file")
        self.check = found is not None
        self._keys = list(zip(raw, found or [], strict=False))

    def have_signed(self, note: CheckpointNote) -> bool:
        """Whether one of them signed the note."""
        signed = note.signed.encode()
        for line in note.text.partition("\n\n")[2].splitlines():
            dash, name, encoded = (*line.split(" "), "", "")[:3]
            signature = blob(encoded)
            for raw, has_signed in self._keys:
                named = hashlib.sha256(name.encode() + b"\n\x01" + raw).digest()[:4]
                is_named = dash == "\N{EM DASH}" and name == note.origin and signature[:4] == named
                if is_named and has_signed(signature[4:], signed):
                    return True
        return False


class PromiseKeys:
    """The public keys that audit receipts are signed with: a JWK set (RFC 7517)."""

    def __init__(self, document: bytes) -> None:
        """Read the keys of that file, or of the `data` of the bank's answer over HTTP. Raises: CannotVerifyError."""
        try:
            found = json.loads(document)
            raw = {key["kid"]: unpadded(key["x"]) for key in found.get("data", found)["keys"]}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CannotVerifyError("no JWK set of receipt keys") from None
        verifiers = verifiers_of(raw.values(), "key among the receipt keys")
        self.check = verifiers is not None
        self._keys = dict(zip(raw, verifiers or [], strict=False))

    def have_signed(self, header: str, payload: str, signature: str) -> bool:
        """Whether the key that the header names signed header and payload, as a receipt."""
        try:
            facts = json.loads(unpadded(header))
            if facts["alg"] != "EdDSA" or facts["typ"] != _RECEIPT_TYPE:
                return False
            has_signed = self._keys[facts["kid"]]
            return bool(has_signed(unpadded(signature), f"{header}.{payload}".encode()))
        except (ValueError, KeyError, TypeError):
            return False
