"""Opens identity by the settings: the keys, the cost of a password hash, and where attempts are counted."""

from argon2.exceptions import HashingError

from bankcore.identity.services import IdentityDirectory
from bankcore_infra.capability import BankParts
from bankcore_infra.clock import SystemClock
from bankcore_infra.encryption.capability import key_encryption
from bankcore_infra.identity.argon2_hasher import Argon2Parameters, Argon2PasswordHasher, WeakParametersError
from bankcore_infra.identity.attempt_limiter import attempt_limiter
from bankcore_infra.identity.settings import IdentitySettings
from bankcore_infra.identity.wiring import IdentityParts, identity_directory
from bankcore_infra.keys.key_files import UnusableKeyError
from bankcore_infra.keys.key_ring import KeyRing
from bankcore_infra.settings import SettingsError


def argon2_parameters(settings: IdentitySettings) -> Argon2Parameters:
    """What one hash of a password costs by the settings. Raises: SettingsError: too little for real passwords."""
    parameters = Argon2Parameters(
        memory_kib=settings.argon2_memory_kib,
        time_cost=settings.argon2_time_cost,
        parallelism=settings.argon2_parallelism,
    )
    try:
        return parameters.require_strong()
    except WeakParametersError as error:
        raise SettingsError("BANKCORE_ARGON2_MEMORY_KIB and _TIME_COST", str(error)) from None


def open_identity(parts: BankParts) -> IdentityDirectory:
    """Identity for every tenant. Raises: SettingsError: the keys or the cost of a password hash will not do."""
    hasher = _hasher(argon2_parameters(parts.settings.of(IdentitySettings)))
    try:
        keys = KeyRing.open(parts.keys_dir)
    except UnusableKeyError as error:
        raise SettingsError("BANKCORE_DATA_DIR", str(error)) from None
    return identity_directory(
        IdentityParts(
            database=parts.database,
            unit=parts.unit,
            keys=keys,
            hasher=hasher,
            limiter=attempt_limiter(parts.redis_url),
            clock=SystemClock(),
            encryption=key_encryption(parts),
        )
    )


def _hasher(parameters: Argon2Parameters) -> Argon2PasswordHasher:
    try:
        return Argon2PasswordHasher(parameters)
    except HashingError:
        raise SettingsError("BANKCORE_ARGON2_MEMORY_KIB", "this machine does not give that much memory") from None
