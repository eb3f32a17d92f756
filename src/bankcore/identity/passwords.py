"""Which passwords are good enough, and the port that hashes them."""

import re
from abc import abstractmethod
from typing import Final, Protocol
from unicodedata import normalize

from bankcore.errors import InvalidRequestError
from bankcore.identity.common_passwords import is_common
from bankcore.identity.emails import Email

PASSWORD_LENGTH_MIN: Final = 8
"""The minimum of ASVS 5.0, 6.2.1; docs/adr/0008 says why it is not 15."""

PASSWORD_LENGTH_MAX: Final = 1_024
_UNUSABLE: Final = re.compile("[\x00\ud800-\udfff]")


class PasswordHasher(Protocol):
    """Hashes passwords. It is slow on purpose, so never call it inside a database transaction."""

    @abstractmethod
    def hash(self, password: str) -> str:
        """The password with a new salt, as text that names its parameters.

        Raises:
            UnavailableError: too many are being hashed at this moment.
        """

    @abstractmethod
    def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether the hash is that of the password; None takes the same time and gives False.

        Raises:
            UnavailableError: too many are being hashed at this moment.
        """

    @abstractmethod
    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than `hash` uses now."""


def normalize_password(text: str) -> str:
    """The password in NFC, because keyboards write accents differently.

    Raises:
        InvalidRequestError: it is empty, too long to be hashed, or not Unicode.
    """
    if not 1 <= len(text) <= PASSWORD_LENGTH_MAX or _UNUSABLE.search(text):
        raise _refused(f"at most {PASSWORD_LENGTH_MAX} characters of valid Unicode")
    return normalize("NFC", text)


def require_strong_password(text: str, email: Email) -> str:
    """The normalized password, if it is strong enough: long, not common, and not the address.

    Raises:
        InvalidRequestError: it is not; the reason never repeats the password.
    """
    password = normalize_password(text)
    if len(password) < PASSWORD_LENGTH_MIN:
        raise _refused(f"at least {PASSWORD_LENGTH_MIN} characters")
    if is_common(password):
        raise _refused("this is one of the passwords that are tried first")
    if password.lower() in {email, email.partition("@")[0]}:
        raise _refused("the password must not be the e-mail address")
    return password


def _refused(detail: str) -> InvalidRequestError:
    return InvalidRequestError(pointer="/password", detail=detail)
