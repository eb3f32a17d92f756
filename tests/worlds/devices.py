"""The device of a user: it knows the secret that it shares with the bank, and shows codes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bankcore.identifiers import UserId
from bankcore.identity.ports import IdentityUnit
from bankcore.identity.second_factors import STEP
from bankcore.identity.services import IdentityServices
from bankcore.origin import Origin
from bankcore.second_factor.begin import NewSecondFactor
from bankcore.second_factor.coded import SentCode
from bankcore.second_factor.services import second_factor_services
from bankcore.testing.second_factor import PlainPictures
from tests.worlds.identity import PASSWORD

_EPOCH: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Device:
    """The device of that user of that tenant."""

    services: IdentityServices
    user_id: UserId
    secret: bytes = field(repr=False)

    def code(self, *, later: int = 0) -> str:
        """What it shows now, or so many steps later."""
        now = self.services.units.run(lambda unit: unit.opened_at)
        return self.services.codes.codes.code_at(self.secret, (now - _EPOCH) // STEP + later)

    def wrong_code(self) -> str:
        """Six digits that no step near this one shows."""
        near = {self.code(later=later) for later in range(-3, 4)}
        return next(code for code in ("000000", *map(str, range(111_111, 111_121))) if code not in near)


def own_origin(user_id: UserId, address: str = "203.0.113.7") -> Origin:
    """The user's requests."""
    own = str(user_id)
    return Origin(actor_type="user", actor_id=own, owner_id=own, key_scope=own, ip_address=address)


def begun_device(services: IdentityServices, user_id: UserId, password: str = PASSWORD) -> Device:
    """A device that took the secret over, and that no code has confirmed."""
    origin = own_origin(user_id)
    begin = second_factor_services(services, PlainPictures()).begin
    begin(NewSecondFactor(user_id=user_id, password=password), origin=origin)
    return Device(services, user_id, secret_of(services, user_id))


def confirmed_device(services: IdentityServices, user_id: UserId) -> tuple[Device, tuple[str, ...]]:
    """A device that counts, and the recovery codes."""
    device = begun_device(services, user_id)
    sent = SentCode(user_id=user_id, otp=device.code())
    codes = second_factor_services(services, PlainPictures()).coded.confirm(sent, origin=own_origin(user_id)).value
    assert codes is not None
    return device, codes


def secret_of(services: IdentityServices, user_id: UserId) -> bytes:
    """The secret that is stored for that user."""

    def find(unit: IdentityUnit) -> bytes:
        secret = unit.factors.find_secret(user_id)
        assert secret is not None
        return secret

    return services.units.run(find)
