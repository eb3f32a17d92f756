"""What identity promises of a tenant's team: who is in it as what, that it keeps an owner, and who is out at once."""

from dataclasses import replace
from uuid import UUID

import pytest

from bankcore.errors import InvalidRequestError, NotFoundError, UnauthenticatedError
from bankcore.idempotency.answers import Accepted
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identifiers import UserId
from bankcore.identity.change_user import UserChange
from bankcore.identity.create_user import NewUser
from bankcore.identity.login import LoginRequest
from bankcore.identity.refusals import EmailTakenError, LastOwnerError
from bankcore.identity.team import MemberChange, NewMember
from bankcore.identity.tokens import TokenPair
from bankcore.identity.users import Role, TeamRole, User, UserStatus
from bankcore.permissions import Extent, Permission
from bankcore.tenancy.tenants import TenantKind
from tests.contract.identity_adapters import IdentityAdapter
from tests.worlds.identity import LAPTOP, PASSWORD, PHONE

DEV = NewMember(email="dev@example.com", role=TeamRole.DEVELOPER, full_name="Dev")


def make(identity: IdentityAdapter, *roles: Role, name: str = "anita") -> User:
    """A user with these roles who knows the password."""
    new = NewUser(email=f"{name}@example.com", password=PASSWORD, roles=frozenset(roles))
    return identity.services.create_user(new, origin=PHONE)


def log_in(identity: IdentityAdapter, name: str = "anita") -> TokenPair:
    """A session of that user."""
    return identity.services.login(LoginRequest(email=f"{name}@example.com", password=PASSWORD), origin=PHONE)


def change(identity: IdentityAdapter, user: User, to: TeamRole | None, key: str | None = None) -> Accepted[User]:
    """Another role for the user, or none."""
    wanted = MemberChange(user_id=user.id, to=to, idempotency_key=key)
    return identity.services.team.change(wanted, origin=LAPTOP)


def test_a_member_is_added_once_and_is_told_nothing_but_where_to_choose_a_password(identity: IdentityAdapter) -> None:
    new = replace(DEV, idempotency_key="once")

    added = identity.services.team.add(new, origin=LAPTOP)

    assert (added.value.team_role, added.value.full_name, added.replayed) == (TeamRole.DEVELOPER, "Dev", False)
    assert identity.services.team.add(new, origin=LAPTOP) == replace(added, replayed=True)
    assert identity.services.team.get_member(added.value.id) == added.value
    with pytest.raises(IdempotencyKeyReusedError):
        identity.services.team.add(replace(new, role=TeamRole.OWNER), origin=LAPTOP)
    with pytest.raises(UnauthenticatedError):
        log_in(identity, "dev")


def test_an_address_that_a_user_has_is_added_to_no_team(identity: IdentityAdapter) -> None:
    holder = make(identity, Role.HOLDER, name="dev")

    for _ in range(2):
        with pytest.raises(EmailTakenError):
            identity.services.team.add(replace(DEV, idempotency_key="once"), origin=LAPTOP)

    assert identity.services.get_user(holder.id).roles == {Role.HOLDER}
    with pytest.raises(NotFoundError):
        identity.services.team.get_member(holder.id)


def test_a_team_lists_its_members_latest_first_and_nobody_else(identity: IdentityAdapter) -> None:
    owner = make(identity, Role.OWNER)
    make(identity, Role.HOLDER, name="holder")
    viewer = make(identity, Role.OPERATOR, Role.VIEWER, name="viewer")
    team = identity.services.team

    listed = [user.id for user in team.list_members(before=None, limit=10)]

    assert listed == sorted([owner.id, viewer.id], reverse=True)
    assert [user.id for user in team.list_members(before=max(listed), limit=10)] == [min(listed)]
    assert len(team.list_members(before=None, limit=1)) == 1


