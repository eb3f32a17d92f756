"""Principals: the claims of access tokens, and the users that they belong to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from bankcore.identifiers import SessionId, TenantId, UserId
from bankcore.identity.demands import NO_DEMANDS, FactorDemands
from bankcore.identity.refusals import FactorStep
from bankcore.identity.roles import find_extent, stays_open
from bankcore.identity.users import STAFF_ROLES, Role
from bankcore.permissions import Extent, Permission
from bankcore.tenancy.tenants import TenantSuspendedError

ACCESS_LIFETIME: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class TenantName:
    """A tenant by its id and by its slug."""

    id: TenantId
    slug: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessClaims:
    """The claims of an access token. Its roles are only shown; those in force are read with the session."""

    token_id: UUID
    user_id: UserId
    session_id: SessionId
    tenant: TenantName
    roles: frozenset[Role]
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A user with a live session, and the roles in force at this moment."""

    user_id: UserId
    tenant_id: TenantId
    tenant_slug: str
    session_id: SessionId
    roles: frozenset[Role]
    tenant_is_suspended: bool = False
    tenant_is_test: bool = False
    has_second_factor: bool = False
    has_proven_it: bool = False
    """Within the last minutes, in this session."""
    demands: FactorDemands = NO_DEMANDS

    @property
    def must_prove_factor(self) -> bool:
        """Whether the second factor has to be proven, or begun, before something sensitive."""
        is_asked = self.has_second_factor or not self.roles.isdisjoint(self.demands.roles)
        return is_asked and not self.has_proven_it

    @property
    def factor_step(self) -> FactorStep:
        """What this user does to have proven a second factor."""
        return FactorStep.STEP_UP if self.has_second_factor else FactorStep.BEGIN

    @property
    def is_staff(self) -> bool:
        """Whether this user may read what belongs to others."""
        return not self.roles.isdisjoint(STAFF_ROLES)

    def find_extent(self, permission: Permission) -> Extent | None:
        """How far this user has the permission; None if not at all.

        Raises:
            TenantSuspendedError: the tenant is suspended, and this is not for an auditor to read.
        """
        extent = find_extent(self.roles, permission, in_test=self.tenant_is_test)
        if extent is not None and self.tenant_is_suspended and not stays_open(self.roles, permission):
            raise TenantSuspendedError
        return extent
