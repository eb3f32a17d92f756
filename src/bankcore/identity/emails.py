"""E-mail addresses in their one canonical form, so that one mailbox is one user.

The form is made only here: Python and PostgreSQL disagree about the lower case of some letters, and an attacker could
use the difference to take over an account.
"""

import re
from abc import abstractmethod
from typing import Final, NewType, Protocol

from bankcore.errors import InvalidRequestError

Email = NewType("Email", str)
"""A canonical address: ASCII, lower case, the domain in its ASCII form (RFC 5890)."""

EMAIL_LENGTH_MAX: Final = 254
"""RFC 5321, 4.5.3.1.3, less the angle brackets."""

_LOCAL_LENGTH_MAX: Final = 64
_LOCAL: Final = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_DOMAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])", re.ASCII)


class DomainNames(Protocol):
    """Knows the ASCII form of international domain names."""

    @abstractmethod
    def to_ascii(self, domain: str) -> str:
        """The domain in lower case ASCII.

        Raises:
            InvalidRequestError: it is not a domain name.
        """


def normalize_email(text: str, domain_names: DomainNames) -> Email:
    """The canonical form of an address as it was typed.

    Raises:
        InvalidRequestError: not an address, or one that only a mail server's own quoting rules would accept.
    """
    if len(text) > EMAIL_LENGTH_MAX:
        raise not_an_email()
    local, _, domain = text.rpartition("@")
    # ASCII is checked before the change to lower case: outside ASCII, two different letters can have the same lower
    # case.
    if not local.isascii() or len(local) > _LOCAL_LENGTH_MAX or not _LOCAL.fullmatch(local.lower()):
        raise not_an_email()
    ascii_domain = domain_names.to_ascii(domain)
    canonical = f"{local.lower()}@{ascii_domain}"
    if len(canonical) > EMAIL_LENGTH_MAX or not _DOMAIN.fullmatch(ascii_domain):
        raise not_an_email()
    return Email(canonical)


def not_an_email() -> InvalidRequestError:
    """The one error for everything that is not an address."""
    return InvalidRequestError(pointer="/email", detail="an e-mail address such as name@example.com")
