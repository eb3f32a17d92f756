"""UseQuote: moves money between two currencies at the rate of a quote, which is then used up."""

import json
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from bankcore.actions import Subject
from bankcore.arguments import require_a, require_id
from bankcore.errors import BankcoreError, LedgerInvariantError, NotFoundError
from bankcore.events.stamps import CommandRefused
from bankcore.fx.actions import QUOTE_USED
from bankcore.fx.commands import FxTransfer, require_room_for_quote
from bankcore.fx.events import FxQuoteUsed
from bankcore.fx.ports import FxUnit, FxUnits
from bankcore.fx.quotes import FxQuoteId
from bankcore.idempotency.answers import Accepted, KeyedTask, Rejected, answer_once
from bankcore.idempotency.keys import key_of
from bankcore.identifiers import TransactionId
from bankcore.ledger.commands import Transfer
from bankcore.ledger.outcome_codec import encode_outcome
from bankcore.ledger.outcomes import Posted, accepted_transaction
from bankcore.ledger.quoted_transfers import QuotedTransfers
from bankcore.ledger.transactions import Transaction
from bankcore.origin import LIBRARY, Origin


@dataclass(frozen=True, slots=True)
class UseQuote(QuotedTransfers):
    """Makes transfers of one tenant at quotes."""

    units: FxUnits

    def __call__(self, transfer: Transfer, quote_id: UUID, *, origin: Origin = LIBRARY) -> Accepted[Transaction]:
        """Make the transfer in one unit of work: the quote is used and the money moved, or neither."""
        require_a(Transfer, transfer, "/transfer", "what is moved at a quote is a Transfer")
        require_id(quote_id, "/fxQuoteId")
        require_a(Origin, origin, "/origin", "who asks is an Origin")
        require_room_for_quote(transfer)
        key = key_of(origin, transfer.idempotency_key)
        asked = f'["{FxTransfer.kind}","{quote_id}",{transfer.terms()}]'
        return answer_once(
            self.units,
            key,
            sha256(asked.encode()).digest(),
            lambda unit: _Using(unit, transfer, FxQuoteId(quote_id), origin),
        )


@dataclass(frozen=True, slots=True)
class _Using(KeyedTask[Transaction]):
    unit: FxUnit
    transfer: Transfer
    quote_id: FxQuoteId
    origin: Origin

    def decide(self) -> Transaction | Rejected:
        """Lock the quote, and decide on what is there then: of two that come at once, the second finds it used."""
        unit, transfer, origin = self.unit, self.transfer, self.origin
        found = unit.lock_quote(self.quote_id)
        if found is None or not found.quote.is_shown_to(origin.owner_id):
            return Rejected(NotFoundError(resource="fx_quote", identifier=str(self.quote_id)))
        quote, now = found
        refusal = quote.refusal_of(transfer.amount, at=now)
        if refusal is not None:
            return Rejected(refusal)
        (outcome,) = unit.ledger.execute([FxTransfer.at(quote, transfer)], origin=origin)
        if isinstance(outcome, Rejected):
            return outcome
        transaction = accepted_transaction(outcome)
        used = quote.used_by(transaction.id)
        unit.mark_used(used)
        unit.publish([FxQuoteUsed(unit.new_stamp(origin), used)])
        return transaction

    def refused(self, reason: BankcoreError) -> CommandRefused:
        return CommandRefused(self.unit.new_stamp(self.origin), QUOTE_USED, Subject("fx_quote", self.quote_id), reason)

    def encode(self, value: Transaction) -> bytes:
        return encode_outcome(Posted(value))

    def decode(self, encoded: bytes) -> Transaction:
        transaction = self.unit.find_transaction(TransactionId(UUID(json.loads(encoded)["posted"])))
        if transaction is None:
            raise LedgerInvariantError("a transaction is remembered that is not there")
        return transaction
