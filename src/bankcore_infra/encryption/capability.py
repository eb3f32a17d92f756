"""Encryption as a capability: the one store of secrets, which other capabilities keep theirs in."""

from typing import Final

from bankcore.encryption.key_encryption import KeyEncryption
from bankcore_infra.capability import BankParts, Capability
from bankcore_infra.encryption.settings import EncryptionSettings
from bankcore_infra.settings import SettingsError


def key_encryption(parts: BankParts) -> KeyEncryption:
    """What wraps the keys of secrets, as it is set. Raises: SettingsError."""
    from bankcore_infra.encryption.aws_kms import AwsKms
    from bankcore_infra.encryption.local_keys import LocalKeys
    from bankcore_infra.keys.key_files import UnusableKeyError

    url = parts.settings.of(EncryptionSettings).secrets_key_url
    try:
        return LocalKeys(parts.keys_dir) if url is None else AwsKms(url, before=lambda: LocalKeys(parts.keys_dir))
    except UnusableKeyError as error:
        raise SettingsError("BANKCORE_DATA_DIR", str(error)) from None
    except ValueError as error:
        raise SettingsError("BANKCORE_SECRETS_KEY_URL", str(error)) from None


ENCRYPTION: Final = Capability(name="encryption", settings=EncryptionSettings, shared={KeyEncryption: key_encryption})
