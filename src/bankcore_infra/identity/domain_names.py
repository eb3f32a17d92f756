"""International domain names (IDNA 2008)."""

import idna
from typing_extensions import override

from bankcore.identity.emails import DomainNames, not_an_email


class IdnaDomainNames(DomainNames):
    """Maps case and width as browsers do (UTS 46), then takes what IDNA 2008 allows."""

    @override
    def to_ascii(self, domain: str) -> str:
        try:
            return idna.encode(domain, strict=True, uts46=True, std3_rules=True).decode("ascii").lower()
        except (idna.IDNAError, UnicodeError):
            raise not_an_email() from None
