"""Login, refresh and logout on a real database, many at once among them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from uuid import UUID

import pytest

from bankcore.errors import NotFoundError, UnauthenticatedError
from bankcore.identifiers import SessionId, TenantId, UserId
from bankcore.identity.principals import AccessClaims
from bankcore.identity.refusals import RefreshReusedError, TokenExpiredError
from bankcore.identity.sessions import RefreshToken, SessionPolicy
from bankcore.identity.tokens import TokenPair
from bankcore.identity.users import Role
from bankcore_infra.identity.access_tokens import JwtVerifier
from bankcore_infra.identity.argon2_hasher import Argon2Parameters, Argon2PasswordHasher
from bankcore_infra.identity.wiring import identity_directory
from bankcore_infra.keys.key_ring import KeyRing
from tests.sizes import sized
from tests.worlds.identity import LAPTOP, PHONE, IdentityWorld

NO_GRACE = SessionPolicy(grace=timedelta(seconds=-1))


def claims_of(identity: IdentityWorld, pair: TokenPair) -> AccessClaims:
    return JwtVerifier(identity.parts.keys.signing, identity.parts.clock).verify(pair.access_token)


def is_live(identity: IdentityWorld, pair: TokenPair) -> bool:
    try:
        identity.services.authenticate(claims_of(identity, pair))
    except UnauthenticatedError:
        return False
    return True


def test_a_login_gives_a_token_that_names_user_session_and_tenant(identity: IdentityWorld) -> None:
    registered = identity.register()

    pair = identity.login()

    principal = identity.services.authenticate(claims_of(identity, pair))
    assert principal.user_id == registered.user.id
    assert principal.tenant_id == identity.tenant.id
    assert principal.roles == {Role.HOLDER}
    assert not principal.is_staff
    assert ("user.logged_in", "success") in identity.audited()
    assert identity.services.get_user(principal.user_id) == registered.user


def test_only_a_digest_of_the_refresh_token_is_stored(identity: IdentityWorld) -> None:
    identity.register()
    pair = identity.login()

    rows = identity.bank.scratch.rows("SELECT t::text, s::text FROM bankcore.refresh_tokens t, bankcore.sessions s")

    assert all(pair.refresh_token not in str(row) for row in rows)


def test_a_refresh_gives_a_new_pair_and_uses_the_token_up(identity: IdentityWorld) -> None:
    identity.register()
    first = identity.login()

    second = identity.services.refresh(first.refresh_token, origin=PHONE)
    third = identity.services.refresh(second.refresh_token, origin=PHONE)

    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert is_live(identity, third)


@pytest.mark.security
def test_twenty_refreshes_at_once_get_one_successor(identity: IdentityWorld) -> None:
    identity.register()
    token = identity.login().refresh_token
    rounds = sized(10, nightly=1_000)
    start = Barrier(20)

    def refresh(sent: str) -> str:
        start.wait()
        return identity.services.refresh(sent, origin=PHONE).refresh_token

    with ThreadPoolExecutor(20) as pool:
        for _ in range(rounds):
            (token,) = set(pool.map(refresh, [token] * 20))

    assert identity.count("refresh_tokens") == 1 + rounds


@pytest.mark.security
def test_a_token_that_comes_back_again_and_again_ends_its_session_and_no_other(identity: IdentityWorld) -> None:
    strict = identity.with_parts(session_policy=NO_GRACE)
    strict.register()
    stolen, other = strict.login(), strict.login()
    newer = strict.services.refresh(stolen.refresh_token, origin=PHONE)

    def replay(number: int) -> type[UnauthenticatedError]:
        thief = replace(PHONE, ip_address=f"198.51.100.{number % 100}")
        with pytest.raises(UnauthenticatedError) as caught:
            strict.services.refresh((stolen, newer)[number % 2].refresh_token, origin=thief)
        return type(caught.value)

    with ThreadPoolExecutor(8) as pool:
        refusals = list(pool.map(replay, range(0, 2 * sized(50, nightly=500), 2)))
        late = list(pool.map(replay, range(1, 20, 2)))

    assert refusals.count(RefreshReusedError) == 1
    assert set(late) == {UnauthenticatedError}
    assert strict.audited().count(("session.refresh_reused", "denied")) == 1
    assert [is_live(strict, pair) for pair in (stolen, newer, other)] == [False, False, True]


def test_a_token_used_again_after_the_grace_ends_the_whole_session(identity: IdentityWorld) -> None:
    strict = identity.with_parts(session_policy=NO_GRACE)
    strict.register()
    first = strict.login()
    second = strict.services.refresh(first.refresh_token, origin=PHONE)

    with pytest.raises(RefreshReusedError):
        strict.services.refresh(first.refresh_token, origin=PHONE)

    assert not is_live(strict, first)
    assert not is_live(strict, second)
    with pytest.raises(UnauthenticatedError):
        strict.services.refresh(second.refresh_token, origin=PHONE)
    assert ("session.refresh_reused", "denied") in strict.audited()


def test_a_grandparent_is_never_accepted(identity: IdentityWorld) -> None:
    identity.register()
    first = identity.login()
    second = identity.services.refresh(first.refresh_token, origin=PHONE)
    third = identity.services.refresh(second.refresh_token, origin=PHONE)

    with pytest.raises(RefreshReusedError):
        identity.services.refresh(first.refresh_token, origin=PHONE)

    assert not is_live(identity, third)


def test_one_session_of_a_user_ends_without_the_others(identity: IdentityWorld) -> None:
    identity.register()
    phone, laptop = identity.login(), identity.login(origin=LAPTOP)

    identity.services.logout(phone.refresh_token, origin=PHONE)
    identity.services.logout(phone.refresh_token, origin=PHONE)

    assert not is_live(identity, phone)
    assert is_live(identity, laptop)
    assert identity.audited().count(("user.logged_out", "success")) == 1


def test_a_refresh_token_that_nobody_was_given_is_unknown(identity: IdentityWorld) -> None:
    identity.register()
    pair = identity.login()
    forged = pair.refresh_token[:-4] + ("AAAA" if not pair.refresh_token.endswith("AAAA") else "BBBB")

    for hostile in (forged, "", "bcr_", "x" * 4_000, pair.refresh_token + "=", pair.refresh_token.upper(), "é" * 111):
        with pytest.raises(UnauthenticatedError):
            identity.services.refresh(hostile, origin=PHONE)

    assert is_live(identity, pair)


@pytest.mark.parametrize("column", ["expires_at", "last_used_at"])
def test_a_session_that_is_too_old_or_idle_gives_no_new_pair(identity: IdentityWorld, column: str) -> None:
    identity.register()
    pair = identity.login()
    identity.bank.scratch.execute(f"UPDATE bankcore.sessions SET {column} = now() - interval '8 days'")

    with pytest.raises(TokenExpiredError):
        identity.services.refresh(pair.refresh_token, origin=PHONE)


def test_a_session_past_its_end_is_no_session(identity: IdentityWorld) -> None:
    identity.register()
    pair = identity.login()

    identity.bank.scratch.execute("UPDATE bankcore.sessions SET expires_at = now()")

    assert not is_live(identity, pair)


def test_a_role_that_is_taken_away_is_gone_at_once(identity: IdentityWorld) -> None:
    registered = identity.register()
    pair = identity.login()

    identity.bank.scratch.execute("UPDATE bankcore.users SET roles = '{auditor}'")

    principal = identity.services.authenticate(claims_of(identity, pair))
    assert principal.roles == {Role.AUDITOR}
    assert principal.is_staff
    assert claims_of(identity, pair).roles == registered.user.roles


def test_sessions_that_are_read_together_are_told_apart(identity: IdentityWorld) -> None:
    emails = [f"person-{number}@example.com" for number in range(6)]
    for email in emails:
        identity.register(email)
    pairs = [identity.login(email) for email in emails]
    identity.services.logout(pairs[0].refresh_token, origin=PHONE)
    identity.bank.scratch.execute("UPDATE bankcore.users SET status = 'disabled' WHERE email = 'person-1@example.com'")
    gate = Barrier(24)

    def authenticate(number: int) -> bool:
        gate.wait()
        return is_live(identity, pairs[number % 6])

    with ThreadPoolExecutor(24) as threads:
        for _ in range(5):
            assert list(threads.map(authenticate, range(24))) == [False, False, True, True, True, True] * 4


def test_tokens_of_one_tenant_are_nothing_in_another(identity: IdentityWorld, other_identity: IdentityWorld) -> None:
    registered = identity.register()
    pair = identity.login()

    with pytest.raises(UnauthenticatedError):
        other_identity.services.authenticate(claims_of(identity, pair))
    with pytest.raises(UnauthenticatedError):
        other_identity.services.refresh(pair.refresh_token, origin=PHONE)
    other_identity.services.logout(pair.refresh_token, origin=PHONE)
    with pytest.raises(NotFoundError):
        other_identity.services.get_user(UserId(registered.user.id))

    assert is_live(identity, pair)


def test_a_login_brings_an_old_hash_up_to_date(identity: IdentityWorld) -> None:
    identity.register()
    before = identity.bank.scratch.scalar("SELECT password_hash FROM bankcore.users")
    stronger = Argon2PasswordHasher(Argon2Parameters(memory_kib=16, time_cost=1, parallelism=1))

    identity.with_parts(hasher=stronger).login()

    after = identity.bank.scratch.scalar("SELECT password_hash FROM bankcore.users")
    assert after != before
    assert not stronger.is_outdated(str(after))
    assert identity.with_parts(hasher=stronger).login().expires_in_s == 600


def test_under_another_secret_sessions_go_on_but_a_lost_answer_stays_lost(
    identity: IdentityWorld, tmp_path: Path
) -> None:
    identity.register()
    first = identity.login()
    second = identity.services.refresh(first.refresh_token, origin=PHONE)
    changed = identity.with_parts(keys=KeyRing.open(tmp_path / "other keys"))

    with pytest.raises(UnauthenticatedError) as caught:
        changed.services.refresh(first.refresh_token, origin=PHONE)

    assert type(caught.value) is UnauthenticatedError
    assert is_live(changed, changed.services.refresh(second.refresh_token, origin=PHONE))


def test_a_refresh_token_of_a_tenant_that_is_not_there_is_unknown(identity: IdentityWorld) -> None:
    directory = identity_directory(identity.parts)
    stranger = RefreshToken(TenantId(UUID(int=1)), SessionId(UUID(int=2)), bytes(32))

    with pytest.raises(UnauthenticatedError):
        directory.of_refresh_token(stranger.text)


def test_a_token_of_another_session_is_no_token_of_this_one(identity: IdentityWorld) -> None:
    identity.register()
    pair = identity.login()
    token = RefreshToken.read(pair.refresh_token)
    elsewhere = RefreshToken(token.tenant_id, SessionId(UUID(int=2)), token.secret)

    with pytest.raises(UnauthenticatedError):
        identity.services.refresh(elsewhere.text, origin=PHONE)
    identity.services.logout(elsewhere.text, origin=PHONE)

    assert is_live(identity, pair)
