import pytest

from bankcore.errors import InvalidRequestError
from bankcore.identity.create_user import NewUser
from bankcore.identity.refusals import EmailTakenError
from bankcore.identity.users import Role, User
from bankcore.origin import Origin
from tests.worlds.identity import PASSWORD, IdentityWorld

OPERATOR = Origin(actor_type="operator", actor_id="command line")
AUDITOR = frozenset({Role.AUDITOR})


def create(identity: IdentityWorld, *, full_name: str | None = None) -> User:
    new = NewUser(email="Auditor@example.com", password=PASSWORD, roles=AUDITOR, full_name=full_name)
    return identity.services.create_user(new, origin=OPERATOR)


def test_staff_is_made_with_roles_and_without_an_account(identity: IdentityWorld) -> None:
    user = create(identity, full_name=" Hari ")

    assert (user.email, user.full_name) == ("auditor@example.com", "Hari")
    assert user.roles == {Role.AUDITOR}
    assert identity.count("accounts") == 0
    assert identity.audited() == [("user.registered", "success")]
    assert identity.login("auditor@example.com").expires_in_s == 600


def test_an_address_that_is_taken_is_refused_and_the_refusal_recorded(identity: IdentityWorld) -> None:
    create(identity)

    with pytest.raises(EmailTakenError):
        create(identity)
    assert identity.audited()[1:] == [("user.registration_refused", "rejected")]


def test_a_user_without_roles_or_with_a_name_of_control_characters_cannot_be_made(identity: IdentityWorld) -> None:
    with pytest.raises(InvalidRequestError):
        NewUser(email="a@example.com", password=PASSWORD, roles=frozenset())
    with pytest.raises(InvalidRequestError):
        create(identity, full_name="Hari\x1b[2J")


def test_no_text_form_shows_the_password() -> None:
    assert PASSWORD not in repr(NewUser(email="a@example.com", password=PASSWORD, roles=AUDITOR))
