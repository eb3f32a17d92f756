"""What a second factor promises: no code is good twice, a wrong one is a guess, and secrets are shown once."""

from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

import pytest

from bankcore.errors import (
    ForbiddenError,
    InvalidRequestError,
    InvalidStateError,
    NotFoundError,
    ThrottledError,
    UnauthenticatedError,
)
from bankcore.idempotency.keys import IdempotencyKeyReusedError
from bankcore.identifiers import UserId
from bankcore.identity.refusals import FactorStep, MfaRequiredError
from bankcore.identity.second_factors import RECOVERY_CODES
from bankcore.origin import Origin
from bankcore.second_factor.begin import NewSecondFactor
from bankcore.second_factor.coded import SentCode
from tests.contract.factor_world import FactorWorld, factor_world, refusal
from tests.contract.identity_adapters import IdentityAdapter
from tests.worlds.devices import Device, secret_of
from tests.worlds.identity import LAPTOP, PASSWORD

NOBODY: Final = UserId(UUID(int=7))


@pytest.fixture
def world(identity: IdentityAdapter) -> FactorWorld:
    return factor_world(identity)


def test_a_login_needs_a_code_once_the_factor_is_confirmed_and_not_before(world: FactorWorld) -> None:
    device = world.begun()
    world.login()

    codes = world.factors.coded.confirm(world.sent(device.code()), origin=world.origin).value
    asked = refusal(world.login)
    pair = world.login(device.code(later=1))

    assert codes is not None
    assert len(set(codes)) == RECOVERY_CODES
    assert asked == MfaRequiredError(next_step=FactorStep.SEND_CODE)
    assert world.identity.authenticate(pair).user_id == world.sita


def test_a_code_is_good_once_and_every_earlier_one_is_used_up_with_it(world: FactorWorld) -> None:
    device, _codes = world.confirmed()
    world.login(device.code(later=1))

    for later in (1, 0, -1, 2, -2):
        assert type(refusal(partial(world.login, device.code(later=later)))) is UnauthenticatedError


def test_a_wrong_password_is_answered_alike_with_and_without_a_factor(world: FactorWorld) -> None:
    before = refusal(partial(world.login, password="not her password"))
    device, _codes = world.confirmed()

    assert refusal(partial(world.login, password="not her password")) == before
    assert refusal(partial(world.login, device.code(later=1), password="not her password")) == before
    assert refusal(partial(world.login, device.wrong_code())) == before


def test_wrong_codes_count_as_wrong_passwords_do_and_a_right_one_clears_the_count(world: FactorWorld) -> None:
    device, _codes = world.confirmed()
    guess = device.wrong_code()
    for _ in range(5):
        refusal(partial(world.login, guess))
        refusal(partial(world.factors.coded.remove, world.sent(guess), origin=world.origin))

    kept_out = refusal(partial(world.login, device.code(later=1)))
    world.identity.let_attempts_age(timedelta(seconds=20))
    if isinstance(kept_out, ThrottledError):
        world.login(world.identity.services.codes.codes.code_at(device.secret, _step(device)))

    assert type(kept_out) is ThrottledError
    assert type(refusal(partial(world.login, guess))) is UnauthenticatedError


def _step(device: Device) -> int:
    """A step of now that was not used."""
    used = device.services.units.run(lambda unit: unit.factors.lock_factor(device.user_id))
    assert used is not None
    return used.last_used_step + 1


def test_a_recovery_code_lets_in_once_whatever_the_device_shows(world: FactorWorld) -> None:
    _device, codes = world.confirmed()

    world.login(codes[3])

    assert type(refusal(partial(world.login, codes[3]))) is UnauthenticatedError
    assert type(refusal(partial(world.login, "abcde-fghjk"))) is UnauthenticatedError
    world.login(codes[4])


def test_new_recovery_codes_take_the_place_of_all_earlier_ones(world: FactorWorld) -> None:
    device, codes = world.confirmed()

    renewed = world.factors.coded.renew_recovery_codes(world.sent(device.code(later=1)), origin=world.origin).value

    assert renewed is not None
    assert set(renewed).isdisjoint(codes)
    assert type(refusal(partial(world.login, codes[0]))) is UnauthenticatedError
    world.login(renewed[0])


def test_a_recovery_code_proves_its_user_in_place_of_the_device(world: FactorWorld) -> None:
    _device, codes = world.confirmed()

    world.factors.coded.remove(world.sent(codes[0]), origin=world.origin)

    assert world.stored() is None
    world.login()


