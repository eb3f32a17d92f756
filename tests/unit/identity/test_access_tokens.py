from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from bankcore.errors import UnauthenticatedError
from bankcore.identifiers import SessionId, TenantId, UserId
from bankcore.identity.principals import ACCESS_LIFETIME, AccessClaims, TenantName
from bankcore.identity.refusals import TokenExpiredError
from bankcore.identity.users import Role
from bankcore.testing import FrozenClock
from bankcore_infra.identity.access_tokens import JwtIssuer, JwtVerifier
from bankcore_infra.keys.key_ring import KeyRing
from bankcore_infra.keys.signing_keys import new_signing_key
from tests.worlds.hostile_tokens import hostile_tokens, parts_of


def claims_at(clock: FrozenClock) -> AccessClaims:
    return AccessClaims(
        token_id=UUID(int=1),
        user_id=UserId(UUID(int=2)),
        session_id=SessionId(UUID(int=3)),
        tenant=TenantName(TenantId(UUID(int=4)), "main"),
        roles=frozenset({Role.HOLDER, Role.AUDITOR}),
        issued_at=clock.now(),
        expires_at=clock.now() + ACCESS_LIFETIME,
    )


def test_a_token_says_what_was_claimed(tmp_path: Path) -> None:
    clock, keys = FrozenClock(), KeyRing.open(tmp_path).signing

    token = JwtIssuer(keys).issue(claims_at(clock))

    assert JwtVerifier(keys, clock).verify(token) == claims_at(clock)
    assert parts_of(token)[0] == {"alg": "EdDSA", "typ": "at+jwt", "kid": keys.signing_kid}


@pytest.mark.security
def test_no_hostile_token_is_taken(tmp_path: Path) -> None:
    clock, keys = FrozenClock(), KeyRing.open(tmp_path).signing
    verifier = JwtVerifier(keys, clock)
    hostile = hostile_tokens(JwtIssuer(keys).issue(claims_at(clock)), keys)

    taken = []
    for name, token in hostile.items():
        try:
            verifier.verify(token)
        except UnauthenticatedError as refusal:
            assert type(refusal) is UnauthenticatedError or name.startswith("exp "), name
        else:
            taken.append(name)

    assert taken == []
    assert len(hostile) >= 200


def test_a_token_is_good_until_its_time_is_over(tmp_path: Path) -> None:
    clock, keys = FrozenClock(), KeyRing.open(tmp_path).signing
    verifier = JwtVerifier(keys, clock)
    token = JwtIssuer(keys).issue(claims_at(clock))

    clock.advance(ACCESS_LIFETIME - timedelta(microseconds=1))
    verifier.verify(token)

    clock.advance(timedelta(microseconds=1))
    with pytest.raises(TokenExpiredError):
        verifier.verify(token)


def test_a_token_of_a_machine_whose_clock_is_a_little_ahead_is_taken(tmp_path: Path) -> None:
    ahead, keys = FrozenClock(), KeyRing.open(tmp_path).signing
    behind = FrozenClock(ahead.now() - timedelta(seconds=30))
    token = JwtIssuer(keys).issue(claims_at(ahead))

    JwtVerifier(keys, behind).verify(token)

    behind.advance(timedelta(seconds=-1))
    with pytest.raises(UnauthenticatedError):
        JwtVerifier(keys, behind).verify(token)


def test_keys_are_rotated_without_a_refused_token(tmp_path: Path) -> None:
    clock, before = FrozenClock(), KeyRing.open(tmp_path).signing
    old_token = JwtIssuer(before).issue(claims_at(clock))

    (tmp_path / "access-0002.pem").write_bytes(new_signing_key())
    (tmp_path / "access-0002.pem").chmod(0o600)
    both = KeyRing.open(tmp_path).signing
    new_token = JwtIssuer(both).issue(claims_at(clock))

    assert both.signing_kid != before.signing_kid
    JwtVerifier(both, clock).verify(old_token)
    JwtVerifier(both, clock).verify(new_token)

    (tmp_path / "access-0001.pem").unlink()
    with pytest.raises(UnauthenticatedError):
        JwtVerifier(KeyRing.open(tmp_path).signing, clock).verify(old_token)
