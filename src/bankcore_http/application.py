"""Puts the blueprints together into one application, on ports that somebody else plugs in."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from flask import Flask

from bankcore.audit.attempts import AttemptLog
from bankcore.clock import Clock
from bankcore.identity.services import IdentityDirectory
from bankcore_http.audit.blueprint import AuditOf, audit_blueprint
from bankcore_http.audit.denials import Denials
from bankcore_http.audit.receipt_keys import ReceiptKeys, receipt_keys_blueprint
from bankcore_http.audit.sealed import SealedLogOf, sealed_blueprint
from bankcore_http.auth import BearerToken
from bankcore_http.blueprint import Blueprint
from bankcore_http.events.blueprint import FeedOf, events_blueprint
from bankcore_http.fraud.blueprint import FraudOf, fraud_blueprint
from bankcore_http.identity.blueprint import identity_blueprint
from bankcore_http.ledger.account_status import account_status_blueprint
from bankcore_http.ledger.accounts import accounts_blueprint
from bankcore_http.ledger.books import LedgerOf, QueriesOf
from bankcore_http.ledger.receipts.promises import AuditReceiptsOf
from bankcore_http.ledger.transactions import transactions_blueprint
from bankcore_http.ledger.verification import chains_blueprint, ledger_blueprint
from bankcore_http.notifications.blueprint import NotificationsOf, notifications_blueprint
from bankcore_http.reconciliation.blueprint import ReconciliationsOf, reconciliations_blueprint
from bankcore_http.serving.app import create_app
from bankcore_http.serving.health import Duties, Readiness
from bankcore_http.serving.metrics import MetricsPage, metrics_blueprint
from bankcore_http.serving.request_boundary import RequestLog
from bankcore_http.work.blueprint import DeadLettersOf, dead_letters_blueprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the application needs from outside; without a sealed log or metrics, there are no routes for them."""

    identity: IdentityDirectory
    ledger_of: LedgerOf
    queries_of: QueriesOf
    receipts_of: AuditReceiptsOf
    receipt_keys: ReceiptKeys
    audit_of: AuditOf
    attempts: AttemptLog
    feed_of: FeedOf
    dead_letters_of: DeadLettersOf
    reconciliations_of: ReconciliationsOf
    fraud_of: FraudOf
    notifications_of: NotificationsOf
    clock: Clock
    new_id: Callable[[], UUID]
    readiness: Readiness
    log_request: RequestLog
    sealed_log_of: SealedLogOf | None = None
    metrics: MetricsPage | None = None
    duties: Duties = dict


def bank_application(ports: Ports) -> Flask:
    """Every capability of the bank as one WSGI application."""
    caller = BearerToken(ports.identity)
    application = create_app(
        [
            identity_blueprint(ports.identity, caller),
            accounts_blueprint(ports.ledger_of, ports.queries_of, caller),
            transactions_blueprint(ports.ledger_of, ports.queries_of, ports.receipts_of, caller),
            *_for_auditors(ports, caller),
            events_blueprint(ports.feed_of, caller),
            dead_letters_blueprint(ports.dead_letters_of, caller),
            reconciliations_blueprint(ports.reconciliations_of, caller),
            account_status_blueprint(ports.ledger_of, caller),
            fraud_blueprint(ports.fraud_of, caller),
            notifications_blueprint(ports.notifications_of, caller),
        ],
        clock=ports.clock,
        new_id=ports.new_id,
        readiness=ports.readiness,
        duties=ports.duties,
        log_request=ports.log_request,
        note_refusal=Denials(ports.attempts, ports.identity.find_tenant).note,
    )
    if ports.metrics is not None:
        application.register_blueprint(metrics_blueprint(ports.metrics))
    return application


def _for_auditors(ports: Ports, caller: BearerToken) -> list[Blueprint]:
    blueprints = [
        audit_blueprint(ports.audit_of, caller),
        chains_blueprint(ports.queries_of, caller),
        ledger_blueprint(ports.queries_of, caller),
        receipt_keys_blueprint(ports.receipt_keys),
    ]
    if ports.sealed_log_of is not None:
        blueprints.append(sealed_blueprint(ports.sealed_log_of, caller))
    return blueprints
