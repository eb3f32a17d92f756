"""FraudProcessor: has every posted movement of a customer examined, after the fact and in its own transaction."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from typing_extensions import override

from bankcore.fraud.examine import Examine, PostedMovement
from bankcore.identifiers import IdentifierSource, TransactionId
from bankcore.origin import Origin
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.fraud.activity import Place
from bankcore_infra.fraud.unit import SqlFraudUnit
from bankcore_infra.ledger.signals import LedgerSignals
from bankcore_infra.work.consumers import ConsumedEvent, Consumer

ACTOR: Final = "fraud"


class FraudProcessor(Consumer):
    """Takes ids out of an event and gives them to the use case; an event that comes again finds its case there."""

    name = "fraud"
    actions = frozenset({"transaction.posted"})

    def __init__(self, signals: LedgerSignals, ids: IdentifierSource, *, key_lifetime: timedelta) -> None:
        """What the ledger does when an account is frozen goes through these signals."""
        self._signals = signals
        self._ids = ids
        self._key_lifetime = key_lifetime

    @override
    def consume(self, connection: TenantConnection, events: Sequence[ConsumedEvent]) -> None:
        unit = SqlFraudUnit(connection, self._signals, self._ids, key_lifetime=self._key_lifetime)
        examine = Examine(connection.tenant_id, self._ids)
        movements = [(event, moved) for event in events if (moved := _movement_of(event)) is not None]
        unit.read_ahead(Place(moved.account_id, moved.sequence) for _event, moved in movements)
        for event, moved in movements:
            origin = Origin(actor_type="service", actor_id=ACTOR, request_id=event.body.get("request"))
            examine(unit, moved, origin=origin)


def _movement_of(event: ConsumedEvent) -> PostedMovement | None:
    if event.account_id is None or event.sequence is None:
        return None
    return PostedMovement(
        account_id=event.account_id,
        transaction_id=TransactionId(UUID(event.body["transaction"]["id"])),
        sequence=event.sequence,
    )
