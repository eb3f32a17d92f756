from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from bankcore.errors import LedgerInvariantError, UnauthenticatedError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import SessionId, TenantId, UserId
from bankcore.identity.registration_codec import decode_registration
from bankcore.identity.sessions import (
    IssuedToken,
    RefreshToken,
    RefreshVerdict,
    RevokeReason,
    Session,
    SessionPolicy,
    client_digest,
    judge_refresh,
)
from bankcore.ledger.outcome_codec import encode_outcome
from bankcore.ledger.rejections import BatchRejectedError
from bankcore.origin import Origin

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
PHONE = client_digest(Origin(ip_address="203.0.113.7", user_agent="phone"))
LAPTOP = client_digest(Origin(ip_address="203.0.113.7", user_agent="laptop"))
POLICY = SessionPolicy()
SESSION = Session(
    tenant_id=TenantId(UUID(int=1)),
    id=SessionId(UUID(int=2)),
    user_id=UserId(UUID(int=3)),
    created_at=NOW,
    expires_at=NOW + timedelta(days=30),
    last_used_at=NOW,
    generation=5,
)
NEWEST = IssuedToken(digest=bytes(32), session_id=SESSION.id, generation=5, issued_at=NOW)
PARENT = replace(NEWEST, generation=4, used_at=NOW, used_by=PHONE)


def judge(session: Session, token: IssuedToken, after: timedelta, client: bytes = PHONE) -> RefreshVerdict:
    return judge_refresh(session, token, now=NOW + after, client=client, policy=POLICY)


def test_the_newest_token_is_rotated_whoever_the_client_is() -> None:
    assert judge(SESSION, NEWEST, SECOND) is RefreshVerdict.ROTATE
    assert judge(SESSION, NEWEST, SECOND, LAPTOP) is RefreshVerdict.ROTATE


def test_its_parent_is_answered_again_for_ten_seconds_to_the_same_client() -> None:
    assert judge(SESSION, PARENT, 10 * SECOND) is RefreshVerdict.REPEAT
    assert judge(SESSION, PARENT, -SECOND) is RefreshVerdict.REPEAT
    assert judge(SESSION, PARENT, 10 * SECOND + timedelta(microseconds=1)) is RefreshVerdict.REUSED
    assert judge(SESSION, PARENT, SECOND, LAPTOP) is RefreshVerdict.REUSED


def test_a_grandparent_is_reused_at_once() -> None:
    assert judge(SESSION, replace(PARENT, generation=3), SECOND) is RefreshVerdict.REUSED


def test_a_session_ends_after_thirty_days_or_seven_without_use() -> None:
    assert judge(SESSION, NEWEST, timedelta(days=7) - SECOND) is RefreshVerdict.ROTATE
    assert judge(SESSION, NEWEST, timedelta(days=7)) is RefreshVerdict.EXPIRED
    used_lately = replace(SESSION, last_used_at=NOW + timedelta(days=29))
    assert judge(used_lately, NEWEST, timedelta(days=30) - SECOND) is RefreshVerdict.ROTATE
    assert judge(used_lately, NEWEST, timedelta(days=30)) is RefreshVerdict.EXPIRED


def test_a_session_that_has_ended_knows_no_token() -> None:
    revoked = replace(SESSION, revoked_at=NOW, revoke_reason=RevokeReason.LOGOUT)

    assert judge(revoked, NEWEST, SECOND) is RefreshVerdict.UNKNOWN
    assert judge(revoked, PARENT, SECOND) is RefreshVerdict.UNKNOWN


def test_a_refresh_token_is_read_back_as_it_was_written() -> None:
    token = RefreshToken(SESSION.tenant_id, SESSION.id, bytes(range(32)))

    assert RefreshToken.read(token.text) == token
    assert token.text.startswith("bcr_")


def test_a_token_has_one_spelling() -> None:
    text = RefreshToken(SESSION.tenant_id, SESSION.id, bytes(range(32))).text
    with_rubbish = text[:20] + "!!!!" + text[20:-4]
    with_less_rubbish = text[:20] + "!" + text[20:-1]
    other_spelling = text[:-1] + chr(ord(text[-1]) + 1)
    one_too_long = "bcr_" + urlsafe_b64encode(bytes(81)).decode().rstrip("=")

    hostile_texts = (
        text[:-1] + "x",
        text[:-1],
        text + "A",
        other_spelling,
        with_rubbish,
        with_less_rubbish,
        one_too_long,
    )
    for hostile in hostile_texts:
        with pytest.raises(UnauthenticatedError):
            RefreshToken.read(hostile)


def test_a_remembered_registration_holds_an_account() -> None:
    refused = encode_outcome(Rejected(BatchRejectedError(failed_index=1)))

    with pytest.raises(LedgerInvariantError):
        decode_registration(bytes(16) + refused)
