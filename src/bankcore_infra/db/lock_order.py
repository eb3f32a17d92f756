"""The order of locks. Each table's rows are locked in the `locks.py` of one capability, and nowhere else.

A transaction that takes several locks takes them in this order, so that two transactions never wait for each other in a
circle. Rows of one table are locked in the order of their ids. Locks that skip what is taken wait for nobody, but what
comes after them does.
"""

from typing import Final

KEYS: Final = "idempotency keys"
"""The advisory locks of `opening_with_keys`, which wait only in a patient transaction."""

LOCK_ORDER: Final = (
    # A worker locks its cursor first, then writes whatever follows the events of the page.
    "cursors",
    # What fraud remembers of accounts, before it may freeze one of them.
    "fraud_activities",
    KEYS,
    # The tenant, by whoever changes its team, before the sessions of whoever is removed.
    "tenants",
    # A person decides one case, uses one session, proves a second factor, ends one API key: each under the key of the
    # request.
    "fraud_cases",
    "sessions",
    "second_factors",
    "api_keys",
    # The one that a transfer uses, before its accounts.
    "fx_quotes",
    # The one that somebody ends, before the accounts of its movement.
    "approvals",
    # One job, by somebody who steers it, or with the accounts of its next chunk.
    "payout_jobs",
    # One configuration while it is changed; one payment, with the account that it is for.
    "provider_configs",
    "payments",
    # One refund, with the accounts that its money moves between.
    "refunds",
    # One dispute, with the accounts that its money moves between.
    "disputes",
    "provider_notices",
    # One that somebody decides or a worker follows, with the account that it is for.
    "disbursements",
    "accounts",
    # Nothing is locked after one of these.
    "encrypted_secrets",
    "notifications",
    "webhook_endpoints",
    "webhook_deliveries",
    "idempotency_keys",
    "login_attempts",
    # Only sealing and the beginning of an era: they lock nothing else.
    "audit_log",
)
