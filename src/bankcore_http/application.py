"""Puts the blueprints together into one application, on the services that the caller gives."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from flask import Flask

from bankcore.api_keys.authenticate import ApiKeyDirectory
from bankcore.audit.attempts import AttemptLog
from bankcore.clock import Clock
from bankcore.identifiers import TenantId
from bankcore.identity.services import IdentityDirectory
from bankcore.services import Services
from bankcore_http.answering.rates import NO_LIMITS, RateLimits
from bankcore_http.api_keys.blueprint import api_keys_blueprint
from bankcore_http.approvals.blueprint import approvals_blueprint
from bankcore_http.assertions.blueprint import assertions_blueprint
from bankcore_http.audit.blueprint import audit_blueprint
from bankcore_http.audit.denials import Denials
from bankcore_http.audit.receipt_keys import receipt_keys_blueprint
from bankcore_http.audit.sealed import sealed_blueprint
from bankcore_http.auth import BearerToken
from bankcore_http.blueprint import Blueprint
from bankcore_http.disbursements.blueprint import disbursements_blueprint
from bankcore_http.disputes.blueprint import disputes_blueprint
from bankcore_http.events.blueprint import events_blueprint
from bankcore_http.fraud.blueprint import fraud_blueprint
from bankcore_http.fx.blueprint import fx_positions_blueprint, fx_quotes_blueprint
from bankcore_http.identity.blueprint import identity_blueprint
from bankcore_http.identity.sessions import sessions_blueprint
from bankcore_http.identity.team import team_blueprint
from bankcore_http.identity.users import users_blueprint
from bankcore_http.ledger.account_status import account_status_blueprint
from bankcore_http.ledger.accounts import accounts_blueprint
from bankcore_http.ledger.batches import batches_blueprint
from bankcore_http.ledger.holds import holds_blueprint
from bankcore_http.ledger.reversals import reversals_blueprint
from bankcore_http.ledger.transactions import transactions_blueprint
from bankcore_http.ledger.verification import chains_blueprint, ledger_blueprint
from bankcore_http.limits.blueprint import limits_blueprint
from bankcore_http.notifications.blueprint import notifications_blueprint
from bankcore_http.payments.blueprint import payments_blueprint
from bankcore_http.payments.configurations import provider_configs_blueprint
from bankcore_http.payments.review import payment_review_blueprint
from bankcore_http.payments.webhooks import provider_webhooks_blueprint
from bankcore_http.payouts.blueprint import payouts_blueprint
from bankcore_http.reconciliation.blueprint import reconciliations_blueprint
from bankcore_http.refunds.blueprint import refunds_blueprint
from bankcore_http.second_factor.blueprint import (
    second_factor_blueprint,
    second_factor_resets_blueprint,
    step_up_blueprint,
)
from bankcore_http.serving.app import create_app
from bankcore_http.serving.health import Duties, Readiness
from bankcore_http.serving.metrics import MetricsPage, metrics_blueprint
from bankcore_http.serving.request_boundary import RequestLog
from bankcore_http.settlements.blueprint import settlements_blueprint
from bankcore_http.tenancy.blueprint import tenants_blueprint
from bankcore_http.wallets.access import WalletPaths
from bankcore_http.wallets.blueprints import wallet_blueprints
from bankcore_http.webhooks.blueprint import webhooks_blueprint
from bankcore_http.work.blueprint import dead_letters_blueprint

BlueprintFactory = Callable[[Services, BearerToken], Blueprint]
# In the order in which the document shows them. A new capability adds its own.
BLUEPRINTS: Final[tuple[BlueprintFactory, ...]] = (
    identity_blueprint,
    sessions_blueprint,
    second_factor_blueprint,
    step_up_blueprint,
    accounts_blueprint,
    transactions_blueprint,
    holds_blueprint,
    batches_blueprint,
    approvals_blueprint,
    fx_quotes_blueprint,
    payments_blueprint,
    refunds_blueprint,
    disputes_blueprint,
    payment_review_blueprint,
    payouts_blueprint,
    disbursements_blueprint,
    audit_blueprint,
    chains_blueprint,
    ledger_blueprint,
    receipt_keys_blueprint,
    sealed_blueprint,
    events_blueprint,
    dead_letters_blueprint,
    reconciliations_blueprint,
    assertions_blueprint,
    users_blueprint,
    team_blueprint,
    second_factor_resets_blueprint,
    account_status_blueprint,
    reversals_blueprint,
    limits_blueprint,
    fraud_blueprint,
    fx_positions_blueprint,
    notifications_blueprint,
    api_keys_blueprint,
    provider_configs_blueprint,
    settlements_blueprint,
    webhooks_blueprint,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the application needs besides services; there are no routes for what is None."""

    clock: Clock
    new_id: Callable[[], UUID]
    readiness: Readiness
    log_request: RequestLog
    metrics: MetricsPage | None = None
    wallets: WalletPaths | None = None
    operator_token: str | None = field(default=None, repr=False)
    duties: Duties = dict
    rates: RateLimits = NO_LIMITS


def bank_application(services: Services, around: Surroundings) -> Flask:
    """Every capability of the bank as one WSGI application."""
    identity = services.get(IdentityDirectory)
    keys = services.get(ApiKeyDirectory)
    caller = BearerToken(identity, keys)
    others = [] if around.wallets is None else list(wallet_blueprints(services, identity.tenants, around.wallets))
    if around.operator_token is not None:
        others.append(tenants_blueprint(services, around.operator_token))

    def find_tenant(credential: str) -> TenantId | None:
        return identity.find_tenant(credential) or keys.find_tenant(credential)

    application = create_app(
        [*(blueprint(services, caller) for blueprint in BLUEPRINTS), *others],
        clock=around.clock,
        new_id=around.new_id,
        readiness=around.readiness,
        duties=around.duties,
        rates=around.rates,
        log_request=around.log_request,
        note_refusal=Denials(services.get(AttemptLog), find_tenant).note,
    )
    application.register_blueprint(provider_webhooks_blueprint(services))
    if around.metrics is not None:
        application.register_blueprint(metrics_blueprint(around.metrics))
    return application