def test_another_role_counts_at_once_and_leaves_roles_outside_of_the_team(identity: IdentityAdapter) -> None:
    make(identity, Role.OWNER)
    member = make(identity, Role.AUDITOR, Role.VIEWER, name="viewer")
    pair = log_in(identity, "viewer")

    changed = change(identity, member, TeamRole.DEVELOPER, "once")

    assert changed.value.roles == {Role.AUDITOR, Role.DEVELOPER}
    assert change(identity, member, TeamRole.DEVELOPER, "once") == replace(changed, replayed=True)
    assert change(identity, member, TeamRole.DEVELOPER) == changed
    assert identity.authenticate(pair).find_extent(Permission.WEBHOOKS_MANAGE) is Extent.TENANT


def test_whoever_is_removed_is_out_at_once_and_can_be_taken_back(identity: IdentityAdapter) -> None:
    make(identity, Role.OWNER)
    member = make(identity, Role.DEVELOPER, name="dev")
    pair = log_in(identity, "dev")

    removed = change(identity, member, None, "once")

    assert (removed.value.roles, removed.value.team_role) == (frozenset(), None)
    assert change(identity, member, None, "once") == replace(removed, replayed=True)
    for refused in (lambda: identity.authenticate(pair), lambda: log_in(identity, "dev")):
        with pytest.raises(UnauthenticatedError):
            refused()
    with pytest.raises(NotFoundError):
        change(identity, member, TeamRole.VIEWER)
    again = identity.services.team.add(replace(DEV, role=TeamRole.VIEWER), origin=LAPTOP).value
    assert (again.id, again.team_role) == (member.id, TeamRole.VIEWER)
    log_in(identity, "dev")
    with pytest.raises(UnauthenticatedError):
        identity.authenticate(pair)


def test_the_last_owner_who_may_log_in_stays_one_whoever_asks(identity: IdentityAdapter) -> None:
    last = make(identity, Role.OWNER)
    disabled = make(identity, Role.OWNER, name="disabled")
    keep_out = UserChange(user_id=disabled.id, to=UserStatus.DISABLED)
    identity.services.change_user(keep_out, origin=LAPTOP)
    by_admin = UserChange(user_id=last.id, to=frozenset({Role.HOLDER}))

    for to in (TeamRole.VIEWER, None):
        with pytest.raises(LastOwnerError):
            change(identity, last, to)
    with pytest.raises(LastOwnerError):
        identity.services.change_user(by_admin, origin=LAPTOP)

    assert change(identity, last, TeamRole.OWNER).value == last
    identity.services.change_user(replace(keep_out, to=UserStatus.ACTIVE), origin=LAPTOP)
    assert identity.services.change_user(by_admin, origin=LAPTOP).value.team_role is None


def test_nobody_is_two_things_in_one_team(identity: IdentityAdapter) -> None:
    user = make(identity, Role.HOLDER)
    both = frozenset({Role.OWNER, Role.VIEWER})

    for ask in (
        lambda: NewUser(email="two@example.com", password=PASSWORD, roles=both),
        lambda: UserChange(user_id=user.id, to=both),
    ):
        with pytest.raises(InvalidRequestError) as refusal:
            ask()
        assert refusal.value.pointer == "/roles"


def test_nobody_of_nobodys_team_is_found(identity: IdentityAdapter) -> None:
    unknown = UserId(UUID(int=1))

    with pytest.raises(NotFoundError):
        identity.services.team.get_member(unknown)
    with pytest.raises(NotFoundError):
        identity.services.team.change(MemberChange(user_id=unknown, to=None), origin=LAPTOP)


def test_developers_manage_keys_in_test_tenants_alone(identity: IdentityAdapter) -> None:
    make(identity, Role.DEVELOPER)
    pair = log_in(identity)

    identity.let_tenant_be(TenantKind.LIVE)
    before = identity.authenticate(pair).find_extent(Permission.API_KEYS_MANAGE)
    identity.let_tenant_be(TenantKind.TEST)

    assert before is None
    assert identity.authenticate(pair).find_extent(Permission.API_KEYS_MANAGE) is Extent.TENANT
    assert identity.authenticate(pair).find_extent(Permission.PAYMENTS_READ) is Extent.TENANT
