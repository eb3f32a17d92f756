"""Second factors where many come at once, and where somebody writes to the database."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bankcore.encryption.key_encryption import UnreadableSecretError
from bankcore.errors import BankcoreError, UnauthenticatedError
from bankcore.identity.attempts import BackOff
from bankcore.identity.login import LoginRequest
from tests.worlds.devices import begun_device, confirmed_device
from tests.worlds.identity import PASSWORD, PHONE, IdentityWorld


def login(identity: IdentityWorld, otp: str) -> BankcoreError | None:
    """Log Sita in. Returns what it was refused with."""
    request = LoginRequest(email="sita@example.com", password=PASSWORD, otp=otp)
    try:
        identity.services.login(request, origin=PHONE)
    except BankcoreError as error:
        return error
    return None


def test_of_twenty_logins_at_once_with_one_code_one_gets_in(identity: IdentityWorld) -> None:
    patient = identity.with_parts(back_off=BackOff(delays_s=(0,) * 100))
    sita = patient.register().user
    device, codes = confirmed_device(patient.services, sita.id)
    for code in (device.code(later=1), codes[0]):
        before = patient.count("sessions")
        start = Barrier(20)

        def log_in_with(otp: str, start: Barrier = start) -> BankcoreError | None:
            start.wait()
            return login(patient, otp)

        with ThreadPoolExecutor(20) as pool:
            refusals = list(pool.map(log_in_with, [code] * 20))

        assert [refusal for refusal in refusals if refusal is not None] == [UnauthenticatedError()] * 19
        assert patient.count("sessions") == before + 1


def test_a_secret_that_was_moved_to_another_user_shows_no_good_code(identity: IdentityWorld) -> None:
    sita = identity.register().user
    gita = identity.register("gita@example.com").user
    thief, _codes = confirmed_device(identity.services, gita.id)
    confirmed_device(identity.services, sita.id)
    identity.bank.scratch.execute("DELETE FROM bankcore.encrypted_secrets WHERE owner_id = %s", sita.id)
    identity.bank.scratch.execute(
        "UPDATE bankcore.encrypted_secrets SET owner_id = %s WHERE owner_id = %s", sita.id, gita.id
    )

    with pytest.raises(UnreadableSecretError):
        login(identity, thief.code(later=1))

    assert identity.count("sessions") == 0


def test_a_secret_is_stored_encrypted_and_forgotten_with_its_factor(identity: IdentityWorld) -> None:
    sita = identity.register().user
    device = begun_device(identity.services, sita.id)

    content = identity.bank.scratch.scalar("SELECT content FROM bankcore.encrypted_secrets")
    assert isinstance(content, bytes)
    assert device.secret not in content
    identity.services.units.run(lambda unit: unit.factors.remove_factor(sita.id))

    assert [identity.count(table) for table in ("encrypted_secrets", "second_factors", "recovery_codes")] == [0, 0, 0]
