"""Verifies an exported audit log offline: `python standalone_verifier.py EXPORT --checkpoint NOTE --public-key PEM`.

This file runs alone, with Python 3.11 and the package `cryptography`; without that package it checks everything but
signatures, and says so. It trusts nothing but the checkpoint that was kept outside and the public key: it starts from
them and works towards the export. It answers 0 if all is well, 1 if something is not, 2 if it cannot tell.
"""

import argparse
import hashlib
import json
import re
import sqlite3
import struct
import sys
from base64 import b64decode, b64encode
from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from itertools import takewhile
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined] # of CPython
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple
from uuid import UUID, uuid5

FORMAT: Final = "bankcore-audit-export-2"
FRAME_VERSION: Final = 2
FINDINGS_MAX: Final = 1_000
CANNOT_VERIFY: Final = 2

# What is compared with the log: the columns of an export's rows, in their order. What the bank itself verifies is read
# with the same names.
RECORD_COLUMNS: Final = ("at", "action", "outcome", "actor_type", "actor_id", "subject_id", "account_ids", "request_id")
TRANSACTION_COLUMNS: Final = (
    *("id", "posted_at", "effective_at", "amount_minor", "currency", "kind", "reverses", "reference"),
    *("source_type", "source_id", "metadata"),
)
ENTRY_COLUMNS: Final = (
    *("account_id", "sequence", "currency", "amount_minor", "balance_before_minor", "balance_after_minor"),
    *("posted_at", "hash"),
)
ACCOUNT_COLUMNS: Final = ("id", "number", "owner_id", "currency", "kind", "floor_minor", "created_at")
STANDING_COLUMNS: Final = ("balance_minor", "held_minor", "version", "head_hash", "last_posted_at", "status")
USER_COLUMNS: Final = ("id", "created_at", "roles", "status")
SESSION_COLUMNS: Final = ("id", "user_id", "created_at", "revoked_at", "revoke_reason")
CASE_COLUMNS: Final = (
    *("id", "account_id", "transaction_id", "opened_at", "score", "froze_account", "signals", "status"),
    *("decided_at", "decided_by"),
)
POLICY_COLUMNS: Final = ("tenant_id", "changed_at", "policy")
CHECKPOINT_COLUMNS: Final = ("size", "root", "upto", "system_id", "era", "previous_hash", "created_at")
NOT_PROVEN: Final = (
    *("accounts.name", "audit_log.xid", "users.email", "users.full_name", "users.password_hash"),
    *("sessions.expires_at", "sessions.last_used_at", "sessions.generation", "fraud_cases.note"),
)
"""Columns of the compared tables that the log does not determine: whoever changes them is not found out by it."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ENTRY: Final = struct.Struct(">16s32s16s16sq16s3sqqqq")
_JWS: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
_RECEIPT_TYPE: Final = "bankcore-receipt+jwt"
_PEM: Final = re.compile(rb"-----BEGIN PUBLIC KEY-----(.+?)-----END PUBLIC KEY-----\n?", re.DOTALL)
_SPKI: Final = bytes.fromhex("302a300506032b6570032100")
_STANDING: Final = struct.Struct(">qq32sqBB3sq")
_STATUSES: Final = ("active", "frozen", "closed")
_ACTIVE: Final = 0
_LINE_MAX: Final = 1 << 24
_NUMBER_MAX: Final = 2**63 - 1
# Decimals of the currencies that have not two (ISO 4217).
EXPONENTS: Final = {
    code: exponent
    for exponent, codes in {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }.items()
    for code in codes.split()
}
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HASH: Final = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")
_HEX: Final = re.compile(r"[0-9a-f]{64}")
_DIGITS: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_INSTANT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_STRING: Final = r'"[^"\\\x00-\x1f]*(?:\\(?:["\\bfnrt]|u00(?:0[0-7be]|1[0-9a-f]))[^"\\\x00-\x1f]*)*"'
_DECIMAL: Final = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]{2,4})?"
_AMOUNT: Final = re.compile(rf"(?!-0(?:\.0*)?$){_DECIMAL}")
_ENTERED: Final = (
    rf'\{{"account":"{_ID.pattern}","amount":"(?!-?0(?:\.0*)?"){_DECIMAL}","balance":"(?!-0(?:\.0*)?"){_DECIMAL}",'
    rf'"currency":"[A-Z]{{3}}","head":"{_HEX.pattern}","sequence":[1-9][0-9]{{0,18}}\}}'
)
_POSTED: Final = re.compile(
    (
        rf'\{{"action":"transaction\.posted","actor":\{{"id":{_STRING},"type":{_STRING}\}},"at":"{_INSTANT.pattern}",'
        rf'"audience":"owner",(?:"context":"{_HEX.pattern}",)?"effects":\[{_ENTERED}(?:,{_ENTERED})*\],"id":"{_ID.pattern}",'
        rf'(?:"request":{_STRING},)?"subject":\{{"kind":"transaction"\}},"tenant":"{_ID.pattern}",'
        rf'"transaction":\{{"kind":{_STRING}(?:,"reference":{_STRING})?\}},"v":2\}}'
    ).encode()
)
"""The usual form of the record of a transaction."""
_UNITS_MAX: Final = 1_000
_NOTE_FACTS: Final = ("bankcore-era", "bankcore-upto", "bankcore-system", "bankcore-at", "bankcore-previous")
# So many accounts, of 400 bytes each, and entries that came before their turn are kept in memory.
_AT_HAND_MAX: Final = 150_000
_EARLY_MAX: Final = 20_000
_ROWS_LEFT_OUT: Final = "the rows of the tables"
_OPENINGS_MAX: Final = 1_000
# A session that ended is kept so long.
_SESSION_KEPT: Final = timedelta(days=30)
# A head counts entries whose records are sealed after it, once the transactions open at that moment have ended.
_HEAD_PATIENCE: Final = timedelta(minutes=10)


class CannotVerifyError(Exception):
    """The input does not allow an answer."""


class Finding(NamedTuple):
    """Something that is not as it was sealed: what kind, where, what, and between which moments it happened."""

    kind: str
    place: str
    problem: str
    since: str = ""

    def __str__(self) -> str:
        """One line."""
        return f"{self.kind.upper()}: {self.place}: {self.problem}" + (f" ({self.since})" if self.since else "")


class NotAsWrittenError(ValueError):
    """Bytes that a bank does not write; the message says what about them."""


def _refuse_number(text: str) -> None:
    raise NotAsWrittenError(f"has the number {text[:20]}")


_decode: Final = json.JSONDecoder(parse_float=_refuse_number, parse_constant=_refuse_number).decode
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# What `iterencode` makes anew for each document.
_encode_parts: Final = c_make_encoder(None, None, encode_basestring, None, ":", ",", *[False] * 3)
_encode_sorted: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def _document(raw: bytes) -> dict[str, Any]:
    """The object in these bytes of JSON: whole numbers, sound text, no deep nesting. Raises: NotAsWrittenError."""
    try:
        document: dict[str, Any] = _decode(raw.decode())
    except NotAsWrittenError:
        raise
    except UnicodeDecodeError:
        raise NotAsWrittenError("is not UTF-8") from None
    except RecursionError:
        raise NotAsWrittenError("is nested too deep") from None
    except ValueError:
        raise NotAsWrittenError("is not JSON") from None
    if type(document) is not dict:
        raise NotAsWrittenError("is no object")
    return document


def written(document: dict[str, Any]) -> bytes:
    """The document as the one line that an export has for it. Raises: UnicodeEncodeError."""
    return f"{''.join(_encode_parts(document, 0))}\n".encode()


def _sealed_document(raw: bytes, tenant: str) -> dict[str, Any]:
    """What the record in these bytes says, which must be their canonical form. Raises: NotAsWrittenError."""
    frame = document = _document(raw)
    # Nearly all records are like this one, and its grammar is checked faster than it is written again.
    if _POSTED.fullmatch(raw) is None:
        # Names sort by UTF-16 code units (RFC 8785); only those beyond the first 65,536 characters tell the two apart.
        encode = _encode_sorted if raw.isascii() or document.get("v") == 1 else _encode_in_order
        try:
            is_canonical = encode(document).encode() == raw
        except UnicodeEncodeError:
            is_canonical = False
        if not is_canonical:
            raise NotAsWrittenError("is not in its canonical form")
        frame = frame_of(document)
    if frame["tenant"] != tenant:
        raise NotAsWrittenError("is a record of another tenant")
    return frame


def _encode_in_order(value: Any) -> str:
    return _encode(_in_order(value))


def _in_order(value: Any) -> Any:
    if type(value) is dict:
        return {name: _in_order(value[name]) for name in sorted(value, key=lambda name: name.encode("utf-16-be"))}
    return list(map(_in_order, value)) if type(value) is list else value


Check = Callable[[Any], bool]


def _like(pattern: re.Pattern[str]) -> Check:
    return lambda value: type(value) is str and pattern.fullmatch(value) is not None


def _is_instant(value: object) -> bool:
    try:
        return type(value) is str and isinstance(_microseconds(value), int)
    except ValueError:
        return False


_is_id: Final = _like(_ID)
_is_hash: Final = _like(_HASH)
_is_digest: Final = _like(_HEX)
_is_amount: Final = _like(_AMOUNT)
_CHECKS: Final[dict[str, Check]] = {
    "text": lambda value: type(value) is str,
    "texts": lambda value: type(value) is dict and all(type(text) is str for text in value.values()),
    "pair": lambda value: type(value) is list and [type(text) for text in value] == [str, str],
    "flag": lambda value: type(value) is bool,
    "list": lambda value: type(value) is list,
    "object": lambda value: type(value) is dict,
    "count": lambda value: type(value) is int and 0 <= value <= _NUMBER_MAX,
    "id": _is_id,
    "ids": lambda value: type(value) is list and value == sorted({each for each in value if _is_id(each)}) != [],
    "hash": _is_hash,
    "hashes": lambda value: type(value) is list and all(map(_is_hash, value)),
    "digest": _is_digest,
    "amount": _is_amount,
    "some": lambda value: _is_amount(value) and value.strip("-0.") != "",
    "instant": _is_instant,
    "status": _STATUSES.__contains__,
    "null": lambda value: value is None,
}


def _either(first: Check, *others: Check) -> Check:
    return (lambda value: first(value) or any(check(value) for check in others)) if others else first


class Shape:
    """The members of an object in their order, such as `id:id note:text|null row:list?`: the last need not be there."""

    def __init__(self, members: str) -> None:
        """With these members."""
        pairs = [member.removesuffix("?").split(":") for member in members.split()]
        self._kinds = {name: _either(*[_CHECKS[kind] for kind in kinds.split("|")]) for name, kinds in pairs}
        self._required = {member.split(":")[0] for member in members.split() if not member.endswith("?")}
        self._seen: set[tuple[str, ...]] = set()

    def require(self, document: dict[str, Any]) -> bool:
        """True, as the document has this shape. Raises: NotAsWrittenError."""
        if type(document) is not dict:
            raise NotAsWrittenError("is no object")
        names = tuple(document)
        if names not in self._seen:
            if self._required - document.keys() or names != tuple(name for name in self._kinds if name in document):
                raise NotAsWrittenError(f"has the members {', '.join(names)[:100]}")
            self._seen.add(names)
        for name, value in document.items():
            if not self._kinds[name](value):
                raise NotAsWrittenError(f"has a {name} that is none")
        return True


_ROWS: Final = ("row", "transaction", "entries", "account")
_RECORD: Final = "body:text? body64:text? row:list? transaction:list|null? entries:list? account:list|null?"
_LINES: Final = {
    kind: Shape(f"type:text {members}")
    for kind, members in {
        "record": f"i:count id:id xid:count leaf:hash nodes:hashes {_RECORD} proof:hashes?",
        "checkpoint": "note:text frontier:hashes row:list?",
        "later": "note:text proof:hashes",
        "earlier": "size:count proof:hashes",
        "unsealed": "id:id xid:count upto:count",
        "pending": f"id:id xid:count {_RECORD}",
        "account": "row:list",
        "user": "row:list",
        "session": "row:list",
        "fraud_case": "row:list",
        "fraud_policy": "row:list",
        "unknown": "table:text place:text",
        "tables": "transactions:count entries:count accounts:count",
        "end": "records:count pending:count sha256:digest",
    }.items()
}
# Lines come in this order; those of one turn are mixed, and of the last two there is one each.
_ORDER: Final = (
    "record/checkpoint later/earlier unsealed/pending account user session fraud_case fraud_policy unknown tables end"
)
_TURNS: Final = {kind: turn for turn, kinds in enumerate(_ORDER.split()) for kind in kinds.split("/")}
_HEADER: Final = Shape(
    "type:text format:text origin:text tenant:id start:count startedAt:instant|null exportedAt:instant end:count"
    " rows:flag frontier:hashes"
)
_ACTOR: Final = Shape("id:text type:text")
_SUBJECT: Final = Shape("id:id? kind:text")
_EFFECT: Final = Shape(
    "account:id amount:some? balance:amount currency:text head:digest held:some? sequence:count setAside:some?"
    " status:status? was:status?"
)
_TRANSACTION: Final = Shape("effectiveAt:instant? kind:text metadata:texts? reference:text? reverses:id? source:pair?")
_OPENED: Final = Shape("currency:text floor:amount|null id:id kind:text number:text owner:text")
# The facts of a record beside its frame; of a kind that is not here they may be anything.
_FACTS: Final[dict[str, dict[str, Check]]] = {
    "transaction.posted": {"transaction": _CHECKS["object"]},
    "account.opened": {"account": _OPENED.require},
    "heads.sealed": {"heads": Shape("accounts:list root:digest").require},
    "log.era_begun": {"era": Shape("found:text|null lastSigned:text|null reason:text").require},
    "user.registered": {"emailHash": _is_digest, "roles": _CHECKS["list"]},
    "user.logged_in": {"session": _is_id},
    "user.logged_out": {"session": _is_id},
    "session.refresh_reused": {"generation": _CHECKS["count"], "session": _is_id},
    "audit.context_erased": {"contexts": _CHECKS["count"], "erasedActor": _CHECKS["text"]},
}
_FRAME: Final[dict[str, Check]] = {
    "action": _CHECKS["text"],
    "actor": _ACTOR.require,
    "at": _is_instant,
    "id": _is_id,
    "tenant": _is_id,
    "v": lambda value: type(value) is int,
}
# What there is none of is left out.
_FRAME_OPTIONAL: Final[dict[str, Check]] = {
    "accounts": _CHECKS["ids"],
    "audience": ("owner", "operator").__contains__,
    "context": _is_digest,
    "effects": lambda value: type(value) is list and value != [],
    "outcome": ("rejected", "denied", "failed").__contains__,
    "request": _CHECKS["text"],
    "subject": _SUBJECT.require,
}


def frame_of(document: dict[str, Any]) -> dict[str, Any]:
    """What a record says, in the present frame: its members, and the facts of its action. Raises: NotAsWrittenError."""
    frame = _of_before(document) if document.get("v") == 1 else document
    required = _FACTS.get(frame["action"], {})
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
    """Nothing, if the frame is one that is written today, and says nothing twice. Raises: NotAsWrittenError."""
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
    """Whether what the record tells of made entries; they are those of the transaction that is its subject."""
    return any("amount" in effect for effect in frame.get("effects", ()))


def subject_of(frame: dict[str, Any]) -> str | None:
    """The id of what the record is about; its own, if it is not said."""
    return frame["subject"].get("id", frame["id"]) if "subject" in frame else None


def accounts_of(frame: dict[str, Any]) -> list[str]:
    """The accounts that the record changed or names, each once."""
    return sorted({effect["account"] for effect in frame.get("effects", ())} | set(frame.get("accounts", ())))


# The frame of before: a member of its own for each kind of subject, and nothing of accounts but their entries.
_OLD_ENTRY: Final = Shape(
    "account:id after:amount amount:amount before:amount currency:text hash:digest sequence:count"
)
_OLD_TRANSACTION: Final = Shape(
    "effectiveAt:instant entries:list id:id kind:text metadata:texts postedAt:instant reference:text|null"
    " reverses:id|null source:pair|null"
)
_OLD_STATUS: Final = Shape("account:id after:status before:status reason:text|null version:count?")


def _of_before(body: dict[str, Any]) -> dict[str, Any]:
    """A record of the first frame in the present one. Raises: NotAsWrittenError."""
    action, nothing = body["action"], {"context": None, "request": None, "outcome": "success"}
    frame = {name: value for name, value in body.items() if value != nothing.get(name, frame_of)}
    subject, kind = frame.pop("subject", None), body.get("resource") or action.partition(".")[0]
    accounts, effects = _old_accounts(body), list[dict[str, Any]]()
    if action == "transaction.posted":
        _OLD_TRANSACTION.require(body["transaction"])
        subject, effects = body["transaction"]["id"], list(map(_old_entry, body["transaction"]["entries"]))
        facts = {name: value for name, value in body["transaction"].items() if value and name not in {"id", "entries"}}
        frame["transaction"] = facts
    elif action == "account.opened":
        _OPENED.require(body["account"])
        subject, currency = body["account"]["id"], body["account"]["currency"]
        balance = "0." + "0" * digits if (digits := EXPONENTS.get(currency, 2)) else "0"
        effects = [{"account": subject, "balance": balance, "currency": currency, "head": "00" * 32, "sequence": 0}]
    elif action == "account.status_changed":
        status = frame.pop("status")
        _OLD_STATUS.require(status)
        subject, after = status["account"], status["after"]
        effects = [{"account": subject, "was": status["before"]} | ({"status": after} if after != "active" else {})]
        effects[0] |= {"sequence": status["version"]} if "version" in status else {}
        frame |= {"reason": status["reason"]} if status["reason"] is not None else {}
    elif "delivery" in body:
        subject = body["delivery"]["id"]
    others = accounts - {effect["account"] for effect in effects}
    found = {"subject": subject and {"id": subject, "kind": kind}, "effects": effects, "accounts": sorted(others)}
    return frame | {name: value for name, value in found.items() if value}


def _old_entry(entry: dict[str, Any]) -> dict[str, Any]:
    """The effect of an entry of before. Raises: NotAsWrittenError."""
    _OLD_ENTRY.require(entry)
    before, amount, after = (_minor(entry[name], entry["currency"]) for name in ("before", "amount", "after"))
    if before + amount != after:
        raise NotAsWrittenError(f"says that {entry['before']} + {entry['amount']} is {entry['after']}")
    told = {name: entry[name] for name in ("account", "amount", "currency", "sequence")}
    return {**told, "balance": entry["after"], "head": entry["hash"]}


def _old_accounts(body: dict[str, Any]) -> set[str]:
    commands = [*body.get("commands", []), *([body["command"]] if "command" in body else [])]
    accounts = {posting["account"] for command in commands for posting in command.get("postings", [])}
    accounts |= {told["account"] for told in (*commands, body.get("fraud", {})) if "account" in told}
    is_of_account = body.get("resource") == "account" and body.get("subject") is not None
    return accounts | ({body["subject"]} if is_of_account else set())


class Note(NamedTuple):
    """A checkpoint as it is published (https://c2sp.org/tlog-checkpoint)."""

    text: str
    origin: str
    size: int
    root: bytes
    era: int
    upto: int
    system: int
    moment: str
    """When it was signed, as its signer says."""
    previous: bytes

    @property
    def signed(self) -> str:
        """What is signed of it."""
        return self.text.partition("\n\n")[0] + "\n"

    @property
    def is_plain(self) -> bool:
        """Whether it ends with its signer's line, as the bank keeps it; a witness may add its own to a copy outside."""
        prefix, signature = f"\N{EM DASH} {self.origin} ", self.text.partition("\n\n")[2]
        encoded = signature.removeprefix(prefix).removesuffix("\n")
        return signature == f"{prefix}{b64encode(_blob(encoded)).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> "Note":
        """The note in that text. Raises: CannotVerifyError."""
        try:
            origin, size, root, *facts = text.partition("\n\n")[0].split("\n")
            names, values = zip(*(line.split(" ", 1) for line in facts), strict=True)
            era, upto, system, moment, previous = values
            if names != _NOTE_FACTS or not all(map(_DIGITS.fullmatch, (size, era, upto, system))):
                raise CannotVerifyError("not a checkpoint note")
            numbers = int(era), int(upto), int(system)
            return cls(text, origin, int(size), _hash(root), *numbers, moment, _hash(previous))
        except ValueError:
            raise CannotVerifyError("not a checkpoint note") from None


class Frontier:
    """The complete subtrees of a growing Merkle log (RFC 6962), the largest first."""

    def __init__(self, size: int, hashes: Iterable[bytes]) -> None:
        """At that size."""
        self.size = size
        self.hashes = list(hashes)
        if len(self.hashes) != size.bit_count():
            raise CannotVerifyError(f"no frontier of a log of {size} records")

    def append(self, leaf: bytes) -> list[bytes]:
        """Add the hash of a leaf; the hashes of the subtrees that it completes."""
        place, completed = self.size, []
        while place & 1:
            leaf = hashlib.sha256(b"\x01" + self.hashes.pop() + leaf).digest()
            completed.append(leaf)
            place >>= 1
        self.hashes.append(leaf)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """The root of the log."""
        if not self.hashes:
            return hashlib.sha256().digest()
        *rest, found = self.hashes
        for left in reversed(rest):
            found = hashlib.sha256(b"\x01" + left + found).digest()
        return found


def consistent(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: list[bytes]) -> bool:
    """Whether the proof shows that the newer log begins with the older one (RFC 9162, 2.1.4.2)."""
    if old_size == new_size:
        return old_root == new_root and not path
    if not 0 < old_size < new_size:
        return old_size == 0 and not path
    steps = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not steps:
        return False
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = hashlib.sha256(b"\x01" + step + old).digest(), hashlib.sha256(b"\x01" + step + new).digest()
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = hashlib.sha256(b"\x01" + new + step).digest()
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def _verifiers(keys: Iterable[bytes], what: str) -> list[Callable[[bytes, bytes], bool]] | None:
    """Of each Ed25519 key what tells whether it made a signature; None without the package that can.

    Raises:
        CannotVerifyError: one is none; the message names it so.
    """
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - all but signatures works without
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ImportError:
        return None

    def has_signed(key: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
        try:
            key.verify(signature, signed)
        except InvalidSignature:
            return False
        return True

    try:
        return [partial(has_signed, Ed25519PublicKey.from_public_bytes(key)) for key in keys]
    except ValueError:
        raise CannotVerifyError(f"not an Ed25519 {what}") from None


class Keys:
    """The public keys that checkpoints are signed with."""

    def __init__(self, pem: bytes | None) -> None:
        """Those of a PEM file; for None, signatures are not checked. Raises: CannotVerifyError."""
        # The structure of a key (RFC 8410) is the same for each of them, and ends with the key.
        raw = [
            _blob(block.decode())[-32:] for block in _PEM.findall(pem or b"") if _blob(block.decode())[:-32] == _SPKI
        ]
        if pem is not None and len(raw) != len(_PEM.findall(pem)):
            raise CannotVerifyError("not an Ed25519 public key in the PEM file")
        if pem is not None and not raw:
            raise CannotVerifyError("no public key in the PEM file")
        found = None if pem is None else _verifiers(raw, "public key in the PEM file")
        self.check = found is not None
        self._keys = list(zip(raw, found or [], strict=False))

    def have_signed(self, note: Note) -> bool:
        """Whether one of them signed the note."""
        signed = note.signed.encode()
        for line in note.text.partition("\n\n")[2].splitlines():
            dash, name, encoded = (*line.split(" "), "", "")[:3]
            blob = _blob(encoded)
            for raw, has_signed in self._keys:
                named = hashlib.sha256(name.encode() + b"\n\x01" + raw).digest()[:4]
                is_named = dash == "\N{EM DASH}" and name == note.origin and blob[:4] == named
                if is_named and has_signed(blob[4:], signed):
                    return True
        return False


class ReceiptKeys:
    """The public keys that audit receipts are signed with: a JWK set (RFC 7517)."""

    def __init__(self, document: bytes) -> None:
        """Those of that file; `data` of the bank's own answer over HTTP is one too. Raises: CannotVerifyError."""
        try:
            found = json.loads(document)
            raw = {key["kid"]: _unpadded(key["x"]) for key in found.get("data", found)["keys"]}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CannotVerifyError("no JWK set of receipt keys") from None
        verifiers = _verifiers(raw.values(), "key among the receipt keys")
        self.check = verifiers is not None
        self._keys = dict(zip(raw, verifiers or [], strict=False))

    def have_signed(self, header: str, payload: str, signature: str) -> bool:
        """Whether the key that the header names signed both, as a receipt and as nothing else."""
        try:
            facts = json.loads(_unpadded(header))
            if facts["alg"] != "EdDSA" or facts["typ"] != _RECEIPT_TYPE:
                return False
            has_signed = self._keys[facts["kid"]]
            return bool(has_signed(_unpadded(signature), f"{header}.{payload}".encode()))
        except (ValueError, KeyError, TypeError):
            return False


class Receipt(NamedTuple):
    """What the bank promised when money had moved: the log of that tenant holds that record, with that leaf."""

    place: str
    log: str
    transaction: str
    record: str
    leaf: bytes
    posted_at: str
    issued: datetime

    @classmethod
    def parse(cls, place: str, payload: str) -> "Receipt":
        """The promise in the payload. Raises: CannotVerifyError."""
        try:
            facts = json.loads(_unpadded(payload))
            log = f"bankcore/{facts['tenant']}/{facts['tenantId']}"
            posted_at: str = facts["postedAt"]
            issued = max(_EPOCH + timedelta(seconds=facts["iat"]), _instant(posted_at))
            leaf = bytes.fromhex(facts["leafHash"])
            transaction, record = str(UUID(facts["transactionId"])), str(UUID(facts["auditId"]))
            return cls(place, log, transaction, record, leaf, posted_at, issued)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            raise CannotVerifyError(f"{place} says nothing that a receipt says") from None

    @property
    def promise(self) -> str:
        """What it says, in words."""
        record = f"record {self.record} with leaf {self.leaf.hex()}"
        return f"promises {record} for transaction {self.transaction} posted at {self.posted_at}"


class Promises:
    """What receipts promise of the log, until the export is found to hold it."""

    def __init__(
        self, texts: list[tuple[str, str]], keys: ReceiptKeys | None, report: Callable[[Finding], None]
    ) -> None:
        """Of these receipts, each with its name; those that the bank did not sign are reported and promise nothing.

        Raises:
            CannotVerifyError: one is none, or there are no keys to tell.
        """
        self._report = report
        self._open: dict[str, list[Receipt]] = {}
        self.kept = 0
        for name, text in texts:
            place, found = f"receipt {name}", _JWS.fullmatch(text.strip())
            if found is None:
                raise CannotVerifyError(f"{place} is not a compact JWS")
            if keys is None:
                raise CannotVerifyError(f"{place}: there are no keys to verify it with")
            if keys.check and not keys.have_signed(*found.groups()):
                report(Finding("forged", place, "is not signed as a receipt with a key of the bank"))
                continue
            receipt = Receipt.parse(place, found[2])
            self._open.setdefault(receipt.record, []).append(receipt)

    def require_log(self, origin: str) -> None:
        """Report and forget the receipts of another log."""
        for receipts in list(self._open.values()):
            for receipt in [receipt for receipt in receipts if receipt.log != origin]:
                problem = f"{receipt.promise} of {receipt.log}, the export is of {origin}"
                self._report(Finding("forged", receipt.place, problem))
                receipts.remove(receipt)

    def meet(self, place: str, line: dict[str, Any], leaf: bytes, raw: bytes | None) -> None:
        """Compare a record of the export with what was promised of it."""
        if not self._open:
            return
        for receipt in self._open.pop(line["id"], ()):
            since = f"since {receipt.posted_at}"
            if leaf != receipt.leaf:
                problem = f"{receipt.promise}; the log does not hold it, its {place} has leaf {leaf.hex()}"
                self._report(Finding("edited", receipt.place, problem, since))
            elif raw is not None and not _tells_of(raw, receipt):
                problem = f"{receipt.promise}; {place} is that record, and tells of something else"
                self._report(Finding("contradiction", receipt.place, problem, since))
            else:
                self.kept += 1

    def finish(self, can_hold: Callable[[Receipt], bool]) -> str | None:
        """Report what the log ought to hold and does not; what could not be told of a promise, if anything."""
        untold = None
        for receipts in self._open.values():
            for receipt in receipts:
                if can_hold(receipt):
                    problem = f"{receipt.promise}; the log does not hold it"
                    self._report(Finding("deleted", receipt.place, problem, f"since {receipt.posted_at}"))
                else:
                    untold = f"{receipt.place} {receipt.promise}, which is not of the time of this export"
        return untold


class Store:
    """Remembers bytes by a key; what is too much for the memory, in a temporary file."""

    def __init__(self) -> None:
        """Empty."""
        self._at_hand: dict[bytes, bytes] = {}
        self._file: sqlite3.Connection | None = None

    def get(self, key: bytes) -> bytes | None:
        """What was put there last."""
        found = self._at_hand.get(key)
        if found is None and self._file is not None:
            row = self._file.execute("SELECT value FROM kept WHERE key = ?", (key,)).fetchone()
            found = None if row is None else row[0]
        return found

    def put(self, key: bytes, value: bytes) -> None:
        """Remember it."""
        self._at_hand[key] = value
        if len(self._at_hand) > _AT_HAND_MAX:
            self._move_to_file()

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All of it, in the order of the keys."""
        if self._file is None:
            yield from sorted(self._at_hand.items())
        else:
            self._move_to_file()
            yield from self._file.execute("SELECT key, value FROM kept ORDER BY key")

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()

    def _move_to_file(self) -> None:
        if self._file is None:
            self._file = sqlite3.connect("")
            self._file.execute("CREATE TABLE kept (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID")
        self._file.executemany("INSERT OR REPLACE INTO kept VALUES (?, ?)", sorted(self._at_hand.items()))
        self._file.commit()
        self._at_hand.clear()


class Standing(NamedTuple):
    """How an account stands: entries so far, balance, hash of the last one, when that was posted; status, what is held.

    A status is `vague` if no record tells after which entry it began; `opened` are the columns the account was opened
    with, as JSON.
    """

    version: int = 0
    balance: int = 0
    head: bytes = bytes(32)
    posted_us: int = 0
    status: int = _ACTIVE
    vague: int = 0
    currency: bytes = bytes(3)
    held: int = 0
    opened: bytes = b""

    def packed(self) -> bytes:
        """These facts in few bytes."""
        return _STANDING.pack(*self[:-1]) + self.opened

    @classmethod
    def unpacked(cls, packed: bytes) -> "Standing":
        """The standing in these bytes."""
        return cls._make((*_STANDING.unpack_from(packed), packed[_STANDING.size :]))


_NEW: Final = Standing()


class Standings:
    """How each account stands, by the bytes of its id."""

    def __init__(self) -> None:
        """Without accounts."""
        self._store = Store()

    def get(self, account: bytes) -> Standing | None:
        """The account's standing, if it was met before."""
        packed = self._store.get(account)
        return None if packed is None else Standing.unpacked(packed)

    def put(self, account: bytes, standing: Standing) -> None:
        """Remember it."""
        self._store.put(account, standing.packed())

    def close(self) -> None:
        """Remove what was written."""
        self._store.close()


class Effect(NamedTuple):
    """What a record says of an account: how it stands after the record, and what the record did to it.

    An entry has an `amount`. A change of status that was recorded before tells no currency, balance and head.
    `place` and `since` are for a finding.
    """

    place: str
    since: str
    account: bytes
    sequence: int
    """0 on a change of status that does not tell."""
    currency: str | None
    amount: int | None
    balance: int | None
    head: bytes | None
    held: int
    set_aside: int
    status: int
    was: int | None
    transaction: bytes = b""
    posted_us: int = 0

    @classmethod
    def read(cls, place: str, said: dict[str, Any], since: str, transaction: bytes, posted_us: int) -> "Effect":
        """The effect that a record tells so. Raises: NotAsWrittenError."""
        status, was = said.get("status", "active"), said.get("was")
        if was == status or (was is not None and "amount" in said):
            raise NotAsWrittenError("has a change of status that is none")
        return cls(
            place,
            since,
            _id(said["account"]),
            said.get("sequence", 0),
            said.get("currency"),
            _minor(said["amount"], said["currency"]) if "amount" in said else None,
            _minor(said["balance"], said["currency"]) if "balance" in said else None,
            bytes.fromhex(said["head"]) if "head" in said else None,
            _minor(said["held"], said["currency"]) if "held" in said else 0,
            _minor(said["setAside"], said["currency"]) if "setAside" in said else 0,
            _STATUSES.index(status),
            None if was is None else _STATUSES.index(was),
            transaction,
            posted_us,
        )

    @property
    def status_before(self) -> int:
        """Entries are made on active accounts only."""
        return self.was if self.was is not None else self.status if self.amount is None else _ACTIVE


class Head(NamedTuple):
    """What a record of heads says of an account whose entries were not all met yet."""

    version: int
    hash: bytes
    record: int
    at: str


class Chains:
    """Each account, effect by effect: sequence and hash chain, balance, status, what is held.

    The log's order is nearly that of an account, and not quite: a transaction that waited for its second account may
    stand before the one it waited for. What comes before its turn, or does not fit, waits until something explains it.
    """

    def __init__(self, tenant: UUID, report: Callable[[Finding], None], *, starts_at_zero: bool) -> None:
        """Of that tenant."""
        self.standings = Standings()
        self.heads: dict[bytes, Head] = {}
        self.waiting: dict[bytes, list[Effect]] = {}
        self._tenant = tenant.bytes
        self._report = report
        self._starts_at_zero = starts_at_zero
        self._late: dict[bytes, Effect] = {}
        self._count = 0

    def take(self, effect: Effect) -> None:
        """Follow an effect, and what waited for it; or let it wait."""
        standing, is_entry = self.standings.get(effect.account) or _NEW, effect.amount is not None
        if not (standing.version or standing.opened or self._starts_at_zero) and effect.sequence != is_entry:
            # The export does not have its beginning: what can be followed begins here, if it tells enough.
            if effect.head is not None:
                self._stand(effect, standing)
        elif self._problem(effect, standing) is None:
            self._follow(effect, standing)
            self._go_on(effect.account)
        elif self._starts_at_zero or not is_entry or effect.sequence > standing.version:
            insort(self.waiting.setdefault(effect.account, []), effect, key=_turn)
            self._count += 1
            if self._count > _EARLY_MAX:
                self._settle(effect.account)

    def finish(self, *, is_whole: bool) -> None:
        """Report what does not fit, and nothing explained; of a part of the log, only what is not there."""
        for account in list(self.waiting):
            self._settle(account, is_whole=is_whole)
        for effect in self._late.values() if is_whole else ():
            self._contradiction(effect, _not_active(effect.sequence + 1))
        self._late.clear()

    def compare_head(self, key: bytes, head: Head, since: str) -> None:
        """Compare what a record of heads says, now or when the log has come so far."""
        standing = self.standings.get(key) or _NEW
        if standing.version == head.version and standing.head != head.hash:
            problem = f"the head after {head.version} entries is not the hash of the last one"
            self._report(Finding("contradiction", f"record {head.record}, account {UUID(bytes=key)}", problem, since))
        elif standing.version < head.version and self._starts_at_zero:
            self.heads[key] = head

    def _problem(self, effect: Effect, standing: Standing) -> tuple[str, str] | None:
        """Why the effect does not come next, and the kind of finding that this is."""
        sequence, version, is_entry = effect.sequence, standing.version, effect.amount is not None
        if is_entry and sequence <= version:
            return "contradiction", f"entry {sequence} comes again after entry {version}"
        if sequence > version + is_entry:
            told = f"entry {sequence} follows entry {version}; those between are missing"
            return "deleted", told if is_entry else f"it counts {sequence} entries, the log only has {version}"
        if standing.status != effect.status_before and not (standing.vague and is_entry):
            became = f"became {_STATUSES[effect.status]} from {_STATUSES[effect.status_before]}, which it was not"
            told = f"account {UUID(bytes=effect.account)} {became}"
            return "contradiction", _not_active(sequence) if is_entry else told
        if (before := effect.held - effect.set_aside) != standing.held:
            return "contradiction", f"{before} was held before it, and {standing.held} before that"
        return None

    def _go_on(self, account: bytes) -> None:
        """Follow what waited and fits now."""
        while (lane := self.waiting.get(account)) is not None:
            standing = self.standings.get(account) or _NEW
            due = takewhile(lambda each, last=standing.version + 1: each.sequence <= last, lane)  # type: ignore[misc] # bound now
            following = next((each for each in due if self._problem(each, standing) is None), None)
            if following is None:
                return
            self._leave(lane, following)
            self._follow(following, standing)

    def _settle(self, account: bytes, *, is_whole: bool = True) -> None:
        """Report what waits on the account, and go on from it as if it fitted."""
        while (lane := self.waiting.get(account)) is not None:
            effect, standing = lane[0], self.standings.get(account) or _NEW
            kind, problem = self._problem(effect, standing) or ("", "")
            if kind == "deleted" or (kind and is_whole):
                self._report(Finding(kind, effect.place, problem, effect.since))
            self._leave(lane, effect)
            if effect.amount is None or effect.sequence > standing.version:
                self._follow(effect, standing)
                self._go_on(account)

    def _leave(self, lane: list[Effect], effect: Effect) -> None:
        lane.remove(effect)
        self._count -= 1
        if not lane:
            del self.waiting[effect.account]

    def _follow(self, effect: Effect, standing: Standing) -> None:
        sequence, is_there = effect.sequence, effect.sequence == standing.version
        if effect.amount is not None:
            self._compare_entry(effect, standing)
        elif (
            effect.head is not None and is_there and (effect.balance, effect.head) != (standing.balance, standing.head)
        ):
            self._contradiction(effect, f"is not how the account stood after entry {sequence}")
        elif effect.was is not None and sequence < standing.version and not standing.vague and effect.currency:
            self._follow_late(effect)
        self._stand(effect, standing)

    def _follow_late(self, effect: Effect) -> None:
        """A change of status before entries that were met already: it must end before the next one of them."""
        if effect.status != _ACTIVE:
            self._late[effect.account] = effect
        elif effect.account in self._late and effect.sequence <= self._late[effect.account].sequence:
            del self._late[effect.account]

    def _compare_entry(self, entry: Effect, standing: Standing) -> None:
        sequence, amount, after = entry.sequence, entry.amount or 0, entry.balance or 0
        before, currency = after - amount, (entry.currency or "").encode()
        if before != standing.balance:
            self._contradiction(entry, f"entry {sequence} does not start from the balance before it")
        if standing.opened and currency != standing.currency:
            self._contradiction(entry, f"entry {sequence} is not in the currency of the account")
        facts = (sequence, entry.transaction, currency, amount, before, after)
        packed = _ENTRY.pack(b"bankcore.entry.1", standing.head, self._tenant, entry.account, *facts, entry.posted_us)
        if hashlib.sha256(packed).digest() != entry.head:
            self._contradiction(entry, f"entry {sequence} is not what its hash was made of")

    def _stand(self, effect: Effect, before: Standing) -> None:
        """Remember how the account stands after the effect, and compare the head that waited for it."""
        standing = before._replace(held=effect.held)
        if effect.amount is not None or not (before.version or self._starts_at_zero):
            standing = standing._replace(
                version=effect.sequence,
                balance=effect.balance or 0,
                head=effect.head or bytes(32),
                posted_us=effect.posted_us,
            )
        if effect.was is not None:
            standing = standing._replace(status=effect.status, vague=effect.currency is None and not effect.sequence)
        self.standings.put(effect.account, standing)
        head = self.heads.get(effect.account) if self.heads else None
        if head is not None and head.version <= effect.sequence:
            del self.heads[effect.account]
            self.compare_head(effect.account, head, effect.since)

    def _contradiction(self, effect: Effect, problem: str) -> None:
        self._report(Finding("contradiction", effect.place, problem, effect.since))


def _turn(effect: Effect) -> tuple[int, bool]:
    """Entries before the changes that count them."""
    return effect.sequence, effect.amount is None


def _not_active(sequence: int) -> str:
    return f"entry {sequence} was posted while the account was not active"


@dataclass(slots=True)
class Books:
    """The accounts and transactions as the log tells them."""

    tenant: UUID
    starts_at_zero: bool
    report: Callable[[Finding], None]
    chains: Chains = field(init=False)
    since: str = ""
    openings: dict[str, set[str]] = field(default_factory=dict)
    transactions: int = 0
    entries: int = 0
    accounts: int = 0
    rows: list[list[Any]] = field(default_factory=list)
    moved: dict[str, int] = field(default_factory=dict)
    """What the entries' rows must say of the transaction that was read last, and how much moved in it."""

    def __post_init__(self) -> None:
        """With no account met."""
        self.chains = Chains(self.tenant, self.report, starts_at_zero=self.starts_at_zero)

    def read(self, index: int, record: dict[str, Any]) -> None:
        """Follow what the record says of accounts. Raises: ValueError, struct.error."""
        if record["action"] == "heads.sealed":
            self._read_heads(index, record)
        elif record["action"] == "account.opened":
            self._open(index, record)
        if "effects" in record:
            self._read_effects(index, record)

    def finish(self, last_at: str, *, is_whole: bool) -> None:
        """Report what effects and heads say of entries that the log does not have."""
        chains = self.chains
        for key, head in chains.heads.items():
            known = chains.standings.get(key) or _NEW
            is_due = is_whole or _instant(last_at) - _instant(head.at) > _HEAD_PATIENCE
            if known.version < head.version and is_due and key not in chains.waiting:
                problem = f"its head counts {head.version} entries, the log only has {known.version}"
                since = f"sealed in record {head.record} at {head.at}"
                self.report(Finding("deleted", f"account {UUID(bytes=key)}", problem, since))
        chains.finish(is_whole=is_whole)

    def _open(self, index: int, record: dict[str, Any]) -> None:
        self.accounts += 1
        account, standings = record["account"], self.chains.standings
        key, currency = _id(account["id"]), account["currency"]
        standing = standings.get(key) or _NEW
        if standing.opened:
            problem = "is opened again"
            self.report(Finding("contradiction", f"record {index}, account {account['id']}", problem, self.since))
        columns = _encode(opened_columns(record)).encode()
        standings.put(key, standing._replace(currency=currency.encode(), opened=columns))
        opened = self.openings.setdefault(currency, set())
        if len(opened) < _OPENINGS_MAX:
            opened.add(record["at"])

    def _read_heads(self, index: int, record: dict[str, Any]) -> None:
        frontier = Frontier(0, ())
        for account, version, head in record["heads"]["accounts"]:
            if not (_is_id(account) and _CHECKS["count"](version) and _is_digest(head)):
                raise NotAsWrittenError("has a head that is none")
            key, digest = _id(account), bytes.fromhex(head)
            frontier.append(hashlib.sha256(b"\x00" + key + version.to_bytes(8, "big") + digest).digest())
            self.chains.compare_head(key, Head(version, digest, index, record["at"]), self.since)
        if frontier.root().hex() != record["heads"]["root"]:
            problem = "its heads do not have the root beside them"
            self.report(Finding("contradiction", f"record {index}", problem, self.since))

    def _read_effects(self, index: int, record: dict[str, Any]) -> None:
        self.rows, self.moved, sums = [], {}, dict[str, int]()
        posted_at = record["at"]
        if moves_money(record):
            self.transactions += 1
            posted_at = record["transaction"].get("postedAt", posted_at)
        transaction, posted_us = _id(subject_of(record) or ""), _microseconds(posted_at)
        for said in record["effects"]:
            place = f"record {index}, account {said['account']}"
            effect = Effect.read(place, said, self.since, transaction, posted_us)
            if effect.amount is not None and effect.balance is not None:
                self.entries += 1
                currency, amount, after = said["currency"], effect.amount, effect.balance
                sums[currency] = sums.get(currency, 0) + amount
                self.moved[currency] = self.moved.get(currency, 0) + max(amount, 0)
                facts = [said["account"], said["sequence"], currency, amount, after - amount, after]
                self.rows.append([*facts, posted_at, said["head"]])
            self.chains.take(effect)
        if any(sums.values()):
            place, problem = f"record {index}, its transaction", "its entries do not sum to zero"
            self.report(Finding("contradiction", place, problem, self.since))


class Tables:
    """What the rows of the database must be, as the log determines them; the bank's own verification has no other."""

    def __init__(self, books: Books, report: Callable[[Finding], None]) -> None:
        """For the tenant's books, as the log tells them."""
        self._books = books
        self._report = report
        self._units: dict[int, set[str]] = {}
        self._accounts = 0
        self._last_account = ""
        self._settlements: set[str] = set()
        self._rows = Store()
        self._erased = Store()

    def record_members(self, line: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        """Follow a sound body; the members with rows that the line of its record has."""
        self._read(body)
        self._units.setdefault(line["xid"], set()).add(line["id"])
        if len(self._units) > _UNITS_MAX:
            # Records of one transaction stand near each other.
            del self._units[next(iter(self._units))]
        actor = body["actor"]
        columns = [body["at"], body["action"], body.get("outcome", "success"), actor["type"], actor["id"]]
        columns += [subject_of(body), accounts_of(body), body.get("request"), *self._context(line, body)]
        if moves_money(body):
            return {"row": columns, "transaction": self._transaction(body), "entries": sorted(self._books.rows)}
        if body["action"] == "account.opened":
            return {"row": columns, "account": opened_columns(body)}
        return {"row": columns}

    def _read(self, body: dict[str, Any]) -> None:
        """Follow what a body says of users, sessions, fraud cases, the fraud policy and what was erased."""
        action, at = body["action"], body["at"]
        if action == "user.registered":
            self._expect("user", [subject_of(body), at, body["roles"], "active"])
        elif action == "user.logged_in":
            self._expect("session", [body["session"], subject_of(body), at, None, None])
        elif action in _REVOKING:
            self._change("session", body["session"], {3: at, 4: _REVOKING[action]})
        elif action == "fraud_case.opened":
            case = body["fraud"]
            signals = [[signal["rule"], signal["points"]] for signal in case["signals"]]
            facts = [case["case"], case["account"], case["transaction"], at, case["score"], case["frozen"], signals]
            self._expect("fraud_case", [*facts, "open", None, None])
        elif action in _DECIDING and "outcome" not in body:
            self._change("fraud_case", body["fraud"]["case"], {7: _DECIDING[action], 8: at, 9: body["actor"]["id"]})
        elif action == "fraud_policy.changed":
            self._put("fraud_policy", [subject_of(body), at, body["fraud"]])
        elif action == "audit.context_erased":
            self._erased.put(_key("actor", body["erasedActor"]), b"")

    def row(self, kind: str, found: list[Any], *, starts_at_zero: bool) -> list[Any]:
        """The row of a user, a session, a fraud case or a policy that must be there for the one that was found."""
        key = _key(kind, found[0])
        said = self._rows.get(key)
        if said is None and not starts_at_zero:
            return found
        if not said:
            problem = "the log has no record of it" if said is None else "comes twice"
            self._report(Finding("inserted", f"{_words(kind)} {found[0]}", problem))
            return found
        self._rows.put(key, b"")
        row: list[Any] = _decode(said.decode())[1]
        return row

    def standing(self, row: list[Any], *, starts_at_zero: bool) -> list[Any]:
        """The row of an account that must be there for the one that was found."""
        key = row[0]
        self._books.chains.finish(is_whole=True)
        if not _is_id(key) or key <= self._last_account:
            self._report(Finding("inserted", f"account {key}", "comes twice, or out of its order"))
            return row
        self._accounts += 1
        self._last_account = key
        known, standing = self._books.chains.standings.get(_id(key)), _NEW
        if known is not None and known.opened:
            opened, standing = _decode(known.opened.decode()), known
        elif row[4] == "settlement":
            opened = self._settlement(row[:7], starts_at_zero=starts_at_zero)
            standing = known or standing
        elif starts_at_zero:
            self._report(Finding("inserted", f"account {key}", "the log has no record of it"))
            return row
        else:
            opened, standing = row[:7], known or standing
        posted_at = _instant_text(standing.posted_us) if standing.version else None
        said = [
            standing.balance,
            standing.held,
            standing.version,
            standing.head.hex(),
            posted_at,
            _STATUSES[standing.status],
        ]
        if not starts_at_zero:
            said = [*said[:5], row[12]] if standing.version else row[7:]
        return [*opened, *said]

    def require_counts(self, line: dict[str, Any]) -> None:
        """Compare how many rows there are with how many the log tells of."""
        books = self._books
        for currency in sorted(books.openings.keys() - self._settlements):
            self._report(Finding("deleted", f"settlement account of {currency}", "is gone"))
        said = {
            "transactions": books.transactions,
            "entries": books.entries,
            "accounts": books.accounts + len(self._settlements),
        }
        for table, count in said.items():
            if line[table] != count:
                kind = "deleted" if line[table] < count else "inserted"
                problem = f"has {line[table]} rows, the log tells of {count}"
                self._report(Finding(kind, f"table {table}", problem))
        if line["accounts"] != self._accounts:
            self._report(Finding("cut off", "accounts", f"{line['accounts']} were counted, {self._accounts} are here"))

    def finish(self, exported_at: datetime) -> None:
        """Report the rows that are gone; of a session that may have ended long ago, that is no finding."""
        for _key, said in self._rows.items():  # noqa: PERF102 - no dictionary
            kind, row = _decode(said.decode()) if said else (None, [])
            if kind is not None and (kind != "session" or _instant(row[2]) > exported_at - _SESSION_KEPT):
                self._report(Finding("deleted", f"{_words(kind)} {row[0]}", "is gone"))
        for _actor, said in self._erased.items():  # noqa: PERF102 - no dictionary
            if said:
                problem = "its address and user agent are gone, and no record says that they were erased"
                self._report(Finding("deleted", said.decode(), problem))

    def close(self) -> None:
        """Remove what was written."""
        for store in (self._rows, self._erased, self._books.chains.standings):
            store.close()

    def explain(self, name: str, said: Any, found: Any, place: str, since: str) -> None:
        """Report how the row of a record, or of what it tells about, is not what it must be."""
        if name == "row":
            for column in _different((*RECORD_COLUMNS, *_CONTEXT_COLUMNS), said, found):
                problem = f"its column {column} is not what its sealed body says"
                self._report(Finding("edited", place, problem, since))
        elif name == "entries":
            self._explain_entries(said, found, place, since)
        elif found is None:
            self._report(Finding("deleted", f"{name} {said[0]}", "is gone", since))
        else:
            columns = TRANSACTION_COLUMNS if name == "transaction" else ACCOUNT_COLUMNS
            for column in _different(columns, said, found):
                problem = f"its {column} is not what was sealed"
                self._report(Finding("edited", f"{name} {said[0]}", problem, since))

    def _explain_entries(self, said: list[list[Any]], found: list[list[Any]], place: str, since: str) -> None:
        sealed, now = ({(entry[0], entry[1]): entry for entry in entries} for entries in (said, found))
        for account, sequence in sorted(sealed.keys() | now.keys()):
            entry = f"{place}, entry {sequence} of account {account}"
            if (account, sequence) not in now:
                self._report(Finding("deleted", entry, "is gone", since))
            elif (account, sequence) not in sealed:
                self._report(Finding("inserted", entry, "was never sealed", since))
            elif _encode(sealed[account, sequence]) != _encode(now[account, sequence]):
                self._report(Finding("edited", entry, "is not what was sealed", since))

    def _context(self, line: dict[str, Any], body: dict[str, Any]) -> list[str | None]:
        """The context that the record names, and its hash; without the hash where it was erased."""
        sealed, row = body.get("context"), line.get("row", [])
        if sealed is None or len(row) != len(RECORD_COLUMNS) + len(_CONTEXT_COLUMNS):
            return [None, None]
        named_context, hashed = row[-2:]
        if named_context not in self._units.get(line["xid"], ()):
            return ["a context of its transaction", hashed]
        if hashed is None:
            actor = body["actor"]["id"]
            self._erased.put(_key("actor", actor), f"record {line['id']} of {actor}".encode())
            return [named_context, None]
        return [named_context, sealed]

    def _transaction(self, body: dict[str, Any]) -> list[Any]:
        said, moved = body["transaction"], self._books.moved
        currency, amount = next(iter(moved.items())) if len(moved) == 1 else (None, None)
        posted_at = said.get("postedAt", body["at"])
        facts = [subject_of(body), posted_at, said.get("effectiveAt", posted_at), amount, currency, said["kind"]]
        texts = [said.get("reverses"), said.get("reference"), *said.get("source", (None, None))]
        return [*facts, *texts, said.get("metadata")]

    def _settlement(self, found: list[Any], *, starts_at_zero: bool) -> list[Any]:
        """Our own side of the books comes with the first account of its currency; all it is follows from that."""
        currency = found[3]
        key = str(uuid5(self._books.tenant, f"settlement/{currency}"))
        openings = self._books.openings.get(currency, set())
        is_in_time = not starts_at_zero or found[6] in openings or len(openings) == _OPENINGS_MAX
        opened_at = found[6] if is_in_time else min(openings, default=None)
        said = [key, f"SETTLEMENT-{currency}", "bank", currency, "settlement", None, opened_at]
        if _encode(said) != _encode(found):
            problem = f"is not as the settlement account of {currency}, {key}, is opened"
            self._report(Finding("edited", f"account {found[0]}", problem))
        self._settlements.add(currency)
        return said

    def _expect(self, kind: str, row: list[Any]) -> None:
        key = _key(kind, row[0])
        if self._rows.get(key) is not None:
            problem = f"{_words(kind)} {row[0]} is made again"
            self._report(Finding("contradiction", "the log", problem, self._books.since))
        self._put(kind, row)

    def _put(self, kind: str, row: list[Any]) -> None:
        self._rows.put(_key(kind, row[0]), _encode([kind, row]).encode())

    def _change(self, kind: str, row_id: str, changes: dict[int, Any]) -> None:
        """Follow a change of a row, which can be changed once."""
        key = _key(kind, row_id)
        said = self._rows.get(key)
        if said:
            row = _decode(said.decode())[1]
            if row[max(changes)] is None:
                for place, value in changes.items():
                    row[place] = value
                self._put(kind, row)


def opened_columns(body: dict[str, Any]) -> list[Any]:
    """The columns of an account that was opened with the record of this body."""
    account = body["account"]
    floor = account["floor"]
    if floor is not None:
        floor = _minor(floor, account["currency"])
    facts = [account["id"], account["number"], account["owner"], account["currency"], account["kind"]]
    return [*facts, floor, body["at"]]


_CONTEXT_COLUMNS: Final = ("context_id", "context_id, or the context that it names")
_STATE_COLUMNS: Final = {
    "checkpoint": CHECKPOINT_COLUMNS,
    "account": ACCOUNT_COLUMNS + STANDING_COLUMNS,
    "user": USER_COLUMNS,
    "session": SESSION_COLUMNS,
    "fraud_case": CASE_COLUMNS,
    "fraud_policy": POLICY_COLUMNS,
}
_REVOKING: Final = {"user.logged_out": "logout", "session.refresh_reused": "reuse"}
_DECIDING: Final = {"fraud_case.cleared": "cleared", "fraud_case.confirmed": "confirmed"}
_SENSELESS: Final = (
    *(CannotVerifyError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError),
    struct.error,
)


class Record(NamedTuple):
    """A line of the export: its transaction number and id, the leaf that was sealed, the hash of what is there now."""

    place: int
    order: tuple[int, str]
    leaf: bytes
    found: bytes | None


class Verification:
    """One run over an export.

    A line must be, to the byte, the one that an export has for what is sealed: the signed log determines it, and the
    few members that it does not determine are checked one by one. So no spelling, order or addition is left to chance.
    """

    def __init__(
        self,
        outside: list[Note],
        keys: Keys,
        receipts: list[tuple[str, str]] | None = None,
        receipt_keys: ReceiptKeys | None = None,
        *,
        origin: str | None = None,
        accepted_eras: frozenset[int] = frozenset(),
    ) -> None:
        """Against these checkpoints from outside, and receipts by name; without any, of the log with that origin.

        The losses of the accepted eras are known to whoever asks. Raises: CannotVerifyError.
        """
        self._keys = keys
        self._outside: dict[int, Note] = {}
        self._origin = outside[0].origin if origin is None else origin
        self._accepted_eras = accepted_eras
        self.findings: list[Finding] = []
        self.remarks: list[str] = []
        """What the caller asked not to be told as a finding."""
        self.left_out: list[str] = []
        """What the bank has and the export has not, as far as it says so."""
        self.records = self.checkpoints = self.pending = 0
        self._met: set[int] = set()
        self._interval: list[Record] = []
        self._sound: tuple[int, str] = (0, "")
        self._last: Note | None = None
        self._last_at = ""
        self._era: tuple[int, dict[str, Any]] | None = None
        self._turn = 0
        self._reaches_end = True
        self._roots = Store()
        self._proofs = 0
        self._proven: set[bytes] = set()
        self._digest = hashlib.sha256()
        self._promises = Promises(receipts or [], receipt_keys, self.report)
        for note in outside:
            self._require_signature(note, "the checkpoint from outside")
            other = self._outside.setdefault(note.size, note)
            if other.signed != note.signed:
                problem = "two of one size were kept outside, and they are not the same"
                self.report(Finding("forged", f"checkpoint {note.size}", problem))

    def report(self, finding: Finding) -> None:
        """Keep a finding, as far as anybody would read on."""
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(finding)

    def _find(self, kind: str, place: str, problem: str) -> None:
        """Report what happened since the log was last known to be sound."""
        self.report(Finding(kind, place, problem, self._books.since))

    def run(self, lines: Iterator[bytes]) -> None:
        """Read the whole export. Raises: CannotVerifyError."""
        self._read_header(next(lines, b""))
        for number, line in enumerate(lines, start=2):
            try:
                self._read_line(line)
            except _SENSELESS as error:
                why = f": it {error}" if isinstance(error, NotAsWrittenError) else ""
                self._find("edited", f"line {number} of the export", f"is none that an export has{why}")
        self._finish()

    def _read_header(self, line: bytes) -> None:
        if not line:
            raise CannotVerifyError("the export is empty")
        try:
            header = _document(line.removesuffix(b"\n"))
            found = header["format"]
        except (NotAsWrittenError, KeyError):
            raise CannotVerifyError("the file does not begin as an export of an audit log does") from None
        if found != FORMAT:
            raise CannotVerifyError(f"the export has the form {str(found)[:50]}, this program reads {FORMAT}")
        try:
            _HEADER.require(header)
            self.frontier = Frontier(header["start"], map(b64decode, header["frontier"]))
            is_written = written(header) == line
        except _SENSELESS:
            raise CannotVerifyError("the file does not begin as an export of an audit log does") from None
        if header["origin"] != self._origin:
            raise CannotVerifyError(f"the export is of {header['origin']}, the checkpoint of {self._origin}")
        self._begin(header)
        self._digest.update(line)
        if not is_written:
            self.report(Finding("edited", "the header", "is not written as an export writes it"))

    def _begin(self, header: dict[str, Any]) -> None:
        self.start: int = header["start"]
        self.expected = self.start
        self._end: int = header["end"]
        self._tenant: str = header["tenant"]
        self._started_at, self._exported_at = _moment(header["startedAt"]), _moment(header["exportedAt"])
        self._books = Books(UUID(self._tenant), self.start == 0, self.report)
        self._tables = Tables(self._books, self.report)
        self._has_rows: bool = header["rows"]
        self._ended = self._is_counted = False
        if not self._has_rows:
            self.left_out.append(_ROWS_LEFT_OUT)
        if self.start:
            self.left_out.append(f"the records before {self.start}")
        is_sound = (self.start == 0) == (header["startedAt"] is None) and self.start <= self._end
        if not is_sound or header["type"] != "header" or not self._origin.endswith(f"/{self._tenant}"):
            self.report(Finding("edited", "the header", "contradicts itself"))
        self._take_up(self.start, header["startedAt"] or "")
        outside = self._outside.get(self.start)
        if outside is not None:
            self._met.add(self.start)
            if outside.root != self.frontier.root():
                self.report(Finding("forged", f"checkpoint {self.start}", "is not the one that was kept outside"))
        self._promises.require_log(self._origin)

    def _read_line(self, raw: bytes) -> None:
        if self._ended:
            raise NotAsWrittenError("stands after the end")
        line = _document(raw.removesuffix(b"\n"))
        kind = str(line.get("type"))
        shape = _LINES.get(kind)
        if kind != "end":
            self._digest.update(raw)
        if shape is None:
            raise NotAsWrittenError("has no type that a line has")
        if kind != "record":
            shape.require(line)
        turn = _TURNS[kind]
        if turn < self._turn or (turn == self._turn == _TURNS["tables"]):
            self._find("reordered", f"a line of type {kind}", "stands out of its place")
        self._turn = turn
        if _TURNS["account"] <= turn <= _TURNS["tables"] and not (self._has_rows and self._reaches_end):
            self.report(Finding("inserted", f"a line of type {kind}", "belongs to no export of this kind"))
        said = getattr(self, f"_read_{kind}", self._read_row)(line)
        if written(said) != raw:
            self._explain_line(line, said)

    def _explain_line(self, line: dict[str, Any], said: dict[str, Any]) -> None:
        """Name the members of a line that are not what they must be, or the line if only its writing is not."""
        _LINES[line["type"]].require(line)
        place, told = _place(line), len(self.findings)
        is_record = line["type"] in {"record", "pending"}
        since = f"recorded at {self._last_at}" if is_record else self._books.since
        for name in {**said, **line}:
            if name not in said or name not in line:
                problem = f"has {'a' if name in line else 'no'} {name}, as none at its place has"
                self.report(Finding("edited", place, problem, since))
            elif _encode(said[name]) == _encode(line[name]):
                continue
            elif is_record and name in _ROWS:
                self._tables.explain(name, said[name], line[name], place, since)
            elif name == "nodes":
                problem = "the tree nodes beside it are not the hashes of what is below them"
                self.report(Finding("edited", place, problem, since))
            elif name == "row":
                for column in _different(_STATE_COLUMNS[line["type"]], said["row"], line["row"]):
                    self._explain_column(line, said["row"], column)
            else:
                self.report(Finding("edited", place, f"its {name} is not what it must be", since))
        if len(self.findings) == told:
            self.report(Finding("edited", place, "is not written as an export writes it", since))

    def _explain_column(self, line: dict[str, Any], said: list[Any], column: str) -> None:
        place_in = _STATE_COLUMNS[line["type"]].index(column)
        found, must = line["row"][place_in], said[place_in]
        if line["type"] == "checkpoint":
            problem, since = f"its column {column} is not what its note says", self._books.since
        else:
            problem, since = f"its {column} is {found}, and {must} after all its records", ""
            if line["type"] == "account" and isinstance(said[-2], str):
                since = f"posted at {said[-2]}"
        self.report(Finding("edited", _place(line), problem, since))

    def _read_record(self, line: dict[str, Any]) -> dict[str, Any]:
        index, sealed, raw, since = line["i"], b64decode(line["leaf"]), _body_in(line), self._books.since
        found = None if raw is None else hashlib.sha256(b"\x00" + raw).digest()
        # A sound record determines its whole line but for these two.
        if found != sealed or not all(map(_CHECKS["count"], (index, line["xid"]))):
            _LINES["record"].require(line)
        if index > self.expected:
            self.report(Finding("deleted", _records(self.expected, index), "not in the export", since))
        elif index < self.expected:
            self.report(Finding("reordered", f"record {index}", f"stands after record {self.expected - 1}"))
        self.expected = index + 1
        self.records += 1
        completed = [_text(node) for node in self.frontier.append(sealed)]
        self._interval.append(Record(index, (line["xid"], line["id"]), sealed, found))
        self._promises.meet(f"record {index}", line, sealed, raw)
        if "proof" in line:
            self._require_inclusion(index, sealed, line["proof"])
        if raw is None:
            self.report(Finding("deleted", f"record {index}", f"its body ({line['id']}) is gone", since))
            return {**line, "nodes": completed}
        if found != sealed:
            problem = f"{_summary(raw)} is not what was sealed"
            self.report(Finding("edited", f"record {index} ({line['id']})", problem, since))
        members = self._read_body(index, line, raw, is_sound=found == sealed)
        if members is None:
            return {**line, "nodes": completed}
        said = {
            "type": "record",
            "i": index,
            "id": members.pop("id"),
            "xid": line["xid"],
            "leaf": _text(sealed),
            "nodes": completed,
            **members,
        }
        if "proof" in line:
            said["proof"] = line["proof"]
        return said

    def _read_body(self, index: int, line: dict[str, Any], raw: bytes, *, is_sound: bool) -> dict[str, Any] | None:
        """Follow the body; the members that its line must have with it, if anything is certain."""
        try:
            body = _sealed_document(raw, self._tenant)
            self._last_at = body["at"]
            self._books.read(index, body)
            if not is_sound:
                return None
            if body["action"] == "log.era_begun" and line["type"] == "record":
                self._era = (index, body)
            members = self._tables.record_members(line, body) if self._has_rows else {}
        except _SENSELESS as error:
            why = str(error) if isinstance(error, NotAsWrittenError) else type(error).__name__
            self.report(Finding("contradiction", f"record {index}", f"cannot be read ({why})"))
            return None
        return {"id": body["id"], "body": raw.decode(), **members}

    def _require_inclusion(self, index: int, leaf: bytes, path: list[str]) -> None:
        """All proofs of single records must lead to one root, which is that of the export's end."""
        root = _included_root(index, self._end, leaf, list(map(b64decode, path)))
        if root is None or (self._proven and root not in self._proven):
            self._find("edited", f"record {index}", "its proof does not lead to the root of the log")
        else:
            self._proven.add(root)
        self._proofs += 1

    def _read_pending(self, line: dict[str, Any]) -> dict[str, Any]:
        """A record that is too new to be sealed: it proves nothing yet, but the books go on with it."""
        raw = _body_in(line)
        if raw is None:
            raise NotAsWrittenError("has no body")
        leaf = hashlib.sha256(b"\x00" + raw).digest()
        self._promises.meet(f"unsealed record {line['id']}", line, leaf, raw)
        members = self._read_body(self.expected + self.pending, line, raw, is_sound=True)
        self.pending += 1
        return line if members is None else {"type": "pending", "id": members.pop("id"), "xid": line["xid"], **members}

    def _read_account(self, line: dict[str, Any]) -> dict[str, Any]:
        self._require_length(line, ACCOUNT_COLUMNS + STANDING_COLUMNS)
        return {"type": "account", "row": self._tables.standing(line["row"], starts_at_zero=self.start == 0)}

    def _read_row(self, line: dict[str, Any]) -> dict[str, Any]:
        kind = line["type"]
        self._require_length(line, _STATE_COLUMNS[kind])
        return {"type": kind, "row": self._tables.row(kind, line["row"], starts_at_zero=self.start == 0)}

    def _require_length(self, line: dict[str, Any], columns: tuple[str, ...]) -> None:
        if len(line["row"]) != len(columns) or not _is_id(line["row"][0]):
            raise NotAsWrittenError("has a row that is none")

    def _read_unknown(self, line: dict[str, Any]) -> dict[str, Any]:
        self.report(Finding("inserted", line["place"], "the log has no record of it"))
        return line

    def _read_tables(self, line: dict[str, Any]) -> dict[str, Any]:
        self._is_counted = True
        if self.start == 0:
            self._tables.require_counts(line)
        return line

    def _read_checkpoint(self, line: dict[str, Any]) -> dict[str, Any]:
        self.checkpoints += 1
        try:
            note = Note.parse(line["note"])
            taken_up = Frontier(note.size, map(b64decode, line["frontier"]))
        except CannotVerifyError:
            self._find("edited", f"checkpoint after record {self.expected - 1}", "is none")
            return line
        self._require_signature(note, f"checkpoint {note.size}")
        if not note.is_plain:
            self._find("edited", f"checkpoint {note.size}", "its note says more than was signed")
        self._require_commit_order(note)
        self._require_era(note)
        self._require_order(note)
        if taken_up.root() != note.root:
            self._find("edited", f"checkpoint {note.size}", "the frontier beside it does not have its root")
        root = self._outside_root(note)
        if note.size != self.frontier.size or self.frontier.root() != root:
            self._explain_interval(note)
        # Where the log leaves what was signed, it is taken up again there, so that one fault is not named for ever.
        if taken_up.root() == root:
            self.frontier = taken_up
            self._take_up(note.size, note.moment)
        self.expected = max(self.expected, note.size)
        self._interval.clear()
        row = [note.size, _text(note.root), note.upto, note.system, note.era, _text(note.previous), note.moment]
        said = {"type": "checkpoint", "note": note.text, "frontier": line["frontier"]}
        return {**said, "row": row} if self._has_rows else said

    def _outside_root(self, note: Note) -> bytes:
        """The root that was kept outside for this checkpoint, which is what counts, or else its own."""
        outside = self._outside.get(note.size, note)
        if outside is not note:
            self._met.add(note.size)
            if outside.root != note.root:
                self.report(Finding("forged", f"checkpoint {note.size}", "is not the one that was kept outside"))
        return outside.root

    def _explain_interval(self, note: Note) -> None:
        """Say how the records since the last sound checkpoint differ from those that were sealed."""
        start = self._sound[0]
        place = _records(start, note.size)
        between = f"{self._books.since}, before checkpoint {note.size} of {note.moment}"
        wanted, records = note.size - start, self._interval
        if len(records) != wanted:
            kind, verb = ("deleted", "lost") if len(records) < wanted else ("inserted", "added")
            self.report(Finding(kind, place, f"{abs(wanted - len(records))} of {wanted} records were {verb}", between))
            return
        self.report(Finding("edited", place, "are not the records that were sealed", between))

    def _require_commit_order(self, note: Note) -> None:
        """Within an era, no transaction that was over before a checkpoint has records after it."""
        last = self._last
        is_first = self.start == 0 and last is None and note.era == 1
        if not is_first and (last is None or last.era != note.era):
            return
        first = 0 if last is None else last.upto
        for record in self._interval:
            if record.found is not None and record.order[0] < first:
                problem = f"its transaction number {record.order[0]} has no place there"
                place = f"record {record.place} ({record.order[1]})"
                self._find("edited", place, problem)

    def _require_era(self, note: Note) -> None:
        """An era begins with a record that says why, and what was signed last: what the log lost before it is named."""
        begun, self._era = self._era, None
        last_era = self._last.era if self._last is not None else 1 if self.start == 0 else None
        if last_era is not None and (note.era > last_era) != (begun is not None):
            problem = "begins an era without a record of it" if begun is None else "goes on, though an era is begun"
            self._find("contradiction", f"checkpoint {note.size}", problem)
        if begun is None:
            return
        index, body = begun
        found, signed = (
            None if text is None else Note.parse(text) for text in (body["era"]["found"], body["era"]["lastSigned"])
        )
        known = None if self._last is None else self._last.text
        if (self._last is not None or self.start == 0) and (None if found is None else found.text) != known:
            problem = "names another checkpoint as the one that its era was begun after"
            self._find("contradiction", f"record {index}", problem)
        if signed is not None:
            self._require_signature(signed, f"the checkpoint that record {index} names as signed last")
        loss = self._loss(found, signed)
        if loss is not None:
            finding = Finding("lost", f"era {note.era}", loss, f"begun at {body['at']}: {body['era']['reason']}")
            if note.era in self._accepted_eras:
                self.remarks.append(f"accepted: {finding}")
            else:
                self.report(finding)

    def _loss(self, found: Note | None, signed: Note | None) -> str | None:
        """What an era has lost, if anything: records that were signed, or the knowledge of how many there were."""
        size = 0 if found is None else found.size
        if signed is None:
            return f"began with {size} sealed records; nobody remembered what was signed last, so more may be lost"
        if signed.size > size:
            return (
                f"{signed.size - size} sealed records were lost: {signed.size} were signed at {signed.moment},"
                f" {size} were found"
            )
        known = self._roots.get(signed.size.to_bytes(8, "big"))
        if known == signed.root or (known is None and signed.size < self.start):
            return None
        return f"the {signed.size} records that were signed at {signed.moment} are not those in the log"

    def _require_order(self, note: Note) -> None:
        last, self._last = self._last, note
        self._roots.put(note.size.to_bytes(8, "big"), note.root)
        if last is None:
            if self.start == 0 and any(note.previous):
                self._find("deleted", f"checkpoint {note.size}", "names a checkpoint before it, which is gone")
            return
        if note.size <= last.size or note.era < last.era:
            self.report(Finding("reordered", f"checkpoint {note.size}", f"stands after checkpoint {last.size}"))
        if note.previous != hashlib.sha256(last.text.encode()).digest():
            problem = f"does not name checkpoint {last.size} before it: what was between them is gone"
            self._find("deleted", f"checkpoint {note.size}", problem)

    def _read_later(self, line: dict[str, Any]) -> dict[str, Any]:
        """A checkpoint after the last record, with the proof that it begins with what the export has."""
        if self._reaches_end:
            self.left_out.append(f"the records from {self.frontier.size} on")
        self._reaches_end = False
        note, path = Note.parse(line["note"]), list(map(b64decode, line["proof"]))
        self._require_signature(note, f"checkpoint {note.size}")
        if not note.is_plain:
            self._find("edited", f"checkpoint {note.size}", "its note says more than was signed")
        outside = self._outside.get(note.size)
        if outside is not None:
            self._met.add(note.size)
        size, root = self.frontier.size, self.frontier.root()
        if not consistent(size, root, note.size, (outside or note).root, path):
            place = f"records {self._sound[0]} to {size - 1}"
            self._find("edited", place, f"are not in checkpoint {note.size}")
        return line

    def _read_earlier(self, line: dict[str, Any]) -> dict[str, Any]:
        """The proof that the first checkpoint of the export begins with one from outside that is older."""
        outside = self._outside.get(line["size"])
        if outside is None:
            return line
        self._met.add(outside.size)
        size, root = self.frontier.size, self.frontier.root()
        if not consistent(outside.size, outside.root, size, root, list(map(b64decode, line["proof"]))):
            problem = "the export does not continue the checkpoint that was kept outside"
            self.report(Finding("forged", f"records before {self.start}", problem, f"since {outside.moment}"))
        return line

    def _read_unsealed(self, line: dict[str, Any]) -> dict[str, Any]:
        problem = f"was never sealed, though records up to transaction {line['upto']} were"
        self.report(Finding("inserted", f"record {line['id']} of transaction {line['xid']}", problem))
        return line

    def _read_end(self, line: dict[str, Any]) -> dict[str, Any]:
        self._ended = True
        if line["pending"] != self.pending and self._reaches_end:
            problem = f"says {line['pending']} new records and has {self.pending}"
            self.report(Finding("cut off", "the export", problem))
        if line["records"] != self.records:
            self.report(Finding("cut off", "the export", f"says {line['records']} records and has {self.records}"))
        if line["sha256"] != self._digest.hexdigest():
            self.report(Finding("edited", "the export", "is not made of the bytes that were exported"))
        self.pending = line["pending"]
        return line

    def _finish(self) -> None:
        self._require_end()
        for size, note in sorted(self._outside.items()):
            if size in self._met:
                continue
            if size > self.frontier.size:
                problem = f"the checkpoint of {note.moment} covers {size} records, the export has {self.frontier.size}"
                place = f"after record {self.frontier.size - 1}"
                self._find("cut off", place, problem)
            elif size < self.start:
                raise CannotVerifyError(f"no proof for checkpoint {size}: export again with it as --checkpoint")
            else:
                self.report(Finding("deleted", f"checkpoint {size}", "was kept outside, and is not in the export"))
        self._books.finish(self._last_at, is_whole=self._reaches_end)
        if self._has_rows and self._reaches_end:
            self._tables.finish(self._exported_at)
            if not self._is_counted:
                self.report(Finding("cut off", "the rows of the tables", "are not all in the export"))
        self._tables.close()
        self._roots.close()
        untold = self._promises.finish(self._can_hold)
        if untold is not None and not self.findings:
            raise CannotVerifyError(f"{untold}: verify it with an export of all records, made after it was given")

    def _require_end(self) -> None:
        """The records must end where the export says, at a checkpoint."""
        size = self.frontier.size
        if not self._ended:
            self.report(Finding("cut off", f"after record {self.expected - 1}", "the export has no end"))
        elif self._interval:
            place = _records(self._interval[0].place, self._interval[-1].place + 1)
            self._find("inserted", place, "no checkpoint covers them")
        elif size != self._end:
            problem = f"says that its records end at {self._end}, and they end at {size}"
            self.report(Finding("cut off", "the export", problem))
        if size == 0 and self._outside:
            self.report(Finding("cut off", "the export", "has no sealed record"))
        if self._proofs not in {0, self.records} or self._proven - {self.frontier.root()}:
            problem = "do not all have a proof that leads to the root of the log"
            self.report(Finding("edited", "the records", problem))

    def _can_hold(self, receipt: Receipt) -> bool:
        """Whether the record would have to be in the export: it was there when that was made, and is of its time.

        A transaction waits for its seal until all that were open before it have ended, so the end of a part is blurred.
        """
        sealed_at = _EPOCH if self._last is None else _moment(self._last.moment)
        until = max(sealed_at, self._exported_at) if self._reaches_end else sealed_at - _HEAD_PATIENCE
        return self._started_at < _instant(receipt.posted_at) and receipt.issued <= until

    def _require_signature(self, note: Note, place: str) -> None:
        if note.origin != self._origin:
            self.report(Finding("forged", place, f"is of another log, {note.origin}"))
        if self._keys.check and not self._keys.have_signed(note):
            self.report(Finding("forged", place, "is not signed with the public key"))

    def _take_up(self, size: int, moment: str) -> None:
        """From here on the log is not known to be sound: all before that checkpoint is as it was signed."""
        self._sound = (size, moment)
        self._books.since = f"since checkpoint {size} of {moment}" if size else "since the beginning of the log"

    def summary(self) -> str:
        """What was looked at, in one line."""
        books = f"{self._books.transactions} transactions and {self._books.entries} entries recomputed"
        tables = " and compared with the tables" if self._has_rows else ", the tables not compared"
        newer = f", {self.pending} newer records not sealed yet" if self.pending else ""
        kept = f", {self._promises.kept} receipts kept" if self._promises.kept else ""
        return f"{self.records} records, {self.checkpoints} checkpoints, {books}{tables}{newer}{kept}"

    def verdict(self, *, log_only: bool, part: bool) -> "Verdict":
        """What to say of it all, if whoever asks knows that this export is of the log alone, or of a part of it."""
        is_asked = {True: log_only, False: part}
        missing = [each for each in self.left_out if not is_asked[each.startswith(_ROWS_LEFT_OUT)]]
        lines = [*map(str, self.findings), *self.remarks]
        if self._has_rows:
            lines.append(f"not proven, for no record tells: {', '.join(NOT_PROVEN)}")
        if self.findings:
            return Verdict(1, "TAMPERED", [*lines, f"TAMPERED: {self.summary()}"])
        if missing:
            left_out = f"the export leaves out {' and '.join(missing)}; --log-only or --part says that this is meant"
            return Verdict(CANNOT_VERIFY, "incomplete", [*lines, f"incomplete: {self.summary()}: {left_out}"])
        left_out = f"; left out: {', '.join(self.left_out)}" if self.left_out else ""
        return Verdict(0, "clean", [*lines, f"clean: {self.summary()}{left_out}"])


class Verdict(NamedTuple):
    """What verification comes to: the exit code, the word for it, and all that there is to say."""

    exit_code: int
    word: str
    lines: list[str]


def verify(  # noqa: PLR0913 - what an auditor can bring along
    export: Path,
    notes: list[str],
    pem: bytes | None,
    *,
    receipts: list[tuple[str, str]] | None = None,
    receipt_keys: bytes | None = None,
    accepted_eras: frozenset[int] = frozenset(),
    on_progress: Callable[[int], None] = lambda _bytes: None,
) -> Verification:
    """Verify the export against the notes and the receipts, each with a name; `on_progress` is told of bytes read.

    What was lost before the accepted eras is known, and only remarked.

    Raises:
        CannotVerifyError: the input does not allow an answer.
    """
    outside = [Note.parse(text) for text in notes]
    if len({note.origin for note in outside}) != 1:
        raise CannotVerifyError("the checkpoints are not of one log")
    known = None if receipt_keys is None else ReceiptKeys(receipt_keys)
    verification = Verification(outside, Keys(pem), receipts, known, accepted_eras=accepted_eras)
    try:
        with export.open("rb") as file:
            verification.run(_counted(file, on_progress))
    except sqlite3.Error as error:
        raise CannotVerifyError(f"the temporary file cannot be used: {error}") from None
    return verification


def _counted(file: BinaryIO, on_progress: Callable[[int], None]) -> Iterator[bytes]:
    """The lines of the file; of a longer one than an export has, the pieces."""
    read = 0
    for number, line in enumerate(iter(partial(file.readline, _LINE_MAX), b"")):
        read += len(line)
        if number % 1_000 == 0:
            on_progress(read)
        yield line
    on_progress(read)


def _blob(encoded: str) -> bytes:
    try:
        return b64decode(encoded)
    except ValueError:
        return b""


def _unpadded(encoded: str) -> bytes:
    """What this says in base64 for URLs without padding (RFC 7515). Raises: ValueError."""
    return b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)


def _tells_of(raw: bytes, receipt: Receipt) -> bool:
    """Whether the record with this body is about the transaction of the receipt."""
    try:
        said = frame_of(json.loads(raw))
        return (subject_of(said), said["transaction"].get("postedAt", said["at"])) == (
            receipt.transaction,
            receipt.posted_at,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return False


def _summary(raw: bytes) -> str:
    try:
        record = json.loads(raw)
        return f"{record['action']} of {record['at']}"
    except (ValueError, KeyError, TypeError):
        return "its body"


def _body_in(line: dict[str, Any]) -> bytes | None:
    """The sealed bytes in a line; None if it has none. Raises: ValueError."""
    if "body64" in line:
        if "body" in line:
            raise NotAsWrittenError("has two bodies")
        return b64decode(line["body64"], validate=True)
    body: str | None = line.get("body")
    return None if body is None else body.encode()


def _included_root(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """The root of the log of that size that the proof leads to (RFC 9162, 2.1.3.2); None if it leads to none."""
    place, last, root = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = hashlib.sha256(b"\x01" + step + root).digest()
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            root = hashlib.sha256(b"\x01" + root + step).digest()
        place, last = place >> 1, last >> 1
    return root if last == 0 and index < size else None


def _place(line: dict[str, Any]) -> str:
    """What a line is about."""
    kind = line["type"]
    if kind == "record":
        return f"record {line['i']} ({line['id']})"
    if kind == "pending":
        return f"unsealed record {line['id']}"
    if kind == "checkpoint":
        return f"checkpoint {line['note'].split(chr(10))[1:2][0]}"
    return f"{_words(kind)} {line['row'][0]}" if "row" in line else f"the line {kind}"


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def _different(columns: tuple[str, ...], said: list[Any], found: Any) -> list[str]:
    """The names of the columns that are not the same."""
    if not isinstance(found, list) or len(found) != len(columns):
        return ["count"]
    pairs = zip(columns, said, found, strict=True)
    return [name for name, one, other in pairs if _encode(one) != _encode(other)]


def _key(kind: str, name: str) -> bytes:
    return kind[:1].encode() + hashlib.sha256(name.encode()).digest()[:16]


def _hash(text: str) -> bytes:
    """The 32 bytes that this says in base64. Raises: ValueError."""
    if not _is_hash(text):
        raise NotAsWrittenError("has a hash that is none")
    return b64decode(text)


def _text(value: bytes) -> str:
    return b64encode(value).decode()


def _id(text: str) -> bytes:
    return bytes.fromhex(text.replace("-", ""))


@lru_cache(maxsize=64)
def _microseconds(text: str) -> int:
    """The microseconds since 1970 of an instant in the one form that a bank writes. Raises: ValueError."""
    if _INSTANT.fullmatch(text) is None:
        raise NotAsWrittenError("has an instant that is none")
    return (_instant(text) - _EPOCH) // _MICROSECOND


def _instant_text(microseconds: int) -> str:
    instant = (_EPOCH + microseconds * _MICROSECOND).replace(tzinfo=None)
    return f"{instant.isoformat(timespec='microseconds')}Z"


def _records(start: int, end: int) -> str:
    return f"record {start}" if end == start + 1 else f"records {start} to {end - 1}"


def _minor(amount: str, currency: str) -> int:
    """The amount in minor units, if it is written with the decimals of its currency. Raises: NotAsWrittenError."""
    whole, point, fraction = amount.partition(".")
    if len(fraction) != EXPONENTS.get(currency, 2) or (point and not fraction):
        raise NotAsWrittenError(f"has the amount {amount[:30]} with other decimals than its currency")
    return int(whole + fraction)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _moment(text: str | None) -> datetime:
    """The instant, or the oldest there is for what says none."""
    try:
        return max(_EPOCH, _instant(text or ""))
    except (ValueError, TypeError):
        return _EPOCH


def main() -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(description="Verify an exported audit log of bankcore offline.")
    parser.add_argument("export", type=Path, help="the file that `bankcore audit export` wrote")
    parser.add_argument("--checkpoint", type=Path, action="append", required=True, help="a note kept outside")
    parser.add_argument("--public-key", type=Path, help="public-key.pem; without it, signatures are not checked")
    parser.add_argument("--receipt", type=Path, action="append", default=[], help="an audit receipt that was given")
    parser.add_argument("--receipt-keys", type=Path, help="receipt-keys.json of the bank")
    parser.add_argument("--log-only", action="store_true", help="the export has no rows of the tables, as was asked")
    parser.add_argument("--part", action="store_true", help="the export is of a part of the log, as was asked")
    parser.add_argument("--accept-era", type=int, action="append", default=[], help="what this era lost is known")
    try:
        return _run(parser.parse_args())
    except (CannotVerifyError, OSError) as error:
        print(f"cannot verify: {error}", file=sys.stderr)
        return CANNOT_VERIFY


def _run(arguments: argparse.Namespace) -> int:
    notes = [path.read_text(encoding="utf-8", errors="replace") for path in arguments.checkpoint]
    pem = arguments.public_key.read_bytes() if arguments.public_key else None
    receipts = [(path.name, path.read_text(encoding="utf-8", errors="replace")) for path in arguments.receipt]
    receipt_keys = arguments.receipt_keys.read_bytes() if arguments.receipt_keys else None
    eras = frozenset(arguments.accept_era)
    verification = verify(
        arguments.export, notes, pem, receipts=receipts, receipt_keys=receipt_keys, accepted_eras=eras
    )
    known: list[Keys | ReceiptKeys] = [Keys(pem)] if pem is not None else []
    known += [ReceiptKeys(receipt_keys)] if receipt_keys is not None else []
    if not all(keys.check for keys in known):
        print("signatures were NOT checked: the package `cryptography` is not installed", file=sys.stderr)
    verdict = verification.verdict(log_only=arguments.log_only, part=arguments.part)
    for line in verdict.lines:
        print(line)
    sys.stdout.flush()
    return verdict.exit_code


if __name__ == "__main__":
    sys.exit(main())
