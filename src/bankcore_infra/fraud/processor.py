"""FraudProcessor: has every posted movement of a customer examined, after the fact and in its own transaction."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from typing_extensions import override

from bankcore.fraud.examine import Examine
from bankcore.fraud.movements import Line, PostedMovement, Shares
from bankcore.identifiers import AccountId, IdentifierSource, TransactionId
from bankcore.money import CURRENCIES
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.fraud.unit import SqlFraudUnit
from bankcore_infra.ledger.signals import LedgerSignals
from bankcore_infra.work.consumers import ConsumedEvent, Consumer

ACTOR: Final = "fraud"


class FraudProcessor(Consumer):
    """Takes what moved out of a whole page of events and gives it to the use case; what comes again counts once."""

    name = "fraud"
    actions = frozenset({"transaction.posted"})

    def __init__(self, signals: LedgerSignals, ids: IdentifierSource, *, key_lifetime: timedelta) -> None:
        """What the ledger does when an account is frozen goes through these signals."""
        self._signals = signals
        self._ids = ids
        self._key_lifetime = key_lifetime

    @override
    def consume(self, connection: TenantConnection, events: Sequence[ConsumedEvent]) -> None:
        page = _movements_of(events)
        if page:
            unit = SqlFraudUnit(connection, self._signals, self._ids, key_lifetime=self._key_lifetime)
            Examine(connection.tenant_id, self._ids, ACTOR)(unit, page)


def _movements_of(events: Sequence[ConsumedEvent]) -> list[PostedMovement]:
    """The events as their accounts met them; a transaction of many accounts is read once."""
    shares: dict[UUID, Shares] = {}
    page = []
    for event in events:
        if event.account_id is None:
            continue
        known = shares.get(event.id)
        if known is None:
            known = shares[event.id] = _shares_of(event.body["transaction"])
        page.append(known.met_by(event.account_id, event.body.get("request")))
    return page


def _shares_of(transaction: Mapping[str, Any]) -> Shares:
    return Shares.among(
        TransactionId(UUID(transaction["id"])),
        datetime.fromisoformat(transaction["postedAt"]),
        _lines(transaction["entries"]),
    )


def _lines(entries: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    for entry in entries:
        # A recorded amount has exactly the decimals of its currency.
        amount_minor = int(entry["amount"].replace(".", ""))
        yield Line(AccountId(UUID(entry["account"])), entry["sequence"], CURRENCIES[entry["currency"]], amount_minor)
