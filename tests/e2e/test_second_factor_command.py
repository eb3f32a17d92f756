"""`bankcore user reset-second-factor`, on a running bank: who lost the device gets in with the password alone."""

import pytest

from bankcore.identity.create_user import NewUser
from bankcore.identity.login import LoginRequest
from bankcore.identity.refusals import MfaRequiredError
from bankcore.identity.services import IdentityDirectory
from bankcore.identity.users import Role
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation
from bankcore_infra.wiring import Bank
from tests.worlds.devices import confirmed_device
from tests.worlds.identity import PASSWORD, PHONE
from tests.worlds.program import Run

pytestmark = pytest.mark.timeout(180)


def test_the_factor_of_who_lost_the_device_is_reset_on_the_server(installation: Installation, run: Run) -> None:
    email = "lost@example.com"
    bank = Bank(installation, load_settings(data_dir=installation.data_dir))
    try:
        identity = bank.get(IdentityDirectory).at_slug("main")
        new = NewUser(email=email, password=PASSWORD, roles=frozenset({Role.HOLDER}))
        user = identity.create_user(new, origin=PHONE)
        confirmed_device(identity, user.id)
        with pytest.raises(MfaRequiredError):
            identity.login(LoginRequest(email=email, password=PASSWORD), origin=PHONE)

        reset, again = (run("user", "reset-second-factor", "--email", email) for _ in range(2))

        identity.login(LoginRequest(email=email, password=PASSWORD), origin=PHONE)
    finally:
        bank.disconnect()
    assert (reset.exit_code, reset.stdout) == (0, f"the second factor of the user {user.id} is removed\n")
    assert again.exit_code != 0
