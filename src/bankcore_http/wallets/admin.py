"""`/admin`: everything that there is, for people who look after the bank; nothing can be changed here."""

from typing import Any
from uuid import UUID

from flask import Response

from bankcore.audit.queries import AuditedEvent, AuditFilter, AuditQueries
from bankcore.errors import NotFoundError
from bankcore.identifiers import AccountId
from bankcore.ledger.queries import LedgerQueries
from bankcore.services import Services
from bankcore_http.answering.wire import render_instant
from bankcore_http.blueprint import Blueprint
from bankcore_http.wallets.access import ServiceToken, TrustedService
from bankcore_http.wallets.books import read_chain, read_entries, read_transaction, read_verdict
from bankcore_http.wallets.notation import bare, present_wallet
from bankcore_http.wallets.pages import OffsetQuery, RecordsQuery


def wallet_admin_blueprint(services: Services, admin: ServiceToken) -> Blueprint:
    """What is in the tenant of the settings."""
    blueprint = Blueprint("wallet-admin", url_prefix="/admin", tag="Wallets")
    _serve_things(blueprint, services, admin)
    _serve_books(blueprint, services, admin)
    _serve_records(blueprint, services, admin)
    return blueprint


def _serve_things(blueprint: Blueprint, services: Services, admin: ServiceToken) -> None:
    queries_of = services.each(LedgerQueries)

    @blueprint.route("/wallets/<uuid:wallet_id>")
    @blueprint.takes(admin)
    @blueprint.response(200, None)
    @blueprint.raises(NotFoundError)
    def get_any_wallet(admin: TrustedService, *, wallet_id: UUID) -> Response:
        """Read any wallet."""
        return bare(present_wallet(queries_of(admin.tenant_id).get_account(AccountId(wallet_id))))

    @blueprint.route("/transactions/<uuid:transaction_id>")
    @blueprint.takes(admin)
    @blueprint.response(200, None)
    @blueprint.raises(NotFoundError)
    def get_any_transaction(admin: TrustedService, *, transaction_id: UUID) -> Response:
        """Read any transaction."""
        return bare(read_transaction(queries_of(admin.tenant_id), transaction_id))


def _serve_books(blueprint: Blueprint, services: Services, admin: ServiceToken) -> None:
    queries_of = services.each(LedgerQueries)

    @blueprint.route("/ledger/verify/<uuid:transaction_id>")
    @blueprint.takes(admin)
    @blueprint.response(200, None)
    @blueprint.raises(NotFoundError)
    def verify_any_transaction(admin: TrustedService, *, transaction_id: UUID) -> Response:
        """Say whether debits and credits of a transaction come to the same."""
        return bare(read_verdict(queries_of(admin.tenant_id), transaction_id))

    @blueprint.route("/ledger/chain/<uuid:wallet_id>")
    @blueprint.takes(admin)
    @blueprint.response(200, None)
    @blueprint.raises(NotFoundError)
    def verify_any_chain(admin: TrustedService, *, wallet_id: UUID) -> Response:
        """Recompute the chain of hashes of a wallet."""
        return bare(read_chain(queries_of(admin.tenant_id), wallet_id))

    @blueprint.route("/ledger/entries/<uuid:wallet_id>")
    @blueprint.takes(admin)
    @blueprint.arguments(OffsetQuery)
    @blueprint.response(200, None)
    @blueprint.raises(NotFoundError)
    def list_any_entries(admin: TrustedService, query: OffsetQuery, *, wallet_id: UUID) -> Response:
        """List the entries of a wallet, latest first."""
        return bare(read_entries(queries_of(admin.tenant_id), wallet_id, query))


def _serve_records(blueprint: Blueprint, services: Services, admin: ServiceToken) -> None:
    audit_of = services.each(AuditQueries)

    @blueprint.route("/audit-logs")
    @blueprint.takes(admin)
    @blueprint.arguments(RecordsQuery)
    @blueprint.response(200, None)
    def list_audit_logs(admin: TrustedService, query: RecordsQuery) -> Response:
        """List the records of the audit log, latest first.

        Reading leaves a record too. What is further back than a thousand records is at `/v1/audit/events`.
        """
        wanted = query.offset + query.limit
        found = audit_of(admin.tenant_id).list_events(AuditFilter(), limit=wanted, origin=admin.origin)
        shown = [_present(event) for event in found[query.offset :]]
        return bare({"logs": shown, "limit": query.limit, "offset": query.offset})


def _present(event: AuditedEvent) -> dict[str, Any]:
    return {
        "id": str(event.id),
        "action": event.action,
        "outcome": event.outcome.value,
        "actorType": event.actor_type,
        "actorId": event.actor_id,
        "subjectId": None if event.subject_id is None else str(event.subject_id),
        "walletIds": [str(account_id) for account_id in event.account_ids],
        "requestId": event.request_id,
        "createdAt": render_instant(event.at),
    }