def test_secret_and_recovery_codes_are_shown_once_and_a_repeat_changes_nothing(world: FactorWorld) -> None:
    new = NewSecondFactor(user_id=world.sita, password=PASSWORD, idempotency_key="begin")
    first = world.factors.begin(new, origin=world.origin)
    secret = secret_of(world.identity.services, world.sita)
    again = world.factors.begin(new, origin=world.origin)
    device = Device(world.identity.services, world.sita, secret)
    confirmed = world.factors.coded.confirm(world.sent(device.code(), "confirm"), origin=world.origin)
    repeated = world.factors.coded.confirm(world.sent("000000", "confirm"), origin=world.origin)

    assert first.value is not None
    assert "sita" in first.value
    assert first.value in world.factors.pictures.draw(first.value)
    assert (again.value, again.replayed) == (None, True)
    assert secret_of(world.identity.services, world.sita) == secret
    assert confirmed.value is not None
    assert (repeated.value, repeated.replayed) == (None, True)
    world.login(confirmed.value[0])


def test_who_does_not_know_the_password_begins_nothing_and_guesses_no_more_than_at_a_login(world: FactorWorld) -> None:
    stolen = NewSecondFactor(user_id=world.sita, password="not her password")

    refusals = [refusal(partial(world.factors.begin, stolen, origin=LAPTOP)) for _ in range(11)]

    assert type(refusals[0]) is InvalidRequestError
    assert type(refusals[-1]) is ThrottledError
    assert world.stored() is None


def test_beginning_again_replaces_an_unconfirmed_secret_and_never_a_confirmed_one(world: FactorWorld) -> None:
    first = world.begun()
    second = world.begun()
    assert first.secret != second.secret
    wrong = refusal(partial(world.factors.coded.confirm, world.sent(second.wrong_code()), origin=world.origin))
    world.factors.coded.confirm(world.sent(second.code()), origin=world.origin)

    confirmed = NewSecondFactor(user_id=world.sita, password=PASSWORD)
    refused = refusal(partial(world.factors.begin, confirmed, origin=world.origin))
    again = refusal(partial(world.factors.coded.confirm, world.sent(second.code(later=1)), origin=world.origin))

    assert isinstance(wrong, InvalidRequestError)
    assert wrong.pointer == "/otp"
    assert (type(refused), type(again)) == (InvalidStateError, InvalidStateError)
    assert secret_of(world.identity.services, world.sita) == second.secret


def test_without_a_factor_there_is_nothing_to_confirm_renew_or_remove(world: FactorWorld) -> None:
    coded = world.factors.coded
    for deed in (coded.confirm, coded.renew_recovery_codes, coded.remove):
        assert type(refusal(partial(deed, world.sent("123456"), origin=world.origin))) is NotFoundError

    world.begun()
    for deed in (coded.renew_recovery_codes, coded.remove):
        assert type(refusal(partial(deed, world.sent("123456"), origin=world.origin))) is NotFoundError
    unknown = SentCode(user_id=NOBODY, otp="123456")
    assert type(refusal(partial(coded.confirm, unknown, origin=world.origin))) is NotFoundError


def test_a_key_of_one_deed_is_none_of_another_and_a_wrong_code_leaves_it_free(world: FactorWorld) -> None:
    device = world.begun()
    coded = world.factors.coded
    refusal(partial(coded.confirm, world.sent(device.wrong_code(), "k"), origin=world.origin))

    coded.confirm(world.sent(device.code(), "k"), origin=world.origin)

    other = refusal(partial(coded.remove, world.sent(device.code(later=1), "k"), origin=world.origin))
    assert type(other) is IdempotencyKeyReusedError
    removed = coded.remove(world.sent(device.code(later=1), "r"), origin=world.origin)
    assert not removed.replayed
    assert coded.remove(world.sent("000000", "r"), origin=world.origin).replayed


def test_an_admin_resets_the_factor_of_another_and_the_sessions_end_with_it(world: FactorWorld) -> None:
    device, _codes = world.confirmed()
    pair = world.login(device.code(later=1))
    admin = Origin(actor_type="user", actor_id=str(NOBODY), key_scope=str(NOBODY))
    reset = world.factors.reset

    for replayed in (False, True):
        assert reset(world.sita, origin=admin, idempotency_key="reset").replayed is replayed

    with pytest.raises(UnauthenticatedError):
        world.identity.authenticate(pair)
    world.login()
    for user_id, origin, expected in (
        (world.sita, admin, NotFoundError),
        (NOBODY, replace_actor(admin), NotFoundError),
        (world.sita, world.origin, ForbiddenError),
    ):
        assert type(refusal(partial(reset, user_id, origin=origin))) is expected
    reused = partial(reset, NOBODY, origin=admin, idempotency_key="reset")
    assert type(refusal(reused)) is IdempotencyKeyReusedError


def replace_actor(origin: Origin) -> Origin:
    """The same request by the operator of the machine."""
    return Origin(actor_type="system", actor_id="operator", key_scope=origin.key_scope)
