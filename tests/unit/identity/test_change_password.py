"""What happens to a change of the password when something else happens meanwhile."""

from dataclasses import dataclass, replace

import pytest

from bankcore.errors import UnavailableError
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identity.change_password import ChangePassword, PasswordChange
from bankcore.identity.end_sessions import SessionsToEnd
from bankcore.identity.login import LoginRequest
from bankcore.identity.register import Registration
from bankcore.testing import in_memory_bank
from bankcore.testing.identity import InMemoryIdentity, TransparentHasher, in_memory_identity
from tests.worlds.identity import PASSWORD, PHONE

EMAIL = "sita@example.com"


@dataclass
class Changing:
    """A user in a session, who wants another password."""

    identity: InMemoryIdentity
    change: PasswordChange


@pytest.fixture
def changing() -> Changing:
    identity = in_memory_identity(in_memory_bank())
    services = identity.services
    user = services.register(Registration(email=EMAIL, password=PASSWORD), origin=PHONE).value.user
    pair = services.login(LoginRequest(email=EMAIL, password=PASSWORD), origin=PHONE)
    session = services.authenticate(identity.tokens.verify(pair.access_token)).session_id
    change = PasswordChange(user_id=user.id, session_id=session, current=PASSWORD, password="walnut kettle harbour")
    return Changing(identity, change)


class HasherAmongOthers(TransparentHasher):
    """Lets somebody else change the password while this one is hashed."""

    def __init__(self, changing: Changing) -> None:
        super().__init__()
        self._changing = changing

    def hash(self, password: str) -> str:
        other = replace(self._changing.change, password="somebody else was first")
        self._changing.identity.services.change_password(other, origin=PHONE)
        return super().hash(password)


def test_of_two_changes_at_once_one_is_made_and_the_other_leaves_no_trace(changing: Changing) -> None:
    services = changing.identity.services
    proof = replace(services.change_password.proof, hasher=HasherAmongOthers(changing))

    with pytest.raises(UnavailableError):
        ChangePassword(proof)(changing.change, origin=PHONE)

    services.login(LoginRequest(email=EMAIL, password="somebody else was first"), origin=PHONE)


def test_a_key_that_was_used_for_something_else_changes_no_password(changing: Changing) -> None:
    services, user_id = changing.identity.services, changing.change.user_id
    services.end_sessions(SessionsToEnd(user_id=user_id, idempotency_key="once"), origin=PHONE)

    with pytest.raises(IdempotencyKeyReusedError):
        services.change_password(replace(changing.change, idempotency_key="once"), origin=PHONE)

    services.login(LoginRequest(email=EMAIL, password=PASSWORD), origin=PHONE)
