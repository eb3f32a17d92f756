"""The bytes of records, held to examples for ever: whoever changes them breaks every seal."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from bankcore.actions import Action, Audience, Subject
from bankcore.events.stamps import Stamp
from bankcore.identifiers import AccountId, EventId, TenantId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.effects import Effect
from bankcore.money import CURRENCIES
from bankcore.origin import Origin
from bankcore_infra.audit.recording.canonical import CanonicalValue, canonical_bytes
from bankcore_infra.audit.recording.context import AuditContext, AuditContexts
from bankcore_infra.audit.recording.records import Deed, make_record

SALT: Final = bytes(range(16))
SITA, RAM = AccountId(UUID(int=3)), AccountId(UUID(int=4))
STAMP: Final = Stamp(
    EventId(UUID(int=1)),
    TenantId(UUID(int=2)),
    datetime(2026, 1, 31, 12, tzinfo=UTC),
    Origin(actor_type="user", actor_id="sita", request_id="req_1", ip_address="203.0.113.7", user_agent="phone ☎"),
)


def test_canonical_bytes_are_what_they_were() -> None:
    document: dict[str, CanonicalValue] = {"b": [1, "ā\n", None, True], "a": {"z": "1.00", "é": -5}}

    assert canonical_bytes(document) == '{"a":{"z":"1.00","é":-5},"b":[1,"ā\\n",null,true]}'.encode()


def test_canonical_bytes_are_in_the_order_of_rfc_8785_also_where_bytes_have_another_one() -> None:
    document: dict[str, CanonicalValue] = {
        "\ue000": 1,
        "\U0001f600": {"\uffff": 2, "\U00010000": [{}]},
        "a": UUID(int=1),
    }

    assert canonical_bytes(document) == (
        '{"a":"00000000-0000-0000-0000-000000000001","\U0001f600":{"\U00010000":[{}],"\uffff":2},"\ue000":1}'.encode()
    )


_TEXTS: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_DOCUMENTS: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _TEXTS,
    lambda values: st.lists(values, max_size=4) | st.dictionaries(_TEXTS, values, max_size=4),
)


@given(st.dictionaries(_TEXTS, _DOCUMENTS, max_size=6))
def test_canonical_bytes_are_those_of_another_program_for_rfc_8785(document: dict[str, Any]) -> None:
    assert canonical_bytes(document) == _by_the_letter(document).encode()


def _by_the_letter(value: Any) -> str:
    """The value after RFC 8785, sections 3.2.2 and 3.2.3."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: [*memoryview(member[0].encode("utf-16-le")).cast("H")])
        return "{" + ",".join(f"{_by_the_letter(name)}:{_by_the_letter(each)}" for name, each in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_by_the_letter, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def test_a_record_is_what_it_was() -> None:
    effect = Effect(
        SITA, CURRENCIES["NPR"], 7, bytes(32), 12_345, 500, AccountStatus.FROZEN, None, -25, was=AccountStatus.ACTIVE
    )
    deed = Deed(
        Action("hold.released", Audience.OPERATOR), "success", Subject("hold", UUID(int=9)), [RAM, SITA], [effect]
    )

    record = make_record(STAMP, deed, {"why": "over"}, AuditContexts(lambda: SALT))

    assert record.body == (
        b'{"accounts":["00000000-0000-0000-0000-000000000004"],"action":"hold.released",'
        b'"actor":{"id":"sita","type":"user"},"at":"2026-01-31T12:00:00.000000Z","audience":"operator",'
        b'"context":"' + _expected_hash() + b'",'
        b'"effects":[{"account":"00000000-0000-0000-0000-000000000003","balance":"123.45","currency":"NPR",'
        b'"head":"'
        + b"00"
        * 32
        + b'","held":"5.00","sequence":7,"setAside":"-0.25","status":"frozen","was":"active"}],'
        b'"id":"00000000-0000-0000-0000-000000000001","request":"req_1",'
        b'"subject":{"id":"00000000-0000-0000-0000-000000000009","kind":"hold"},'
        b'"tenant":"00000000-0000-0000-0000-000000000002","v":2,"why":"over"}'
    )
    assert (record.subject_id, record.account_ids) == (UUID(int=9), [SITA, RAM])


def test_a_record_leaves_out_what_there_is_none_of() -> None:
    stamp = STAMP._replace(origin=Origin())

    record = make_record(stamp, Deed(Action("user.seen"), subject=Subject("user", stamp.id)), {}, AuditContexts())

    assert record.body == (
        b'{"action":"user.seen","actor":{"id":"library","type":"service"},"at":"2026-01-31T12:00:00.000000Z",'
        b'"id":"00000000-0000-0000-0000-000000000001","subject":{"kind":"user"},'
        b'"tenant":"00000000-0000-0000-0000-000000000002","v":2}'
    )


def test_the_hash_of_a_context_is_what_it_was() -> None:
    context = AuditContext(id=UUID(int=1), salt=SALT, ip_address="203.0.113.7", user_agent="phone ☎")

    assert context.hash().hex() == "065255bd28b4a8ec9a8772139447e8520ff07a7d7e34507a858ba39209ed267c"


def test_one_origin_has_one_context_in_a_unit_of_work_and_none_if_there_is_nothing_to_hide() -> None:
    salts = iter([SALT, bytes(16)])
    contexts = AuditContexts(lambda: next(salts))

    first, again = contexts.of(STAMP.origin, UUID(int=1)), contexts.of(STAMP.origin, UUID(int=2))
    other, _hash = contexts.of(Origin(ip_address="203.0.113.8"), UUID(int=3))

    assert first == again
    assert other is not None
    assert other.id == UUID(int=3)
    assert contexts.of(Origin(actor_id="library"), UUID(int=4)) == (None, None)


def _expected_hash() -> bytes:
    document = '{"ip":"203.0.113.7","userAgent":"phone ☎","v":1}'.encode()
    return sha256(b"bankcore.audit.context.1" + SALT + document).hexdigest().encode()
