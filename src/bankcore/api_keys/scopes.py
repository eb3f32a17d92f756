"""The permissions that a service may have. What is about a person, or for a person to decide, is not among them."""

from typing import Final

from bankcore.permissions import Permission as May

SERVICE_PERMISSIONS: Final = frozenset(
    {
        May.ACCOUNTS_READ,
        May.ACCOUNTS_OPEN,
        May.ACCOUNTS_FREEZE,
        May.CHAINS_VERIFY,
        May.NAMES_READ,
        May.TRANSACTIONS_READ,
        May.TRANSACTIONS_POST,
        May.TRANSACTIONS_REVERSE,
        May.APPROVALS_READ,
        May.HOLDS_READ,
        May.HOLDS_MANAGE,
        May.QUOTES_READ,
        May.QUOTES_GIVE,
        May.POSITIONS_READ,
        May.PAYMENTS_READ,
        May.PAYMENTS_MANAGE,
        May.REFUNDS_MANAGE,
        May.PAYOUTS_READ,
        May.PAYOUTS_MANAGE,
        May.DISBURSEMENTS_READ,
        May.DISBURSEMENTS_MANAGE,
        May.EVENTS_READ,
        May.AUDIT_READ,
        May.BOOKS_VERIFY,
        May.ASSERTIONS_READ,
        May.ASSERTIONS_RECORD,
        May.RECONCILIATION_READ,
        May.RECONCILIATION_RUN,
        May.WEBHOOKS_READ,
        May.WEBHOOKS_MANAGE,
    }
)
