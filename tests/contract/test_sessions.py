"""What identity promises of sessions that go on, of passwords, and of users whom admins change."""

from dataclasses import replace
from uuid import UUID

import pytest

from bankcore.errors import (
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    ThrottledError,
    UnauthenticatedError,
)
from bankcore.idempotency.answers import Accepted
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identifiers import UserId
from bankcore.identity.change_user import UserChange
from bankcore.identity.create_user import NewUser
from bankcore.identity.end_sessions import SessionsToEnd
from bankcore.identity.login import LoginRequest
from bankcore.identity.refusals import RegistrationClosedError
from bankcore.identity.sessions import RevokeReason
from bankcore.identity.users import Role, UserStatus
from bankcore.permissions import Extent, Permission
from bankcore.tenancy.tenants import TenantSuspendedError
from tests.contract.identity_adapters import IdentityAdapter
from tests.worlds.identity import LAPTOP, PASSWORD, PHONE


def test_a_user_sees_the_sessions_that_go_on_latest_first(identity: IdentityAdapter) -> None:
    user = identity.register().user
    pairs = [identity.login() for _ in range(3)]
    begun = [identity.authenticate(pair).session_id for pair in pairs]
    identity.services.logout(pairs[1].refresh_token, origin=PHONE)

    listed = [session.id for session in identity.services.end_sessions.list_of(user.id, before=None, limit=10)]
    later = identity.services.end_sessions.list_of(user.id, before=max(begun[0], begun[2]), limit=10)

    assert listed == sorted([begun[0], begun[2]], reverse=True)
    assert [session.id for session in later] == [min(begun[0], begun[2])]


def test_a_session_that_its_user_ends_is_good_for_nothing_at_once(identity: IdentityAdapter) -> None:
    user = identity.register().user
    ended, kept = identity.login(), identity.login()
    session_id = identity.authenticate(ended).session_id

    for _ in range(2):
        identity.services.end_sessions(SessionsToEnd(user_id=user.id, session_id=session_id), origin=PHONE)

    assert identity.authenticate(kept).user_id == user.id
    with pytest.raises(UnauthenticatedError):
        identity.authenticate(ended)
    with pytest.raises(UnauthenticatedError):
        identity.services.refresh(ended.refresh_token, origin=PHONE)


def test_nobody_ends_the_session_of_somebody_else(identity: IdentityAdapter) -> None:
    identity.register()
    gita = identity.register(email="gita@example.com").user
    pair = identity.login()

    ending = SessionsToEnd(user_id=gita.id, session_id=identity.authenticate(pair).session_id, idempotency_key="k")

    for _ in range(2):
        with pytest.raises(NotFoundError):
            identity.services.end_sessions(ending, origin=PHONE)

    identity.authenticate(pair)


def test_all_sessions_of_a_user_end_at_once_by_the_user_or_by_staff(identity: IdentityAdapter) -> None:
    user = identity.register().user
    mine = [identity.login(), identity.login()]

    own = SessionsToEnd(user_id=user.id, idempotency_key="all")
    by_staff = SessionsToEnd(user_id=user.id, reason=RevokeReason.STAFF)
    assert identity.services.end_sessions(own, origin=PHONE) == Accepted(2)
    later = identity.login()
    assert identity.services.end_sessions(own, origin=PHONE) == Accepted(2, replayed=True)
    assert identity.services.end_sessions(by_staff, origin=LAPTOP) == Accepted(1)
    assert identity.services.end_sessions(by_staff, origin=LAPTOP) == Accepted(0)

    for pair in (*mine, later):
        with pytest.raises(UnauthenticatedError):
            identity.authenticate(pair)
    with pytest.raises(NotFoundError):
        identity.services.end_sessions(replace(by_staff, user_id=UserId(UUID(int=1))), origin=LAPTOP)


def test_another_password_ends_all_sessions_but_the_one_that_asks(identity: IdentityAdapter) -> None:
    identity.register()
    kept, ended = identity.login(), identity.login()

    identity.services.change_password(identity.change(kept, to="walnut kettle harbour"), origin=PHONE)

    identity.authenticate(kept)
    identity.login("walnut kettle harbour")
    for refused in (lambda: identity.authenticate(ended), identity.login):
        with pytest.raises(UnauthenticatedError):
            refused()


def test_a_password_is_changed_only_by_who_knows_it_and_only_to_a_strong_one(identity: IdentityAdapter) -> None:
    identity.register()
    pair = identity.login()

    for wrong in ({"current": "not this one"}, {"to": "password1"}):
        with pytest.raises(InvalidRequestError):
            identity.services.change_password(identity.change(pair, **wrong), origin=PHONE)
    nobody = replace(identity.change(pair), user_id=UserId(UUID(int=1)))
    with pytest.raises(NotFoundError):
        identity.services.change_password(nobody, origin=PHONE)

    identity.login()


def test_a_repeated_change_of_the_password_is_answered_to_who_knows_the_new_one(identity: IdentityAdapter) -> None:
    identity.register()
    change = replace(identity.change(identity.login()), idempotency_key="once")

    first = identity.services.change_password(change, origin=PHONE)

    assert first == Accepted(None)
    assert identity.services.change_password(change, origin=PHONE) == Accepted(None, replayed=True)
    with pytest.raises(IdempotencyKeyReusedError):
        identity.services.change_password(replace(change, password="a third good one"), origin=PHONE)
    identity.login(change.password)


