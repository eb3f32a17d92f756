"""What a proof of the second factor promises: it is good for five minutes, in one session, where it is asked for."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bankcore.errors import (
    InvalidRequestError,
    NotFoundError,
    UnauthenticatedError,
)
from bankcore.identity.demands import FactorDemands
from bankcore.money import Money
from tests.contract.factor_world import FactorWorld, factor_world, refusal
from tests.contract.identity_adapters import IdentityAdapter
from tests.worlds.identity import PHONE
from tests.worlds.values import npr


@pytest.fixture
def world(identity: IdentityAdapter) -> FactorWorld:
    return factor_world(identity)


def test_a_code_proves_the_factor_for_five_minutes_and_so_does_a_login_with_one(world: FactorWorld) -> None:
    before = world.login()
    assert not world.identity.authenticate(before).must_prove_factor
    device, codes = world.confirmed()
    asked = world.identity.authenticate(before)
    with_code = world.identity.authenticate(world.login(codes[0]))

    until = world.step_up(asked.session_id, device.code(later=1))

    now = world.identity.services.units.run(lambda unit: unit.opened_at)
    proven = world.identity.authenticate(before)
    assert (asked.must_prove_factor, with_code.must_prove_factor, proven.must_prove_factor) == (True, False, False)
    assert timedelta(minutes=4) < until - now <= timedelta(minutes=5)
    world.identity.let_proofs_age(timedelta(minutes=5))
    assert world.identity.authenticate(before).must_prove_factor
    world.step_up(asked.session_id, codes[1])
    assert not world.identity.authenticate(before).must_prove_factor


def test_confirming_the_factor_proves_it_in_the_session_of_the_code_and_in_no_other(world: FactorWorld) -> None:
    mine, other = world.login(), world.login()
    device = world.begun()
    session_id = world.identity.authenticate(mine).session_id

    world.factors.coded.confirm(replace(world.sent(device.code()), session_id=session_id), origin=world.origin)

    assert not world.identity.authenticate(mine).must_prove_factor
    assert world.identity.authenticate(other).must_prove_factor
    world.identity.let_proofs_age(timedelta(minutes=5))
    assert world.identity.authenticate(mine).must_prove_factor


def test_a_wrong_code_no_factor_and_an_ended_session_prove_nothing(world: FactorWorld) -> None:
    pair = world.login()
    session_id = world.identity.authenticate(pair).session_id
    without = refusal(partial(world.step_up, session_id, "123456"))
    device, _codes = world.confirmed()

    wrong = refusal(partial(world.step_up, session_id, device.wrong_code()))
    world.identity.services.logout(pair.refresh_token, origin=PHONE)
    ended = refusal(partial(world.step_up, session_id, device.code(later=1)))

    assert [type(each) for each in (without, wrong, ended)] == [
        NotFoundError,
        InvalidRequestError,
        UnauthenticatedError,
    ]


def test_a_tenant_demands_a_factor_of_roles_and_for_amounts(world: FactorWorld) -> None:
    assert world.identity.authenticate(world.login()).demands == FactorDemands()

    world.identity.demand("holder", "NPR=5000,USD=100")

    asked = world.identity.authenticate(world.login())
    assert asked.must_prove_factor
    assert [asked.demands.is_large([npr("20.00"), npr(amount)]) for amount in ("30.00", "30.01")] == [False, True]
    assert not asked.demands.is_large([Money.of("1000000", "JPY")])
