"""`/transactions/transfers`: money from one wallet to another, in one currency or at the rate of a quote."""

from typing import Annotated, Final

from flask import Response

from bankcore.errors import NotFoundError, OutcomeUnknownError
from bankcore.idempotency.answers import Accepted
from bankcore.identifiers import AccountId
from bankcore.ledger.commands import Transfer
from bankcore.ledger.outcomes import accepted_transaction
from bankcore.ledger.queries import LedgerQueries
from bankcore.ledger.quoted_transfers import QuotedTransfers, QuoteExpiredError, QuoteUsedError, applied_quote
from bankcore.ledger.rejections import (
    AccountClosedError,
    AccountFrozenError,
    InsufficientFundsError,
    SameAccountError,
)
from bankcore.ledger.service import LedgerService
from bankcore.ledger.transactions import Transaction
from bankcore.money import AmountOutOfRangeError, CurrencyMismatchError, Money
from bankcore.origin import Origin
from bankcore.services import Services
from bankcore_http.answering.members import Doc
from bankcore_http.blueprint import Blueprint
from bankcore_http.reading import fields
from bankcore_http.reading.fields import Omissible
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.shapes import BodyShape
from bankcore_http.wallets.access import ServiceToken, TrustedService
from bankcore_http.wallets.notation import AmountText, bare, exact, find_wallet, rate_text

_KEY: Final = IdempotencyKeyHeader()
REFUSALS: Final = (
    NotFoundError,
    InsufficientFundsError,
    AccountFrozenError,
    AccountClosedError,
    CurrencyMismatchError,
    SameAccountError,
    AmountOutOfRangeError,
    OutcomeUnknownError,
)


class WalletTransferBody(BodyShape):
    """Which wallet pays which, and whose both are."""

    sender_wallet_id: fields.Uuid
    recipient_wallet_id: fields.Uuid
    sender_user_id: fields.Uuid
    recipient_user_id: fields.Uuid
    amount: AmountText
    currency: fields.CurrencyCode
    fx_quote_id: Annotated[Omissible[fields.Uuid], Doc(description="For a recipient of another currency")] = None

    def command(self, key: str) -> Transfer:
        """The command."""
        return Transfer(
            AccountId(self.sender_wallet_id),
            AccountId(self.recipient_wallet_id),
            Money.of(exact(self.amount), self.currency).require_positive(),
            idempotency_key=key,
        )


def wallet_transfers_blueprint(services: Services, service: ServiceToken) -> Blueprint:
    """Transfers of the tenant of the settings."""
    queries_of = services.each(LedgerQueries)
    blueprint = Blueprint("wallet-transfers", url_prefix="/transactions", tag="Wallets")
    move = _Moving(services)

    @blueprint.route("/transfers", methods=["POST"])
    @blueprint.takes(service)
    @blueprint.takes(_KEY)
    @blueprint.arguments(WalletTransferBody)
    @blueprint.response(201, None, headers=REPLAY_HEADERS)
    @blueprint.raises(*REFUSALS, QuoteUsedError, QuoteExpiredError)
    def transfer_between_wallets(service: TrustedService, key: str, body: WalletTransferBody) -> Response:
        """Move money from a wallet of the sender to one of the recipient.

        Sent again with the same key, it is answered and not repeated.
        """
        command = body.command(key)
        find_wallet(queries_of(service.tenant_id), body.recipient_wallet_id, body.recipient_user_id)
        moved = move(service, command, body, service.on_behalf_of(body.sender_user_id))
        return bare(_present(moved.value, body), 201, replayed=moved.replayed)

    return blueprint


class _Moving:
    """Moves the money of a transfer, at the rate of its quote if it names one; refusals are raised."""

    def __init__(self, services: Services) -> None:
        self._ledger_of = services.each(LedgerService)
        self._quoted_of = services.each(QuotedTransfers)

    def __call__(
        self, service: TrustedService, command: Transfer, body: WalletTransferBody, origin: Origin
    ) -> Accepted[Transaction]:
        if body.fx_quote_id is not None:
            return self._quoted_of(service.tenant_id)(command, body.fx_quote_id, origin=origin)
        outcome = self._ledger_of(service.tenant_id).execute_one(command, origin=origin)
        return Accepted(accepted_transaction(outcome), replayed=outcome.replayed)


def _present(transaction: Transaction, body: WalletTransferBody) -> dict[str, str | None]:
    quote = applied_quote(transaction)
    return {
        "transactionId": str(transaction.id),
        "status": "COMPLETED",
        "amount": body.amount,
        "currency": body.currency,
        "fxRate": None if quote is None else rate_text(quote.rate),
    }
