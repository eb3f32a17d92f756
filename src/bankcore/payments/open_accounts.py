"""OpenProviderAccounts: sees to it that our accounts for a configuration are there before money needs them."""

from collections.abc import Collection
from typing import Final

from bankcore.errors import NotFoundError
from bankcore.identifiers import TenantId
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore.money import Currency
from bankcore.payments.configurations import ProviderConfig, ProviderConfigId
from bankcore.payments.moving import SYSTEM
from bankcore.payments.postings import OpenProviderAccount, ProviderAccount, provider_account_id

FOR_PAYMENTS: Final = (ProviderAccount.CLEARING, ProviderAccount.FEES)


class OpenProviderAccounts:
    """Opens them for one tenant, each once; none is ever removed, so it remembers which are there."""

    def __init__(
        self,
        tenant_id: TenantId,
        ledger: LedgerService,
        queries: LedgerQueries,
        purposes: Collection[ProviderAccount] = FOR_PAYMENTS,
    ) -> None:
        self._tenant_id = tenant_id
        self._ledger = ledger
        self._queries = queries
        self._purposes = purposes
        self._known: set[tuple[ProviderConfigId, Currency]] = set()

    def __call__(self, config: ProviderConfig, currency: Currency) -> None:
        """Have them in that currency. Opening one that somebody else opens at once is refused to one of the two, which
        is as good.

        Raises:
            UnavailableError: send the request again.
            OutcomeUnknownError: send the request again.
        """
        if (config.id, currency) in self._known:
            return
        missing = [purpose for purpose in self._purposes if not self._is_open(config.id, purpose, currency)]
        opening = [OpenProviderAccount(config.id, config.name, purpose, currency) for purpose in missing]
        self._ledger.execute(opening, origin=SYSTEM)
        self._known.add((config.id, currency))

    def _is_open(self, config_id: ProviderConfigId, purpose: ProviderAccount, currency: Currency) -> bool:
        try:
            self._queries.get_account(provider_account_id(self._tenant_id, config_id, purpose, currency))
        except NotFoundError:
            return False
        return True
