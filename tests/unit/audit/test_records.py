"""The bytes of records, held to examples for ever: whoever changes them breaks every seal."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from bankcore.identifiers import EventId, TenantId
from bankcore.ledger.events import Stamp
from bankcore.origin import Origin
from bankcore_infra.audit.canonical import CanonicalValue, canonical_bytes
from bankcore_infra.audit.context import AuditContext, AuditContexts
from bankcore_infra.audit.records import Deed, make_record

SALT: Final = bytes(range(16))
STAMP: Final = Stamp(
    EventId(UUID(int=1)),
    TenantId(UUID(int=2)),
    datetime(2026, 1, 31, 12, tzinfo=UTC),
    Origin(actor_type="user", actor_id="sita", request_id="req_1", ip_address="203.0.113.7", user_agent="phone ☎"),
)


def test_canonical_bytes_are_what_they_were() -> None:
    document: dict[str, CanonicalValue] = {"b": [1, "ā\n", None, True], "a": {"z": "1.00", "é": -5}}

    assert canonical_bytes(document) == '{"a":{"z":"1.00","é":-5},"b":[1,"ā\\n",null,true],"v":1}'.encode()


def test_a_record_is_what_it_was() -> None:
    deed = Deed("account.opened", "success", UUID(int=3), [UUID(int=3)])

    record = make_record(STAMP, deed, {"account": {"currency": "NPR"}}, AuditContexts(lambda: SALT))

    assert record.body == (
        b'{"account":{"currency":"NPR"},"action":"account.opened","actor":{"id":"sita","type":"user"},'
        b'"at":"2026-01-31T12:00:00.000000Z",'
        b'"context":"' + _expected_hash() + b'",'
        b'"id":"00000000-0000-0000-0000-000000000001","outcome":"success","request":"req_1",'
        b'"tenant":"00000000-0000-0000-0000-000000000002","v":1}'
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
