"""One suite for both adapters: a forgotten password is chosen anew with a token that comes by mail, once and for a
short time, and nobody learns who is known.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from bankcore.errors import BankcoreError, InvalidRequestError, UnauthenticatedError, UnavailableError
from bankcore.identifiers import TenantId, UserId
from bankcore.identity.change_password import PasswordChange
from bankcore.identity.events import PasswordResetRequested
from bankcore.identity.login import LoginRequest
from bankcore.identity.register import Registration
from bankcore.identity.reset_password import ResetConfirmation
from bankcore.identity.resets import RESET_LIFETIME, RESETS_PER_HOUR, ResetId, ResetSecrets, token_of
from bankcore.identity.services import IdentityServices
from bankcore.identity.team import NewMember
from bankcore.identity.users import TeamRole, UserStatus
from bankcore.testing import in_memory_bank
from bankcore.testing.identity import HashedResetSecrets, in_memory_identity
from bankcore_infra.identity.pruning import prune_identity
from bankcore_infra.identity.resets import RESET_PURPOSE, KeyedResetSecrets
from tests.worlds.identity import PASSWORD, PHONE, IdentityWorld
from tests.worlds.interrupted import InterruptedHasher
from tests.worlds.sql_bank import SqlBank

SITA = "sita@example.com"
NEW = "harbour-lantern-orchid"


@dataclass(frozen=True, slots=True)
class World:
    """A tenant with one user, Sita."""

    services: IdentityServices
    secrets: ResetSecrets
    requested: Callable[[], list[tuple[UserId | None, ResetId]]]
    """Who was known, and the id of each mail that was asked for and not let go by."""
    wait: Callable[[timedelta], object]
    user_id: UserId

    def request(self, email: str = SITA) -> str:
        """The token of the mail that is asked for."""
        self.services.reset_password.request(email, origin=PHONE)
        return token_of(self.secrets, self.services.tenant.id, self.requested()[-1][1]).text

    def confirm(self, token: str, password: str = NEW) -> None:
        self.services.reset_password.confirm(ResetConfirmation(token=token, password=password), origin=PHONE)

    def refusal_of(self, token: str, password: str = NEW) -> str | None:
        """Where a confirmation was wrong."""
        try:
            self.confirm(token, password)
        except InvalidRequestError as error:
            return error.pointer
        return None

    def interrupted(self, meanwhile: Callable[[], object]) -> "World":
        """The same bank, in which that happens while a password is hashed."""
        reset = self.services.reset_password
        proof = replace(reset.proof, hasher=InterruptedHasher(reset.proof.hasher, meanwhile))
        return replace(self, services=replace(self.services, reset_password=replace(reset, proof=proof)))

    def log_in(self, password: str) -> str:
        return self.services.login(LoginRequest(email=SITA, password=password), origin=PHONE).refresh_token


def in_memory() -> World:
    bank = in_memory_bank()
    identity = in_memory_identity(bank)

    def requested() -> list[tuple[UserId | None, ResetId]]:
        return [(each.user_id, each.reset_id) for each in bank.books.events if isinstance(each, PasswordResetRequested)]

    return _with_sita(identity.services, HashedResetSecrets(), requested, bank.clock.advance)


def on_postgresql(bank: SqlBank, keys_folder: Path) -> World:
    identity = IdentityWorld.of(bank, keys_folder)

    def requested() -> list[tuple[UserId | None, ResetId]]:
        rows = bank.scratch.rows(
            "SELECT subject_id, (convert_from(body, 'UTF8')::jsonb ->> 'reset')::uuid FROM bankcore.audit_log"
            " WHERE tenant_id = %s AND action = 'user.password_reset_requested' ORDER BY id",
            bank.tenant_id,
        )
        return [(user_id, reset_id) for user_id, reset_id in rows]  # type: ignore[misc] # ids

    def wait(duration: timedelta) -> None:
        bank.scratch.execute(
            "UPDATE bankcore.password_resets"
            " SET expires_at = expires_at - %s::interval, hour = hour - date_trunc('hour', %s::interval)",
            duration,
            duration,
        )

    secrets = KeyedResetSecrets(identity.parts.keys.keyed_hash(RESET_PURPOSE))
    return _with_sita(identity.services, secrets, requested, wait)


def _with_sita(
    services: IdentityServices,
    secrets: ResetSecrets,
    requested: Callable[[], list[tuple[UserId | None, ResetId]]],
    wait: Callable[[timedelta], object],
) -> World:
    user = services.register(Registration(email=SITA, password=PASSWORD), origin=PHONE).value.user
    return World(services, secrets, requested, wait, user.id)


@pytest.fixture(params=["in memory", "PostgreSQL"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    return in_memory() if request.param == "in memory" else on_postgresql(request.getfixturevalue("bank"), tmp_path)


def test_who_has_the_token_chooses_the_password_once_and_all_sessions_end(world: World) -> None:
    session = world.log_in(PASSWORD)
    earlier, token = world.request(), world.request()

    world.confirm(token)

    with pytest.raises(UnauthenticatedError):
        world.services.refresh(session, origin=PHONE)
    with pytest.raises(UnauthenticatedError):
        world.log_in(PASSWORD)
    assert world.log_in(NEW)
    assert [world.refusal_of(each, "another-walnut-kettle") for each in (token, earlier)] == ["/token"] * 2
    assert world.log_in(NEW)


def test_a_token_is_good_for_half_an_hour(world: World) -> None:
    token = world.request()

    world.wait(RESET_LIFETIME)

    assert world.refusal_of(token) == "/token"
    assert world.log_in(PASSWORD)


def test_a_password_that_is_not_strong_enough_leaves_the_token_good(world: World) -> None:
    token = world.request()

    assert [world.refusal_of(token, wrong) for wrong in ("short", "password12345678")] == ["/password"] * 2
    assert world.refusal_of(token) is None


def test_who_changes_the_password_in_a_session_ends_the_tokens_that_are_under_way(world: World) -> None:
    token = world.request()
    world.log_in(PASSWORD)
    (session, *_rest) = world.services.end_sessions.list_of(world.user_id, before=None, limit=1)
    change = PasswordChange(user_id=world.user_id, session_id=session.id, current=PASSWORD, password=NEW)

    world.services.change_password(change, origin=PHONE)

    assert world.refusal_of(token) == "/token"


def test_forged_tokens_change_nothing(world: World) -> None:
    token = world.request()
    flipped = f"{int(token[-1], 16) ^ 1:x}"

    forged = [token[:-1] + flipped, token[32:64] * 3, "", token.upper() + "0", token + "0", f" {token[1:]}"]

    assert [world.refusal_of(each) for each in forged] == ["/token"] * len(forged)
    assert world.log_in(PASSWORD)


def test_a_token_of_another_tenant_is_none_of_ours() -> None:
    bank = in_memory_bank()
    identity = in_memory_identity(bank)
    directory = identity.directory()
    ours = token_of(HashedResetSecrets(), bank.tenant_id, ResetId(UUID(int=1)))
    foreign = token_of(HashedResetSecrets(), TenantId(UUID(int=9)), ResetId(UUID(int=1)))

    assert directory.of_reset_token(ours.text) is identity.services
    with pytest.raises(InvalidRequestError, match="not good"):
        directory.of_reset_token(foreign.text)
    assert not identity.is_suspended(bank.tenant_id)


def test_a_reset_ends_the_tokens_of_its_user_and_of_nobody_else(world: World) -> None:
    registration = Registration(email="ram@example.com", password=PASSWORD)
    world.services.register(registration, origin=PHONE)
    of_ram, of_sita = world.request("ram@example.com"), world.request()

    world.confirm(of_sita)

    assert world.refusal_of(of_ram, "another-walnut-kettle") is None


def test_a_token_that_was_used_meanwhile_changes_nothing() -> None:
    bank = in_memory_bank()
    identity = in_memory_identity(bank)
    unknown = ResetId(UUID(int=1))

    assert identity.units.run(lambda unit: unit.resets.use_reset(unknown, b"digest")) is False


def test_a_password_that_was_chosen_meanwhile_stays(world: World) -> None:
    first, second = world.request(), world.request()

    with pytest.raises(UnavailableError):
        world.interrupted(lambda: world.confirm(first)).confirm(second, "another-walnut-kettle")

    assert world.log_in(NEW)
    assert world.refusal_of(second) == "/token"


def test_a_token_whose_time_ends_while_the_password_is_hashed_changes_nothing(world: World) -> None:
    token = world.request()

    assert world.interrupted(lambda: world.wait(RESET_LIFETIME)).refusal_of(token) == "/token"

    assert world.log_in(PASSWORD)


def test_every_address_is_treated_alike_and_gets_a_few_mails_in_an_hour(world: World) -> None:
    for email in (SITA, "nobody@example.com"):
        for _ in range(RESETS_PER_HOUR + 2):
            world.services.reset_password.request(email, origin=PHONE)
    known = [user_id for user_id, _reset in world.requested()]
    world.wait(timedelta(hours=1))
    world.request()

    assert known == [world.user_id] * RESETS_PER_HOUR + [None] * RESETS_PER_HOUR
    assert len(world.requested()) == 2 * RESETS_PER_HOUR + 1


def test_who_is_kept_out_gets_no_mail_and_no_password(world: World) -> None:
    token = world.request()
    world.services.change_status(world.user_id, UserStatus.DISABLED, origin=PHONE)

    world.services.reset_password.request(SITA, origin=PHONE)

    assert [user_id for user_id, _reset in world.requested()] == [world.user_id, None]
    assert world.refusal_of(token) == "/token"


def test_of_many_that_come_at_once_with_a_token_one_chooses_the_password(bank: SqlBank, tmp_path: Path) -> None:
    world = on_postgresql(bank, tmp_path)
    token = world.request()

    def confirm(number: int) -> str | None:
        try:
            world.confirm(token, f"harbour-lantern-{number}")
        except BankcoreError:
            return None
        return f"harbour-lantern-{number}"

    with ThreadPoolExecutor(8) as pool:
        (chosen,) = [each for each in pool.map(confirm, range(8)) if each is not None]

    assert world.log_in(chosen)


def test_many_requests_at_once_send_no_more_mails_than_one_after_another(bank: SqlBank, tmp_path: Path) -> None:
    world = on_postgresql(bank, tmp_path)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _number: world.services.reset_password.request(SITA, origin=PHONE), range(16)))

    assert 1 <= len(world.requested()) <= RESETS_PER_HOUR


def test_resets_are_forgotten_a_day_after_they_expired_and_no_earlier(bank: SqlBank, tmp_path: Path) -> None:
    world = on_postgresql(bank, tmp_path)
    world.request()
    world.wait(timedelta(hours=24))
    world.request()

    prune_identity(bank.database, bank.tenant_id)
    kept = resets_of(bank)
    world.wait(timedelta(hours=2))
    prune_identity(bank.database, bank.tenant_id)

    assert (kept, resets_of(bank)) == (2, 1)


def resets_of(bank: SqlBank) -> object:
    """How many are kept."""
    return bank.scratch.scalar("SELECT count(*) FROM bankcore.password_resets WHERE tenant_id = %s", bank.tenant_id)


def test_a_new_member_of_the_team_chooses_a_password_with_the_mail_that_came(world: World) -> None:
    new = NewMember(email="anita@example.com", role=TeamRole.OWNER)

    member = world.services.team.add(new, origin=PHONE).value
    user_id, reset_id = world.requested()[-1]
    world.confirm(token_of(world.secrets, world.services.tenant.id, reset_id).text)

    assert user_id == member.id
    world.services.login(LoginRequest(email=member.email, password=NEW), origin=PHONE)
