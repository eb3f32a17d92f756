"""The table of roles: which permissions each has, and how far they reach. What is not in it is denied."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from bankcore.identity.users import Role
from bankcore.permissions import Extent
from bankcore.permissions import Permission as May

_PERSON: Final = (
    May.PROFILE_READ,
    May.PROFILE_CHANGE,
    May.SECOND_FACTOR_MANAGE,
    May.SESSIONS_READ,
    May.SESSIONS_END,
    May.NOTIFICATIONS_READ,
    May.NOTIFICATIONS_MANAGE,
)
# Holders and staff may have accounts; another's accounts are out of reach with these.
_EVERYBODY: Final = (
    *_PERSON,
    May.ACCOUNTS_READ,
    May.ACCOUNTS_OPEN,
    May.LIMITS_READ,
    May.CHAINS_VERIFY,
    May.TRANSACTIONS_READ,
    May.TRANSACTIONS_POST,
    May.APPROVALS_READ,
    May.HOLDS_READ,
    May.HOLDS_MANAGE,
    May.QUOTES_READ,
    May.QUOTES_GIVE,
    May.PAYMENTS_READ,
    May.PAYMENTS_MANAGE,
    May.REFUNDS_MANAGE,
    May.PAYOUTS_READ,
    May.PAYOUTS_MANAGE,
    May.DISBURSEMENTS_READ,
    May.DISBURSEMENTS_MANAGE,
    May.EVENTS_READ,
)
_STAFF: Final = (
    May.ACCOUNTS_READ,
    May.LIMITS_READ,
    May.LIMIT_POLICIES_READ,
    May.TRANSACTIONS_READ,
    May.APPROVALS_READ,
    May.HOLDS_READ,
    May.QUOTES_READ,
    May.PAYMENTS_READ,
    May.PAYOUTS_READ,
    May.DISBURSEMENTS_READ,
    May.EVENTS_READ,
)
_AUDITORS: Final = (May.AUDIT_READ, May.BOOKS_VERIFY, May.CHAINS_VERIFY)
_OPERATORS: Final = (
    May.NAMES_READ,
    May.ACCOUNTS_FREEZE,
    May.ACCOUNTS_CLOSE,
    May.LIMIT_POLICIES_SET,
    May.TRANSACTIONS_REVERSE,
    May.APPROVALS_DECIDE,
    May.DISBURSEMENTS_DECIDE,
    May.HOLDS_MANAGE,
    May.REFUNDS_MANAGE,
    May.POSITIONS_READ,
    May.ASSERTIONS_READ,
    May.ASSERTIONS_RECORD,
    May.DEAD_LETTERS_READ,
    May.DEAD_LETTERS_REDRIVE,
    May.FRAUD_CASES_READ,
    May.FRAUD_CASES_DECIDE,
    May.PAYMENTS_REVIEW,
    May.RECONCILIATION_READ,
    May.RECONCILIATION_RUN,
    May.WEBHOOKS_READ,
)
_ADMINS: Final = (
    May.TENANT_LIMITS_SET,
    May.USERS_READ,
    May.USERS_MANAGE,
    May.API_KEYS_READ,
    May.API_KEYS_MANAGE,
    May.PROVIDERS_READ,
    May.PROVIDERS_MANAGE,
    May.WEBHOOKS_MANAGE,
    May.TEAM_READ,
    May.TEAM_MANAGE,
)
# Nobody of a team moves money, and what is about the bank's own work is not theirs. What webhooks may tell a developer,
# the feed and the routes may tell too.
_DEVELOPERS: Final = (
    May.PAYMENTS_READ,
    May.PROVIDERS_READ,
    May.PAYOUTS_READ,
    May.DISBURSEMENTS_READ,
    May.EVENTS_READ,
    May.TEAM_READ,
    May.WEBHOOKS_READ,
    May.WEBHOOKS_MANAGE,
)
_VIEWERS: Final = (
    May.ACCOUNTS_READ,
    May.LIMITS_READ,
    May.TRANSACTIONS_READ,
    May.APPROVALS_READ,
    May.HOLDS_READ,
    May.QUOTES_READ,
    May.PAYMENTS_READ,
    May.PROVIDERS_READ,
    May.PAYOUTS_READ,
    May.DISBURSEMENTS_READ,
    May.EVENTS_READ,
    May.TEAM_READ,
    May.WEBHOOKS_READ,
)
_OWNERS: Final = (
    May.API_KEYS_READ,
    May.API_KEYS_MANAGE,
    May.PROVIDERS_MANAGE,
    May.TEAM_MANAGE,
    May.WEBHOOKS_MANAGE,
)


_READING: Final = frozenset({"read", "verify"})
_AUDITING: Final = frozenset({Role.AUDITOR, Role.ADMIN})


def _grants(*, own: Iterable[May] = _EVERYBODY, tenant: Iterable[May] = ()) -> Mapping[May, Extent]:
    return MappingProxyType(dict.fromkeys(own, Extent.OWN) | dict.fromkeys(tenant, Extent.TENANT))


GRANTS: Final[Mapping[Role, Mapping[May, Extent]]] = MappingProxyType(
    {
        Role.HOLDER: _grants(own=(*_EVERYBODY, May.NAMES_READ)),
        Role.AUDITOR: _grants(tenant=(*_STAFF, *_AUDITORS)),
        Role.OPERATOR: _grants(tenant=(*_STAFF, *_OPERATORS)),
        Role.ADMIN: _grants(tenant=(*_STAFF, *_AUDITORS, *_OPERATORS, *_ADMINS)),
        Role.OWNER: _grants(own=_PERSON, tenant=(*_VIEWERS, *_OWNERS)),
        Role.DEVELOPER: _grants(own=_PERSON, tenant=_DEVELOPERS),
        Role.VIEWER: _grants(own=_PERSON, tenant=_VIEWERS),
    }
)
TEST_GRANTS: Final[Mapping[Role, frozenset[May]]] = MappingProxyType(
    {Role.DEVELOPER: frozenset({May.API_KEYS_READ, May.API_KEYS_MANAGE})}
)
"""What a role has besides in test tenants alone, for all of the tenant."""


def find_extent(roles: Iterable[Role], permission: May, *, in_test: bool = False) -> Extent | None:
    """The widest reach that these roles give the permission; None if they do not give it at all."""
    return max((extent for role in roles if (extent := _extent(role, permission, in_test)) is not None), default=None)


def _extent(role: Role, permission: May, in_test: bool) -> Extent | None:  # noqa: FBT001 - of whoever calls above
    if in_test and permission in TEST_GRANTS.get(role, ()):
        return Extent.TENANT
    return GRANTS[role].get(permission)


def stays_open(roles: Iterable[Role], permission: May) -> bool:
    """Whether these roles keep the permission while their tenant is suspended: those who audit may read."""
    return permission.action in _READING and not _AUDITING.isdisjoint(roles)


def roles_with(permission: May) -> frozenset[Role]:
    """The roles that have the permission, however far it reaches, or in test tenants alone."""
    everywhere = frozenset(role for role, grants in GRANTS.items() if permission in grants)
    return everywhere | {role for role, permissions in TEST_GRANTS.items() if permission in permissions}
