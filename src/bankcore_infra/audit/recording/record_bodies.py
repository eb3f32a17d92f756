"""Reads the bodies of records, of the present frame and of the one before.

A holder of the application's role can write any body, and it stays for ever.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson

from bankcore.actions import Audience
from bankcore.events.feed import EventEffect
from bankcore.identifiers import AccountId, TenantId
from bankcore_infra.audit.laws.frames import frame_of, subject_of

Body = Mapping[str, Any]
_SENSELESS: Final = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)
# Records of the earlier frame do not tell their audience.
_OLD_FOR_OWNERS: Final = frozenset({"transaction.posted", "account.opened"})
_OLD_FOR_NOBODY: Final = ("session.", "audit.", "user.logged_", "heads.")


def find_body(tenant_id: TenantId, record_id: UUID, raw: bytes | None) -> Body | None:
    """The body in the present frame; None if it is malformed."""
    if raw is None:
        return None
    try:
        body = orjson.loads(raw)
        # It is written again as a check, because a deeply nested document can be read and not written.
        orjson.dumps(body)
        frame = frame_of(body)
        effects_of(frame)
    except _SENSELESS:
        return None
    return frame if (frame["id"], frame["tenant"]) == (str(record_id), str(tenant_id)) else None


def effects_of(body: Body) -> list[EventEffect]:
    """The accounts that changed, each as it stands after the change, in the order of the changes."""
    return [
        EventEffect(
            _account_id(effect["account"]),
            effect.get("sequence", 0),
            effect.get("currency"),
            effect.get("amount"),
            effect.get("balance"),
            effect.get("held", _nothing_like(effect.get("balance"))),
            effect.get("status", "active"),
            effect.get("was"),
        )
        for effect in body.get("effects", ())
    ]


def subject_id_of(body: Body) -> UUID | None:
    """What the record is about."""
    subject = subject_of(dict(body))
    return None if subject is None else UUID(subject)


def audience_of(body: Body) -> Audience:
    """Whom the record is for."""
    if body["v"] != 1:
        return Audience(body.get("audience", Audience.NOBODY))
    action = body["action"]
    if action in _OLD_FOR_OWNERS:
        return Audience.OWNER
    return Audience.NOBODY if action.startswith(_OLD_FOR_NOBODY) else Audience.OPERATOR


# The same accounts come again and again, in each record and for each consumer.
@lru_cache(maxsize=16_384)
def _account_id(text: str) -> AccountId:
    return AccountId(UUID(text))


def _nothing_like(amount: str | None) -> str | None:
    """Zero with the decimals of that amount."""
    if amount is None:
        return None
    _whole, point, fraction = amount.partition(".")
    return "0" + point + "0" * len(fraction)
