"""Encryption as a capability: the one store of secrets, which other capabilities keep theirs in."""

from typing import Final

from bankcore.encryption.key_encryption import KeyEncryption
from bankcore_infra.capability import BankParts, Capability
from bankcore_infra.settings import SettingsError


def _keys(parts: BankParts) -> KeyEncryption:
    from bankcore_infra.encryption.local_keys import LocalKeys
    from bankcore_infra.keys.key_files import UnusableKeyError

    try:
        return LocalKeys(parts.keys_dir)
    except UnusableKeyError as error:
        raise SettingsError("BANKCORE_DATA_DIR", str(error)) from None


ENCRYPTION: Final = Capability(name="encryption", shared={KeyEncryption: _keys})
