"""Permissions: what callers may do, as a resource and an action, and how far each reaches."""

from enum import IntEnum, StrEnum
from typing import Final


class Permission(StrEnum):
    """One thing that a route can ask for; its text, such as `accounts:read`, is the scope of a service's key."""

    API_KEYS_READ = "api-keys:read"
    API_KEYS_MANAGE = "api-keys:manage"
    PROFILE_READ = "profile:read"
    PROFILE_CHANGE = "profile:change"
    SECOND_FACTOR_MANAGE = "second-factor:manage"
    SESSIONS_READ = "sessions:read"
    SESSIONS_END = "sessions:end"
    ACCOUNTS_READ = "accounts:read"
    ACCOUNTS_OPEN = "accounts:open"
    ACCOUNTS_FREEZE = "accounts:freeze"
    ACCOUNTS_CLOSE = "accounts:close"
    LIMITS_READ = "limits:read"
    LIMIT_POLICIES_READ = "limit-policies:read"
    LIMIT_POLICIES_SET = "limit-policies:set"
    TENANT_LIMITS_SET = "tenant-limits:set"
    CHAINS_VERIFY = "chains:verify"
    NAMES_READ = "names:read"
    TRANSACTIONS_READ = "transactions:read"
    TRANSACTIONS_POST = "transactions:post"
    TRANSACTIONS_REVERSE = "transactions:reverse"
    APPROVALS_READ = "approvals:read"
    APPROVALS_DECIDE = "approvals:decide"
    HOLDS_READ = "holds:read"
    HOLDS_MANAGE = "holds:manage"
    QUOTES_READ = "quotes:read"
    QUOTES_GIVE = "quotes:give"
    POSITIONS_READ = "positions:read"
    PAYMENTS_READ = "payments:read"
    PAYMENTS_MANAGE = "payments:manage"
    REFUNDS_MANAGE = "refunds:manage"
    PAYMENTS_REVIEW = "payments:review"
    PROVIDERS_READ = "providers:read"
    PROVIDERS_MANAGE = "providers:manage"
    PAYOUTS_READ = "payouts:read"
    PAYOUTS_MANAGE = "payouts:manage"
    DISBURSEMENTS_READ = "disbursements:read"
    DISBURSEMENTS_MANAGE = "disbursements:manage"
    DISBURSEMENTS_DECIDE = "disbursements:decide"
    NOTIFICATIONS_READ = "notifications:read"
    NOTIFICATIONS_MANAGE = "notifications:manage"
    EVENTS_READ = "events:read"
    AUDIT_READ = "audit:read"
    BOOKS_VERIFY = "books:verify"
    ASSERTIONS_READ = "assertions:read"
    ASSERTIONS_RECORD = "assertions:record"
    DEAD_LETTERS_READ = "dead-letters:read"
    DEAD_LETTERS_REDRIVE = "dead-letters:redrive"
    FRAUD_CASES_READ = "fraud-cases:read"
    FRAUD_CASES_DECIDE = "fraud-cases:decide"
    RECONCILIATION_READ = "reconciliation:read"
    RECONCILIATION_RUN = "reconciliation:run"
    USERS_READ = "users:read"
    USERS_MANAGE = "users:manage"
    TEAM_READ = "team:read"
    TEAM_MANAGE = "team:manage"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_MANAGE = "webhooks:manage"

    @property
    def is_sensitive(self) -> bool:
        """Whether a user with a second factor has to have proven it within some minutes."""
        return self in SENSITIVE

    @property
    def resource(self) -> str:
        """What it is about."""
        return self.partition(":")[0]

    @property
    def action(self) -> str:
        """What may be done with it."""
        return self.partition(":")[2]


SENSITIVE: Final = frozenset(
    {
        Permission.API_KEYS_MANAGE,
        Permission.APPROVALS_DECIDE,
        Permission.DISBURSEMENTS_DECIDE,
        Permission.PAYMENTS_REVIEW,
        Permission.PAYOUTS_MANAGE,
        Permission.PROFILE_CHANGE,
        Permission.PROVIDERS_MANAGE,
        Permission.TEAM_MANAGE,
        Permission.TENANT_LIMITS_SET,
        Permission.TRANSACTIONS_REVERSE,
        Permission.USERS_MANAGE,
    }
)
"""What nobody does with a stolen session: change who may do what, keys and limits, take money back, pay very many."""


class Extent(IntEnum):
    """Whose things a permission covers: the caller's own, or those of all the tenant."""

    OWN = 1
    TENANT = 2
