"""FraudProcessor: has every posted movement of a customer examined, in a transaction after the posting."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from typing_extensions import override

from bankcore.events.feed import EventEffect
from bankcore.fraud.examine import Examine
from bankcore.fraud.movements import Line, PostedMovement, Shares, between_customers
from bankcore.identifiers import TransactionId
from bankcore.ledger.actions import TRANSACTION_POSTED
from bankcore.money import CURRENCIES
from bankcore_infra.audit.recording.record_bodies import subject_id_of
from bankcore_infra.consumers import ConsumedEvent, Consumer
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.fraud.unit import SqlFraudUnit
from bankcore_infra.units import UnitParts

ACTOR: Final = "fraud"


class FraudProcessor(Consumer):
    """Takes the movements out of a page of events and gives them to the use case; a repeated event counts once."""

    name = "fraud"
    actions = frozenset({TRANSACTION_POSTED.name})

    def __init__(self, parts: UnitParts) -> None:
        self._parts = parts

    @override
    def consume(self, connection: TenantConnection, events: Sequence[ConsumedEvent]) -> None:
        page = _movements_of(events)
        if page:
            Examine(connection.tenant_id, self._parts.ids, ACTOR)(SqlFraudUnit(connection, self._parts), page)


def _movements_of(events: Sequence[ConsumedEvent]) -> list[PostedMovement]:
    """The movement of each event; a transaction of several accounts is read once."""
    shares: dict[UUID, Shares] = {}
    page = []
    for event in events:
        if event.account_id is None:
            continue
        known = shares.get(event.id)
        if known is None:
            known = shares[event.id] = _shares_of(event)
        page.append(known.met_by(event.account_id, event.body.get("request")))
    return page


def _shares_of(event: ConsumedEvent) -> Shares:
    transaction_id = subject_id_of(event.body)
    if transaction_id is None:
        raise ValueError("a movement of no transaction")
    lines = between_customers(event.tenant_id, _lines(event.effects))
    return Shares.among(TransactionId(transaction_id), event.occurred_at, lines)


def _lines(effects: Sequence[EventEffect]) -> Iterator[Line]:
    for effect in effects:
        if effect.amount is not None and effect.currency is not None:
            # A recorded amount has exactly the decimals of its currency.
            amount_minor = int(effect.amount.replace(".", ""))
            yield Line(effect.account_id, effect.sequence, CURRENCIES[effect.currency], amount_minor)
