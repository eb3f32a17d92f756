"""The frame of a record: its members, what it did to accounts, and the facts of its action."""

from typing import Any, Final

from bankcore_infra.audit.laws.findings import NotAsWrittenError
from bankcore_infra.audit.laws.forms import Check, is_digest, is_id, is_instant
from bankcore_infra.audit.laws.old_frames import OPENED, of_before
from bankcore_infra.audit.laws.shapes import CHECKS, Shape

FRAME_VERSION: Final = 2
_ACTOR: Final = Shape("id:text type:text")
_SUBJECT: Final = Shape("id:id? kind:text")
_EFFECT: Final = Shape(
    "account:id amount:some? balance:amount currency:text head:digest held:some? sequence:count setAside:some?"
    " status:status? was:status?"
)
_TRANSACTION: Final = Shape("effectiveAt:instant? kind:text metadata:texts? reference:text? reverses:id? source:pair?")
# The facts of a record beside its frame, by action; those of other actions are not checked.
FACTS: Final[dict[str, dict[str, Check]]] = {
    "transaction.posted": {"transaction": CHECKS["object"]},
    "account.opened": {"account": OPENED.require},
    "heads.sealed": {"heads": Shape("accounts:list root:digest").require},
    "log.era_begun": {"era": Shape("found:text|null lastSigned:text|null reason:text").require},
    "user.registered": {"emailHash": is_digest, "roles": CHECKS["list"]},
    "user.status_changed": {"userStatus": ("active", "disabled").__contains__},
    "user.roles_changed": {"roles": CHECKS["list"]},
    "session.ended": {"session": is_id},
    "user.logged_in": {"session": is_id},
    "user.logged_out": {"session": is_id},
    "session.refresh_reused": {"generation": CHECKS["count"], "session": is_id},
    "audit.context_erased": {"contexts": CHECKS["count"], "erasedActor": CHECKS["text"]},
}
_FRAME: Final[dict[str, Check]] = {
    "action": CHECKS["text"],
    "actor": _ACTOR.require,
    "at": is_instant,
    "id": is_id,
    "tenant": is_id,
    "v": lambda value: type(value) is int,
}
# Empty members are left out.
_FRAME_OPTIONAL: Final[dict[str, Check]] = {
    "accounts": CHECKS["ids"],
    "audience": ("owner", "operator").__contains__,
    "context": is_digest,
    "effects": lambda value: type(value) is list and value != [],
    "outcome": ("rejected", "denied", "failed").__contains__,
    "request": CHECKS["text"],
    "subject": _SUBJECT.require,
}


def frame_of(document: dict[str, Any]) -> dict[str, Any]:
    """The record's members in the present frame, and the facts of its action. Raises: NotAsWrittenError."""
    frame = of_before(document) if document.get("v") == 1 else document
    required = FACTS.get(frame["action"], {})
    facts = frame.keys() - _FRAME.keys() - _FRAME_OPTIONAL.keys()
    if _FRAME.keys() - frame.keys() or (required and facts != required.keys()):
        raise NotAsWrittenError("has other members than its action has")
    for name, check in (*_FRAME.items(), *_FRAME_OPTIONAL.items(), *required.items()):
        if name in frame and not check(frame[name]):
            raise NotAsWrittenError(f"has a {name} that is none")
    if frame is document:
        _require_said_once(frame)
    return frame


def _require_said_once(frame: dict[str, Any]) -> None:
    """Accept a frame of the present form that says nothing twice. Raises: NotAsWrittenError."""
    effects, subject = frame.get("effects", ()), frame.get("subject", {})
    changed = {effect["account"] for effect in effects if _EFFECT.require(effect)}
    is_plain = all(effect.get("status") != "active" for effect in effects)
    is_once = subject.get("id") != frame["id"] and changed.isdisjoint(frame.get("accounts", ()))
    if not (frame["v"] == FRAME_VERSION and is_plain and is_once):
        raise NotAsWrittenError("has a frame that is none")
    if moves_money(frame):
        told = frame.get("transaction", {})
        is_written = _TRANSACTION.require(told) and {} not in told.values() and told.get("effectiveAt") != frame["at"]
        if subject.get("kind") != "transaction" or not is_written:
            raise NotAsWrittenError("moves money without a transaction")


def moves_money(frame: dict[str, Any]) -> bool:
    """Whether the record's event made entries; they belong to the transaction that is its subject."""
    return any("amount" in effect for effect in frame.get("effects", ()))


def subject_of(frame: dict[str, Any]) -> str | None:
    """The id of the record's subject; the record's own id if no other is given."""
    return frame["subject"].get("id", frame["id"]) if "subject" in frame else None


def accounts_of(frame: dict[str, Any]) -> list[str]:
    """The accounts that the record changed or names, each once."""
    return sorted({effect["account"] for effect in frame.get("effects", ())}.union(frame.get("accounts", ())))