def test_a_key_that_came_with_a_wrong_password_stays_free(identity: IdentityAdapter) -> None:
    identity.register()
    change = replace(identity.change(identity.login()), idempotency_key="once")

    with pytest.raises(InvalidRequestError):
        identity.services.change_password(replace(change, current="not this one"), origin=PHONE)

    assert identity.services.change_password(change, origin=PHONE) == Accepted(None)


def test_wrong_passwords_of_a_change_count_as_guesses(identity: IdentityAdapter) -> None:
    identity.register()
    pair = identity.login()
    change = identity.change(pair, current="not this one")

    for _ in range(10):
        with pytest.raises(InvalidRequestError):
            identity.services.change_password(change, origin=LAPTOP)
    with pytest.raises(ThrottledError):
        identity.services.change_password(change, origin=LAPTOP)


def test_an_admin_changes_roles_and_status_and_a_repeat_is_answered(identity: IdentityAdapter) -> None:
    user, pair = identity.register().user, identity.login()
    roles = UserChange(user_id=user.id, to=frozenset({Role.AUDITOR}), idempotency_key="roles")

    changed = identity.services.change_user(roles, origin=LAPTOP)
    disabled = identity.services.change_user(UserChange(user_id=user.id, to=UserStatus.DISABLED), origin=LAPTOP)

    assert changed == Accepted(replace(user, roles=frozenset({Role.AUDITOR})))
    assert disabled.value == replace(changed.value, status=UserStatus.DISABLED)
    assert identity.services.change_user(roles, origin=LAPTOP) == replace(changed, replayed=True)
    assert identity.services.get_user(user.id) == disabled.value
    with pytest.raises(UnauthenticatedError):
        identity.authenticate(pair)
    identity.services.change_user(UserChange(user_id=user.id, to=UserStatus.ACTIVE), origin=LAPTOP)
    identity.services.change_user(UserChange(user_id=user.id, to=UserStatus.ACTIVE), origin=LAPTOP)
    identity.services.change_user(UserChange(user_id=user.id, to=frozenset({Role.AUDITOR})), origin=LAPTOP)
    assert identity.authenticate(pair).roles == {Role.AUDITOR}


def test_nobody_changes_his_own_roles_those_of_nobody_or_to_none(identity: IdentityAdapter) -> None:
    user = identity.register().user
    own = replace(PHONE, actor_type="user", actor_id=str(user.id))
    unknown = UserChange(user_id=UserId(UUID(int=1)), to=UserStatus.DISABLED, idempotency_key="k")

    with pytest.raises(ForbiddenError):
        identity.services.change_user(UserChange(user_id=user.id, to=frozenset({Role.ADMIN})), origin=own)
    with pytest.raises(NotFoundError):
        identity.services.change_user(unknown, origin=LAPTOP)
    with pytest.raises(IdempotencyKeyReusedError):
        identity.services.change_user(replace(unknown, user_id=user.id), origin=LAPTOP)
    with pytest.raises(InvalidRequestError):
        UserChange(user_id=user.id, to=frozenset())


def test_users_are_listed_latest_first(identity: IdentityAdapter) -> None:
    ids = [identity.register(email=f"user{number}@example.com").user.id for number in range(3)]
    newest_first = sorted(ids, reverse=True)

    assert [user.id for user in identity.services.list_users(before=None, limit=2)] == newest_first[:2]
    assert [user.id for user in identity.services.list_users(before=newest_first[1], limit=2)] == newest_first[2:]


def test_of_a_suspended_tenant_only_auditors_may_read(identity: IdentityAdapter) -> None:
    roles = {Role.AUDITOR: "auditor", Role.HOLDER: "holder"}
    for role, name in roles.items():
        new = NewUser(email=f"{name}@example.com", password=PASSWORD, roles=frozenset({role}))
        identity.services.create_user(new, origin=PHONE)
    identity.suspend()

    auditor, holder = (
        identity.authenticate(
            identity.services.login(LoginRequest(email=f"{name}@example.com", password=PASSWORD), origin=PHONE)
        )
        for name in roles.values()
    )

    assert auditor.find_extent(Permission.AUDIT_READ) is Extent.TENANT
    assert holder.find_extent(Permission.AUDIT_READ) is None
    for principal, permission in (
        (holder, Permission.ACCOUNTS_READ),
        (auditor, Permission.TRANSACTIONS_POST),
    ):
        with pytest.raises(TenantSuspendedError):
            principal.find_extent(permission)
    with pytest.raises(TenantSuspendedError):
        identity.register(key="once")


def test_where_registration_is_closed_administrators_alone_make_users(identity: IdentityAdapter) -> None:
    identity.close_registration()

    with pytest.raises(RegistrationClosedError):
        identity.register(key="once")

    new = NewUser(email="made@example.com", password=PASSWORD, roles=frozenset({Role.HOLDER}))
    assert identity.services.create_user(new, origin=PHONE).email == new.email
