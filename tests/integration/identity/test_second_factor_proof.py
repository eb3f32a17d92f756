"""A second factor that is taken away, made up or changed past the bank is found and named."""

from pathlib import Path
from typing import Final

from bankcore.identity.login import LoginRequest
from bankcore.second_factor.coded import SentCode
from bankcore.second_factor.services import second_factor_services
from bankcore.testing.second_factor import PlainPictures
from bankcore_infra.cli.verify import verify_capabilities
from bankcore_infra.db.engine import Database
from tests.worlds.devices import begun_device, confirmed_device, own_origin
from tests.worlds.identity import PASSWORD, PHONE, IdentityWorld
from tests.worlds.sealing import AUDITOR
from tests.worlds.sql_bank import SqlBank

_PENDING: Final = "confirmed_at IS NULL"
_CHANGES: Final = {
    f"DELETE FROM bankcore.second_factors WHERE {_PENDING}": "is gone",
    "UPDATE bankcore.second_factors SET confirmed_at = NULL": "at another time",
    f"UPDATE bankcore.second_factors SET confirmed_at = now() WHERE {_PENDING}": "at another time",
    "UPDATE bankcore.second_factors SET created_at = created_at - interval '1 day'": "at another time",
    "INSERT INTO bankcore.second_factors (tenant_id, user_id, created_at) SELECT tenant_id, id, now()"
    " FROM bankcore.users ON CONFLICT DO NOTHING": "the log has no record of it",
    "UPDATE bankcore.sessions SET mfa_at = clock_timestamp()": "no record tells that a second factor was proven",
}


def findings(bank: SqlBank) -> list[str]:
    with Database(bank.scratch.url(AUDITOR), pool_size=1) as database:
        return [f"{each.place}: {each.problem}" for each in verify_capabilities(database, bank.tenant_id)]


def test_what_is_changed_past_the_bank_is_found_and_what_it_did_by_itself_is_none(
    bank: SqlBank, tmp_path: Path
) -> None:
    identity = IdentityWorld.of(bank, tmp_path / "keys")
    factors = second_factor_services(identity.services, PlainPictures())
    sita, gita, hari, maya = (identity.register(f"{name}@example.com").user.id for name in ("a", "b", "c", "d"))
    device, codes = confirmed_device(identity.services, sita)
    login = LoginRequest(email="a@example.com", password=PASSWORD, otp=codes[0])
    identity.services.login(login, origin=PHONE)
    ((session_id,),) = bank.scratch.rows("SELECT id FROM bankcore.sessions")
    factors.step_up(sita, session_id, device.code(later=1), origin=own_origin(sita))  # type: ignore[arg-type] # a session
    begun_device(identity.services, gita)
    begun_device(identity.services, gita)
    _removed, others = confirmed_device(identity.services, hari)
    factors.coded.remove(SentCode(user_id=hari, otp=others[0]), origin=own_origin(hari))
    confirmed_device(identity.services, maya)
    factors.reset(maya, origin=own_origin(sita))
    assert findings(bank) == []

    for change, problem in _CHANGES.items():
        bank.scratch.execute(f"CREATE TABLE aside AS TABLE bankcore.second_factors; {change}")
        found = findings(bank)
        bank.scratch.execute(
            "DELETE FROM bankcore.second_factors WHERE user_id NOT IN (SELECT user_id FROM aside);"
            "INSERT INTO bankcore.second_factors SELECT * FROM aside ON CONFLICT (tenant_id, user_id) DO UPDATE"
            " SET created_at = excluded.created_at, confirmed_at = excluded.confirmed_at; DROP TABLE aside"
        )
        assert any(problem in each for each in found), (change, found)
