"""`/ledger`: transactions with both of their entries, a wallet's entries, and whether all of it is whole."""

from typing import Any, Final
from uuid import UUID

from flask import Response

from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.commands import Transfer
from bankcore.ledger.outcomes import accepted_transaction
from bankcore.ledger.queries import LedgerQueries, TransactionView
from bankcore.ledger.service import LedgerService
from bankcore.money import Money
from bankcore.services import Services
from bankcore_http.blueprint import Blueprint
from bankcore_http.ledger.chain import verify_chain
from bankcore_http.ledger.shapes.books import present_verified
from bankcore_http.reading import fields
from bankcore_http.reading.idempotency import REPLAY_HEADERS, IdempotencyKeyHeader
from bankcore_http.reading.shapes import BodyShape
from bankcore_http.wallets.access import ServiceToken, TrustedService
from bankcore_http.wallets.notation import (
    AmountText,
    bare,
    entry_id,
    exact,
    find_wallet,
    present_entries,
    present_entry,
)
from bankcore_http.wallets.pages import OffsetQuery
from bankcore_http.wallets.transfers import REFUSALS

_KEY: Final = IdempotencyKeyHeader()


class EntryPairBody(BodyShape):
    """Which wallet is debited, and which is credited."""

    debit_wallet_id: fields.Uuid
    credit_wallet_id: fields.Uuid
    amount: AmountText
    currency: fields.CurrencyCode

    def command(self, key: str) -> Transfer:
        """The command."""
        return Transfer(
            AccountId(self.debit_wallet_id),
            AccountId(self.credit_wallet_id),
            Money.of(exact(self.amount), self.currency).require_positive(),
            idempotency_key=key,
        )


def wallet_books_blueprint(services: Services, service: ServiceToken) -> Blueprint:
    """The books of the tenant of the settings."""
    blueprint = Blueprint("wallet-books", url_prefix="/ledger", tag="Wallets")
    _serve_transactions(blueprint, services, service)
    _serve_wallets(blueprint, services, service)
    return blueprint


def _serve_transactions(blueprint: Blueprint, services: Services, service: ServiceToken) -> None:
    ledger_of, queries_of = services.each(LedgerService), services.each(LedgerQueries)

    @blueprint.route("/transactions", methods=["POST"])
    @blueprint.takes(service)
    @blueprint.takes(_KEY)
    @blueprint.arguments(EntryPairBody)
    @blueprint.response(201, None, headers=REPLAY_HEADERS)
    @blueprint.raises(*REFUSALS)
    def write_pair(service: TrustedService, key: str, body: EntryPairBody) -> Response:
        """Move money between two wallets, as a debit and a credit."""
        for wallet_id in (body.debit_wallet_id, body.credit_wallet_id):
            find_wallet(queries_of(service.tenant_id), wallet_id)
        outcome = ledger_of(service.tenant_id).execute_one(body.command(key), origin=service.origin)
        transaction = accepted_transaction(outcome)
        shown = present_entries(TransactionView(transaction=transaction, own_account_ids=None))
        return bare(shown, 201, replayed=outcome.replayed)

    @blueprint.route("/transactions/<uuid:transaction_id>")
    @blueprint.takes(service)
    @blueprint.response(200, None)
    @blueprint.raises(NotFoundError)
    def get_pair(service: TrustedService, *, transaction_id: UUID) -> Response:
        """Read a transaction with its entries."""
        return bare(read_transaction(queries_of(service.tenant_id), transaction_id))

    @blueprint.route("/transactions/<uuid:transaction_id>/verify")
    @blueprint.takes(service)
    @blueprint.response(200, None)
    @blueprint.raises(NotFoundError)
    def verify_pair(service: TrustedService, *, transaction_id: UUID) -> Response:
        """Say whether debits and credits of a transaction come to the same."""
        return bare(read_verdict(queries_of(service.tenant_id), transaction_id))


def _serve_wallets(blueprint: Blueprint, services: Services, service: ServiceToken) -> None:
    queries_of = services.each(LedgerQueries)

    @blueprint.route("/wallets/<uuid:wallet_id>/entries")
    @blueprint.takes(service)
    @blueprint.arguments(OffsetQuery)
    @blueprint.response(200, None)
    @blueprint.raises(NotFoundError)
    def list_wallet_entries(service: TrustedService, query: OffsetQuery, *, wallet_id: UUID) -> Response:
        """List the entries of a wallet, latest first."""
        return bare(read_entries(queries_of(service.tenant_id), wallet_id, query))

    @blueprint.route("/wallets/<uuid:wallet_id>/chain")
    @blueprint.takes(service)
    @blueprint.response(200, None)
    @blueprint.raises(NotFoundError)
    def verify_wallet_chain(service: TrustedService, *, wallet_id: UUID) -> Response:
        """Recompute the chain of hashes of a wallet, and say whether it is whole."""
        return bare(read_chain(queries_of(service.tenant_id), wallet_id))


def read_transaction(queries: LedgerQueries, transaction_id: UUID) -> dict[str, Any]:
    """The transaction with its entries; NotFoundError."""
    return present_entries(queries.get_transaction(TransactionId(transaction_id)))


def read_verdict(queries: LedgerQueries, transaction_id: UUID) -> dict[str, bool]:
    """Whether it balances; NotFoundError."""
    return {"balanced": present_verified(queries.get_transaction(TransactionId(transaction_id)))["balanced"]}


def read_entries(queries: LedgerQueries, wallet_id: UUID, query: OffsetQuery) -> dict[str, Any]:
    """A page of a wallet's entries; NotFoundError.

    The sequence of entries has no gaps, so that an offset is a place in it, and a page far back costs no more.
    """
    wallet = find_wallet(queries, wallet_id)
    before = wallet.version + 1 - query.offset
    found = queries.list_entries(wallet.id, before_sequence=before, limit=query.limit) if before > 1 else ()
    shown = [present_entry(entry) for entry in found]
    return {"entries": shown, "total": wallet.version, "limit": query.limit, "offset": query.offset}


def read_chain(queries: LedgerQueries, wallet_id: UUID) -> dict[str, Any]:
    """Whether the wallet's chain is whole, or the first entry that does not fit; NotFoundError."""
    wallet = find_wallet(queries, wallet_id)
    verdict = verify_chain(queries, wallet.id, owner_id=None)
    if verdict["valid"]:
        return {"valid": True}
    return {"valid": False, "tamperedAt": entry_id(wallet.id, verdict["tamperedAt"])}
