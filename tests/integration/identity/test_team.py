"""The team on a real database, where owners act at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bankcore.identity.create_user import NewUser
from bankcore.identity.refusals import LastOwnerError
from bankcore.identity.team import MemberChange
from bankcore.identity.users import Role, TeamRole, User
from tests.worlds.identity import LAPTOP, PASSWORD, IdentityWorld


def owner_of(identity: IdentityWorld, name: str) -> User:
    """An owner of the team."""
    new = NewUser(email=f"{name}@example.com", password=PASSWORD, roles=frozenset({Role.OWNER}))
    return identity.services.create_user(new, origin=LAPTOP)


@pytest.mark.security
def test_of_owners_who_remove_each_other_at_once_one_stays(identity: IdentityWorld) -> None:
    for turn in range(5):
        owners = [owner_of(identity, f"owner-{turn}-{number}") for number in range(4)]
        start = Barrier(4)

        def remove(owner: User, start: Barrier = start) -> bool:
            start.wait()
            try:
                identity.services.team.change(MemberChange(user_id=owner.id, to=None), origin=LAPTOP)
            except LastOwnerError:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            removed = list(pool.map(remove, owners))

        (left,) = identity.services.team.list_members(before=None, limit=10)
        assert removed.count(True) == 3
        assert left.team_role is TeamRole.OWNER
        # Out of the way of the next turn.
        identity.bank.scratch.execute("UPDATE bankcore.users SET roles = '{viewer}' WHERE id = %s", left.id)
        identity.services.team.change(MemberChange(user_id=left.id, to=None), origin=LAPTOP)


def test_the_list_of_members_is_read_by_its_index(identity: IdentityWorld) -> None:
    scratch = identity.bank.scratch
    scratch.execute("SET enable_seqscan = off")

    plan = scratch.rows(
        "EXPLAIN SELECT id FROM bankcore.users WHERE tenant_id = %s AND roles && ARRAY['owner', 'developer', 'viewer']"
        " ORDER BY id DESC",
        identity.tenant.id,
    )

    assert any("users_team_idx" in str(line) for line in plan)
