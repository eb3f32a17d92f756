"""Sita on each adapter, who may have a second factor."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest

from bankcore.errors import (
    BankcoreError,
)
from bankcore.identifiers import SessionId, UserId
from bankcore.identity.login import LoginRequest
from bankcore.identity.second_factors import SecondFactor
from bankcore.identity.tokens import TokenPair
from bankcore.origin import Origin
from bankcore.second_factor.coded import SentCode
from bankcore.second_factor.services import SecondFactorServices, second_factor_services
from bankcore.testing.second_factor import PlainPictures
from tests.contract.identity_adapters import IdentityAdapter
from tests.worlds.devices import Device, begun_device, confirmed_device, own_origin
from tests.worlds.identity import PASSWORD, PHONE


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorWorld:
    """Sita, who knows her password."""

    identity: IdentityAdapter
    sita: UserId
    factors: SecondFactorServices

    @property
    def origin(self) -> Origin:
        return own_origin(self.sita)

    def login(self, otp: str | None = None, *, password: str = PASSWORD, origin: Origin = PHONE) -> TokenPair:
        request = LoginRequest(email="sita@example.com", password=password, otp=otp)
        return self.identity.services.login(request, origin=origin)

    def sent(self, otp: str, key: str | None = None) -> SentCode:
        return SentCode(user_id=self.sita, otp=otp, idempotency_key=key)

    def step_up(self, session_id: SessionId, otp: str) -> datetime:
        return self.factors.step_up(self.sita, session_id, otp, origin=self.origin)

    def begun(self) -> Device:
        return begun_device(self.identity.services, self.sita)

    def confirmed(self) -> tuple[Device, tuple[str, ...]]:
        return confirmed_device(self.identity.services, self.sita)

    def stored(self) -> SecondFactor | None:
        return self.identity.services.units.run(lambda unit: unit.factors.lock_factor(self.sita))


def factor_world(identity: IdentityAdapter) -> FactorWorld:
    """Sita of that identity, who is registered by this."""
    sita = identity.register().user.id
    factors = second_factor_services(identity.services, PlainPictures())
    return FactorWorld(identity=identity, sita=sita, factors=factors)


def refusal(call: Callable[[], object]) -> BankcoreError:
    """What the call is refused with."""
    with pytest.raises(BankcoreError) as caught:
        call()
    return caught.value
