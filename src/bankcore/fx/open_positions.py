"""OpenPositions: sees to it that the bank's position accounts are there before a quote needs them."""

from bankcore.errors import NotFoundError
from bankcore.fx.commands import OpenPosition
from bankcore.fx.rates import CurrencyPair
from bankcore.identifiers import TenantId
from bankcore.ledger.accounts import position_account_id
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.service import LedgerService
from bankcore.money import Currency
from bankcore.origin import Origin


class OpenPositions:
    """Opens position accounts of one tenant, each once; none is ever removed, so it remembers which are there."""

    def __init__(self, tenant_id: TenantId, ledger: LedgerService, queries: LedgerQueries) -> None:
        self._tenant_id = tenant_id
        self._ledger = ledger
        self._queries = queries
        self._known: set[Currency] = set()

    def __call__(self, pair: CurrencyPair, *, origin: Origin) -> None:
        """Have a position account of both currencies. Opening one that somebody else opens at once is refused to one
        of the two, which is as good.

        Raises:
            UnavailableError: send the request again.
            OutcomeUnknownError: send the request again.
        """
        missing = [currency for currency in pair if currency not in self._known and not self._is_open(currency)]
        if missing:
            by_us = Origin(actor_type="system", actor_id="fx", request_id=origin.request_id)
            self._ledger.execute([OpenPosition(currency) for currency in missing], origin=by_us)
        self._known.update(pair)

    def _is_open(self, currency: Currency) -> bool:
        try:
            self._queries.get_account(position_account_id(self._tenant_id, currency))
        except NotFoundError:
            return False
        return True
