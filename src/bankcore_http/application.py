"""Puts the blueprints together into one application, on ports that somebody else plugs in."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from flask import Flask

from bankcore.clock import Clock
from bankcore.identity.services import IdentityDirectory
from bankcore_http.app import create_app
from bankcore_http.auth import BearerToken
from bankcore_http.health import Readiness
from bankcore_http.identity.blueprint import identity_blueprint
from bankcore_http.ledger.accounts import accounts_blueprint
from bankcore_http.ledger.books import LedgerOf, QueriesOf
from bankcore_http.ledger.transactions import transactions_blueprint
from bankcore_http.notifications.blueprint import NotificationsOf, notifications_blueprint
from bankcore_http.request_boundary import RequestLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the application needs from outside."""

    identity: IdentityDirectory
    ledger_of: LedgerOf
    queries_of: QueriesOf
    notifications_of: NotificationsOf
    clock: Clock
    new_id: Callable[[], UUID]
    readiness: Readiness
    log_request: RequestLog


def bank_application(ports: Ports) -> Flask:
    """Every capability of the bank as one WSGI application."""
    caller = BearerToken(ports.identity)
    return create_app(
        [
            identity_blueprint(ports.identity, caller),
            accounts_blueprint(ports.ledger_of, ports.queries_of, caller),
            transactions_blueprint(ports.ledger_of, ports.queries_of, caller),
            notifications_blueprint(ports.notifications_of, caller),
        ],
        clock=ports.clock,
        new_id=ports.new_id,
        readiness=ports.readiness,
        log_request=ports.log_request,
    )
