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
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid5

FORMAT: Final = "bankcore-audit-export-1"
FINDINGS_MAX: Final = 1_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ENTRY: Final = struct.Struct(">16s32s16s16sq16s3sqqqq")
_JWS: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)", re.ASCII)
_RECEIPT_TYPE: Final = "bankcore-receipt+jwt"
_PEM: Final = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----\n?", re.DOTALL)
_STANDING: Final = struct.Struct(">qq32sqB")
_STATUSES: Final = ("active", "frozen", "closed")
_COLUMNS: Final = ("at", "action", "outcome", "actor_type", "actor_id", "subject_id", "account_ids", "request_id")
_TRANSACTION_COLUMNS: Final = (
    "id",
    "posted_at",
    "effective_at",
    "amount_minor",
    "currency",
    "kind",
    "reverses",
    "reference",
    "source_type",
    "source_id",
    "metadata",
)
_ACCOUNT_COLUMNS: Final = ("id", "number", "owner_id", "currency", "kind", "floor_minor", "created_at")
_STANDING_COLUMNS: Final = ("balance_minor", "held_minor", "version", "head_hash", "last_posted_at", "status")
_CHECKPOINT_COLUMNS: Final = ("size", "root", "upto", "system_id", "era", "previous_hash", "created_at")
# So many accounts, of 250 bytes each, and entries that came before their turn are kept in memory.
_ACCOUNTS_AT_HAND_MAX: Final = 250_000
_EARLY_MAX: Final = 20_000
_OPENINGS_MAX: Final = 1_000
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


class Note(NamedTuple):
    """A checkpoint as it is published (https://c2sp.org/tlog-checkpoint)."""

    text: str
    origin: str
    size: int
    root: bytes
    facts: dict[str, str]

    @property
    def moment(self) -> str:
        """When it was signed, as its signer says."""
        return self.facts.get("bankcore-at", "?")

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
            pairs = dict(line.split(" ", 1) for line in facts)
            for name in ("bankcore-era", "bankcore-upto"):
                int(pairs[name])
            b64decode(pairs["bankcore-previous"], validate=True)
            return cls(text, origin, int(size), b64decode(root, validate=True), pairs)
        except (ValueError, KeyError):
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


class Keys:
    """The public keys that checkpoints are signed with."""

    def __init__(self, pem: bytes | None) -> None:
        """Those of a PEM file; for None, signatures are not checked."""
        self._keys: list[tuple[bytes, Callable[[bytes, bytes], None]]] = []
        self._errors: type[Exception] = Exception
        self.check = pem is not None
        if pem is None:
            return
        try:
            from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - all but signatures works without
            from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
                Encoding,
                PublicFormat,
                load_pem_public_key,
            )
        except ImportError:
            self.check = False
            return
        self._errors = InvalidSignature
        for block in _PEM.findall(pem):
            try:
                key: Any = load_pem_public_key(block)
                self._keys.append((key.public_bytes(Encoding.Raw, PublicFormat.Raw), key.verify))
            except ValueError:
                raise CannotVerifyError("not an Ed25519 public key in the PEM file") from None
        if not self._keys:
            raise CannotVerifyError("no public key in the PEM file")

    def have_signed(self, note: Note) -> bool:
        """Whether one of them signed the note."""
        body, _, signatures = note.text.partition("\n\n")
        signed = f"{body}\n".encode()
        for line in signatures.splitlines():
            dash, name, encoded = (*line.split(" "), "", "")[:3]
            blob = _blob(encoded)
            for raw, verify in self._keys:
                named = hashlib.sha256(name.encode() + b"\n\x01" + raw).digest()[:4]
                if dash == "\N{EM DASH}" and name == note.origin and blob[:4] == named:
                    try:
                        verify(blob[4:], signed)
                    except self._errors:
                        continue
                    return True
        return False


class ReceiptKeys:
    """The public keys that audit receipts are signed with: a JWK set (RFC 7517)."""

    def __init__(self, document: bytes) -> None:
        """Those of that file; `data` of the bank's own answer over HTTP is one too. Raises: CannotVerifyError."""
        self._keys: dict[str, Callable[[bytes, bytes], None]] = {}
        self._errors: type[Exception] = Exception
        self.check = True
        try:
            found = json.loads(document)
            raw = {key["kid"]: _unpadded(key["x"]) for key in found.get("data", found)["keys"]}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CannotVerifyError("no JWK set of receipt keys") from None
        try:
            from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - all but signatures works without
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
        except ImportError:
            self.check = False
            return
        self._errors = InvalidSignature
        try:
            self._keys = {kid: Ed25519PublicKey.from_public_bytes(key).verify for kid, key in raw.items()}
        except ValueError:
            raise CannotVerifyError("not an Ed25519 key among the receipt keys") from None

    def have_signed(self, header: str, payload: str, signature: str) -> bool:
        """Whether the key that the header names signed both, as a receipt and as nothing else."""
        try:
            facts = json.loads(_unpadded(header))
            verify = self._keys[facts["kid"]]
            if facts["alg"] != "EdDSA" or facts["typ"] != _RECEIPT_TYPE:
                return False
            verify(_unpadded(signature), f"{header}.{payload}".encode())
        except (ValueError, KeyError, TypeError, self._errors):
            return False
        return True


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


class Standing(NamedTuple):
    """How an account stands: entries so far, balance, hash of the last entry, when that was posted, and its status."""

    version: int
    balance: int
    head: bytes
    posted_us: int
    status: int


_NEW: Final = Standing(0, 0, bytes(32), 0, 0)


class Standings:
    """How each account stands; where there are too many for the memory, in a temporary file."""

    def __init__(self) -> None:
        """Without accounts."""
        self._at_hand: dict[bytes, bytes] = {}
        self._file: sqlite3.Connection | None = None

    def get(self, account: bytes) -> Standing | None:
        """The account's standing, if it was met before."""
        packed = self._at_hand.get(account)
        if packed is None and self._file is not None:
            row = self._file.execute("SELECT standing FROM standings WHERE account = ?", (account,)).fetchone()
            packed = None if row is None else row[0]
        return None if packed is None else Standing._make(_STANDING.unpack(packed))

    def put(self, account: bytes, standing: Standing) -> None:
        """Remember it."""
        self._at_hand[account] = _STANDING.pack(*standing)
        if len(self._at_hand) > _ACCOUNTS_AT_HAND_MAX:
            self._move_to_file()

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()

    def _move_to_file(self) -> None:
        if self._file is None:
            self._file = sqlite3.connect("")
            self._file.execute("CREATE TABLE standings (account BLOB PRIMARY KEY, standing BLOB) WITHOUT ROWID")
        self._file.executemany("INSERT OR REPLACE INTO standings VALUES (?, ?)", sorted(self._at_hand.items()))
        self._file.commit()
        self._at_hand.clear()


class Entry(NamedTuple):
    """An entry as a sealed body has it; `account` and `transaction` are the bytes of their ids."""

    place: str
    since: str
    account: bytes
    sequence: int
    transaction: bytes
    currency: bytes
    amount: int
    before: int
    after: int
    posted_us: int
    hash: bytes


class Head(NamedTuple):
    """What a record of heads says of an account whose entries were not all met yet."""

    version: int
    hash: bytes
    record: int
    at: str


@dataclass(slots=True)
class Books:
    """The accounts as the log tells them: balances, sequence and hash chain.

    Commit order is not the order along an account: a transaction that waited for its second account has an earlier
    number than the one it waited for. Entries that come before their turn are kept until it comes.
    """

    tenant: bytes
    starts_at_zero: bool
    report: Callable[[Finding], None]
    since: Callable[[], str]
    standings: Standings = field(default_factory=Standings)
    early: dict[bytes, dict[int, Entry]] = field(default_factory=dict)
    heads: dict[bytes, Head] = field(default_factory=dict)
    openings: dict[str, set[str]] = field(default_factory=dict)
    waiting: int = 0
    transactions: int = 0
    entries: int = 0
    accounts: int = 0
    rows: list[list[Any]] = field(default_factory=list)
    moved: dict[str, int] = field(default_factory=dict)
    """What the entries' rows must say of the transaction that was read last, and how much moved in it."""

    def read(self, index: int, record: dict[str, Any]) -> None:
        """Follow what the record says of accounts."""
        action = record["action"]
        if action == "transaction.posted":
            self._post(index, record["transaction"])
        elif action == "heads.sealed":
            for account, version, head in record["heads"]["accounts"]:
                self._compare_head(_id(account), Head(version, bytes.fromhex(head), index, record["at"]))
        elif action == "account.opened":
            self._open(record)
        elif action == "account.status_changed":
            key = _id(record["status"]["account"])
            standing = self.standings.get(key)
            if standing is not None:
                self.standings.put(key, standing._replace(status=_STATUSES.index(record["status"]["after"])))

    def finish(self, last_at: str, *, is_whole: bool) -> None:
        """Report what entries and heads say of entries that the log does not have."""
        for waiting in self.early.values():
            entry = waiting[min(waiting)]
            known = self.standings.get(entry.account) or _NEW
            problem = f"entry {entry.sequence} follows entry {known.version}; those between are missing"
            self.report(Finding("deleted", entry.place, problem, entry.since))
        for key, head in self.heads.items():
            known = self.standings.get(key) or _NEW
            is_due = is_whole or _instant(last_at) - _instant(head.at) > _HEAD_PATIENCE
            if known.version < head.version and is_due and key not in self.early:
                problem = f"its head counts {head.version} entries, the log only has {known.version}"
                since = f"sealed in record {head.record} at {head.at}"
                self.report(Finding("deleted", f"account {UUID(bytes=key)}", problem, since))

    def _open(self, record: dict[str, Any]) -> None:
        self.accounts += 1
        account = record["account"]
        key = _id(account["id"])
        self.standings.put(key, self.standings.get(key) or _NEW)
        opened = self.openings.setdefault(account["currency"], set())
        if len(opened) < _OPENINGS_MAX:
            opened.add(record["at"])

    def _post(self, index: int, transaction: dict[str, Any]) -> None:
        self.transactions += 1
        posted_us = _microseconds(transaction["postedAt"])
        transaction_id, place, since = _id(transaction["id"]), f"record {index}", self.since()
        sums: dict[str, int] = {}
        self.rows, self.moved = [], {}
        for found in transaction["entries"]:
            self.entries += 1
            account, currency = found["account"], found["currency"]
            amount, before, after = _minor(found["amount"]), _minor(found["before"]), _minor(found["after"])
            sums[currency] = sums.get(currency, 0) + amount
            self.moved[currency] = self.moved.get(currency, 0) + max(amount, 0)
            facts = [account, found["sequence"], currency, amount, before, after, transaction["postedAt"]]
            self.rows.append([*facts, found["hash"]])
            if before + amount != after:
                problem = f"{found['before']} + {found['amount']} is not {found['after']}"
                self.report(Finding("contradiction", f"{place}, account {account}", problem, since))
            entry = Entry(
                f"{place}, account {account}",
                since,
                _id(account),
                found["sequence"],
                transaction_id,
                currency.encode(),
                amount,
                before,
                after,
                posted_us,
                bytes.fromhex(found["hash"]),
            )
            self._take(entry)
        if any(sums.values()):
            self.report(Finding("contradiction", f"{place}, its transaction", "its entries do not sum to zero", since))

    def _take(self, entry: Entry) -> None:
        standing = self.standings.get(entry.account)
        if standing is None or (standing.version == 0 and not self.starts_at_zero):
            if not self.starts_at_zero and entry.sequence != 1:
                # The export does not have its beginning: what can be followed begins here.
                self._stand(entry, standing or _NEW)
                return
            standing = standing or _NEW
        if entry.sequence <= standing.version:
            if self.starts_at_zero:
                self._contradiction(entry, f"entry {entry.sequence} comes again after entry {standing.version}")
            return
        if entry.sequence > standing.version + 1 and self.waiting < _EARLY_MAX:
            self.early.setdefault(entry.account, {})[entry.sequence] = entry
            self.waiting += 1
            return
        standing = self._follow(entry, standing)
        waiting = self.early.get(entry.account)
        while waiting and (following := waiting.pop(standing.version + 1, None)) is not None:
            self.waiting -= 1
            standing = self._follow(following, standing)
        if waiting is not None and not waiting:
            del self.early[entry.account]

    def _follow(self, entry: Entry, standing: Standing) -> Standing:
        if entry.sequence != standing.version + 1:
            self._contradiction(entry, f"entry {entry.sequence} follows entry {standing.version}")
        if entry.before != standing.balance:
            self._contradiction(entry, f"entry {entry.sequence} does not start from the balance before it")
        facts = (entry.sequence, entry.transaction, entry.currency, entry.amount, entry.before, entry.after)
        packed = _ENTRY.pack(b"bankcore.entry.1", standing.head, self.tenant, entry.account, *facts, entry.posted_us)
        if hashlib.sha256(packed).digest() != entry.hash:
            self._contradiction(entry, f"entry {entry.sequence} is not what its hash was made of")
        return self._stand(entry, standing)

    def _stand(self, entry: Entry, before: Standing) -> Standing:
        standing = Standing(entry.sequence, entry.after, entry.hash, entry.posted_us, before.status)
        self.standings.put(entry.account, standing)
        head = self.heads.get(entry.account) if self.heads else None
        if head is not None and head.version <= entry.sequence:
            del self.heads[entry.account]
            self._compare_head(entry.account, head)
        return standing

    def _compare_head(self, key: bytes, head: Head) -> None:
        standing = self.standings.get(key) or _NEW
        if standing.version == head.version and standing.head != head.hash:
            problem = f"the head after {head.version} entries is not the hash of the last one"
            self.report(
                Finding("contradiction", f"record {head.record}, account {UUID(bytes=key)}", problem, self.since())
            )
        elif standing.version < head.version and self.starts_at_zero:
            self.heads[key] = head

    def _contradiction(self, entry: Entry, problem: str) -> None:
        self.report(Finding("contradiction", entry.place, problem, entry.since))


class Tables:
    """The rows that the export has beside the sealed bodies: what the database says now must be what they say."""

    def __init__(self, tenant: str, books: Books, report: Callable[[Finding], None]) -> None:
        """For that tenant's books, as the log tells them."""
        self._tenant = UUID(tenant)
        self._books = books
        self._report = report
        self._unit: tuple[int, set[str]] = (-1, set())
        self._accounts = 0
        self._settlements: set[str] = set()

    def compare(self, index: int, line: dict[str, Any], body: dict[str, Any]) -> None:
        """Compare the rows of a record, and of what it tells about, with its sound body."""
        if self._unit[0] != line["xid"]:
            self._unit = (line["xid"], set())
        self._unit[1].add(line["id"])
        subject, accounts = named(body)
        actor = body["actor"]
        said = [body["at"], body["action"], body["outcome"], actor["type"], actor["id"], subject, accounts]
        wrong = _unequal(_COLUMNS, [*said, body["request"]], line["row"])
        if body["id"] != line["id"]:
            wrong.append("id")
        *_others, context_id, context_hash = line["row"]
        if context_id is None:
            wrong += ["context_id"] * (body.get("context") is not None)
        elif context_id not in self._unit[1]:
            wrong.append("context_id")
        elif context_hash is not None and "context" in body and context_hash != body["context"]:
            wrong.append("context_id, or the context that it names")
        for name in wrong:
            problem = f"its column {name} is not what its sealed body says"
            self._edited(f"record {index} ({line['id']})", problem, body)
        if body["action"] == "transaction.posted":
            self._compare_transaction(line, body)
        elif body["action"] == "account.opened":
            self._compare_opened(line["account"], body)

    def compare_standing(self, row: list[Any], *, starts_at_zero: bool) -> None:
        """Compare how an account stands with what the log makes of it."""
        self._accounts += 1
        place, standing = f"account {row[0]}", self._books.standings.get(_id(row[0]))
        if row[4] == "settlement":
            self._compare_settlement(row[:7], starts_at_zero=starts_at_zero)
            standing = standing or _NEW
        if standing is None:
            if starts_at_zero:
                self._report(Finding("inserted", place, "the log has no record of it"))
            return
        posted_at = _instant_text(standing.posted_us) if standing.version else None
        # No record sets money aside, so none is.
        said = [standing.balance, 0, standing.version, standing.head.hex(), posted_at, _STATUSES[standing.status]]
        found = row[7:]
        if not starts_at_zero:
            said[5] = found[5]
            if standing.version == 0:
                return
        for name in _unequal(_STANDING_COLUMNS, said, found):
            place_in = _STANDING_COLUMNS.index(name)
            problem = f"its {name} is {found[place_in]}, and {said[place_in]} after all its records"
            since = f"posted at {posted_at}" if posted_at else ""
            self._report(Finding("edited", place, problem, since))

    def compare_counts(self, line: dict[str, Any]) -> None:
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

    def _compare_transaction(self, line: dict[str, Any], body: dict[str, Any]) -> None:
        said = body["transaction"]
        place, found = f"transaction {said['id']}", line["transaction"]
        if found is None:
            self._report(Finding("deleted", place, "is gone", f"recorded at {body['at']}"))
            return
        moved = self._books.moved
        total = next(iter(moved.items())) if len(moved) == 1 else (None, None)
        source_type, source_id = said["source"] or (None, None)
        facts = [said["id"], said["postedAt"], said["effectiveAt"], *total[::-1], said["kind"], said["reverses"]]
        facts += [said["reference"], source_type, source_id, said["metadata"] or None]
        for name in _unequal(_TRANSACTION_COLUMNS, facts, found):
            self._edited(place, f"its {name} is not what was sealed", body)
        entries = sorted(self._books.rows)
        if entries != line["entries"]:
            self._compare_entries(place, entries, line["entries"], body)

    def _compare_entries(self, place: str, said: list[list[Any]], found: list[list[Any]], body: dict[str, Any]) -> None:
        sealed, now = ({(entry[0], entry[1]): entry for entry in entries} for entries in (said, found))
        for account, sequence in sorted(sealed.keys() | now.keys()):
            entry = f"{place}, entry {sequence} of account {account}"
            if (account, sequence) not in now:
                self._report(Finding("deleted", entry, "is gone", f"recorded at {body['at']}"))
            elif (account, sequence) not in sealed:
                self._report(Finding("inserted", entry, "was never sealed", f"recorded at {body['at']}"))
            elif sealed[account, sequence] != now[account, sequence]:
                self._edited(entry, "is not what was sealed", body)

    def _compare_opened(self, found: list[Any] | None, body: dict[str, Any]) -> None:
        said = body["account"]
        place = f"account {said['id']}"
        if found is None:
            self._report(Finding("deleted", place, "is gone", f"opened at {body['at']}"))
            return
        floor = None if said["floor"] is None else _minor(said["floor"])
        facts = [said["id"], said["number"], said["owner"], said["currency"], said["kind"], floor, body["at"]]
        for name in _unequal(_ACCOUNT_COLUMNS, facts, found):
            self._edited(place, f"its {name} is not what was sealed", body)

    def _compare_settlement(self, found: list[Any], *, starts_at_zero: bool) -> None:
        """Our own side of the books comes with the first account of its currency; all it is follows from that."""
        currency = found[3]
        key = str(uuid5(self._tenant, f"settlement/{currency}"))
        facts = [key, f"SETTLEMENT-{currency}", "bank", currency, "settlement", None]
        openings = self._books.openings.get(currency, set())
        is_in_time = not starts_at_zero or found[6] in openings or len(openings) == _OPENINGS_MAX
        if found[:6] != facts or not is_in_time:
            problem = f"is not as the settlement account of {currency}, {key}, is opened"
            self._report(Finding("edited", f"account {found[0]}", problem))
        self._settlements.add(currency)

    def _edited(self, place: str, problem: str, body: dict[str, Any]) -> None:
        self._report(Finding("edited", place, problem, f"recorded at {body['at']}"))


class Record(NamedTuple):
    """A line of the export: its place in commit order, the leaf that was sealed, and the hash of what is there now."""

    place: int
    order: tuple[int, str]
    leaf: bytes
    found: bytes | None


class Verification:
    """One run over an export."""

    def __init__(
        self,
        outside: list[Note],
        keys: Keys,
        receipts: list[tuple[str, str]] | None = None,
        receipt_keys: ReceiptKeys | None = None,
    ) -> None:
        """Against these checkpoints from outside, and receipts by name. Raises: CannotVerifyError."""
        self._keys = keys
        self._outside = {note.size: note for note in outside}
        self._origin = outside[0].origin
        self.findings: list[Finding] = []
        self.records = 0
        self.checkpoints = 0
        self.pending = 0
        self._met: set[int] = set()
        self._interval: list[Record] = []
        self._sound: tuple[int, str] = (0, "")
        self._last: Note | None = None
        self._last_at = ""
        self._last_order: tuple[int, str] = (0, "")
        self._reaches_now = False
        self._reaches_end = True
        self._promises = Promises(receipts or [], receipt_keys, self.report)
        for note in outside:
            self._require_signature(note, "the checkpoint from outside")

    def report(self, finding: Finding) -> None:
        """Keep a finding, as far as anybody would read on."""
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(finding)

    def run(self, lines: Iterator[bytes]) -> None:
        """Read the whole export. Raises: CannotVerifyError."""
        self._read_header(next(lines, b""))
        readers = {
            "record": self._read_record,
            "checkpoint": self._read_checkpoint,
            "later": self._read_later,
            "earlier": self._read_earlier,
            "pending": self._read_pending,
            "unsealed": self._read_unsealed,
            "account": self._read_account,
            "unknown": self._read_unknown,
            "tables": self._read_tables,
            "end": self._read_end,
        }
        for number, line in enumerate(lines, start=2):
            try:
                document = json.loads(line.decode())
                readers[document["type"]](document)
            except (CannotVerifyError, ValueError, KeyError, TypeError, AttributeError, IndexError):
                place = f"line {number} of the export"
                self.report(Finding("edited", place, "is none that an export has", self._since()))
        self._finish()

    def _read_header(self, line: bytes) -> None:
        if not line:
            raise CannotVerifyError("the export is empty")
        try:
            header = json.loads(line.decode())
            found: str = header["format"]
            origin: str = header["origin"]
            self.start: int = header["start"]
            self.expected = self.start
            self.frontier = Frontier(self.start, map(b64decode, header["frontier"]))
            self._sound = (self.start, header.get("startedAt") or "")
            self._started_at = _moment(header.get("startedAt"))
            self._exported_at = _moment(header.get("exportedAt"))
            tenant: str = header["tenant"]
            self._books = Books(_id(tenant), self.start == 0, self.report, self._since)
            self._tables = Tables(tenant, self._books, self.report) if header.get("rows") else None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CannotVerifyError("the file does not begin as an export of an audit log does") from None
        if found != FORMAT:
            raise CannotVerifyError(f"the export has the form {found}, this program reads {FORMAT}")
        if origin != self._origin:
            raise CannotVerifyError(f"the export is of {origin}, the checkpoint of {self._origin}")
        self._promises.require_log(origin)
        self._ended = False

    def _read_record(self, line: dict[str, Any]) -> None:
        index, sealed, body = line["i"], b64decode(line["leaf"]), line.get("body")
        if index > self.expected:
            self.report(Finding("deleted", _records(self.expected, index), "not in the export", self._since()))
        elif index < self.expected:
            self.report(Finding("reordered", f"record {index}", f"stands after record {self.expected - 1}"))
        self.expected = index + 1
        self.records += 1
        nodes = self.frontier.append(sealed)
        if "nodes" in line and list(map(b64decode, line["nodes"])) != nodes:
            problem = "the tree nodes beside it are not the hashes of what is below them"
            self.report(Finding("edited", f"record {index}", problem, self._since()))
        if body is None and "body64" not in line:
            self._interval.append(Record(index, (line["xid"], line["id"]), sealed, None))
            self._promises.meet(f"record {index}", line, sealed, None)
            self.report(Finding("deleted", f"record {index}", f"its body ({line['id']}) is gone", self._since()))
            return
        raw = b64decode(line["body64"]) if body is None else body.encode("utf-8", "surrogatepass")
        found = hashlib.sha256(b"\x00" + raw).digest()
        self._interval.append(Record(index, (line["xid"], line["id"]), sealed, found))
        self._promises.meet(f"record {index}", line, sealed, raw)
        if found != sealed:
            problem = f"{_summary(raw)} is not what was sealed"
            self.report(Finding("edited", f"record {index} ({line['id']})", problem, self._since()))
        self._read_body(index, line, raw, is_sound=found == sealed)

    def _read_body(self, index: int, line: dict[str, Any], raw: bytes, *, is_sound: bool) -> None:
        try:
            record = json.loads(raw.decode())
            self._last_at = record["at"]
            self._books.read(index, record)
            if is_sound and self._tables is not None:
                self._tables.compare(index, line, record)
        except (ValueError, KeyError, TypeError, struct.error) as error:
            self.report(Finding("contradiction", f"record {index}", f"cannot be read ({type(error).__name__})"))

    def _read_pending(self, line: dict[str, Any]) -> None:
        """A record that is too new to be sealed: it proves nothing yet, but the books go on with it."""
        self._reaches_now = True
        raw = b64decode(line["body64"]) if "body64" in line else line["body"].encode("utf-8", "surrogatepass")
        leaf = hashlib.sha256(b"\x00" + raw).digest()
        self._promises.meet(f"unsealed record {line['id']}", line, leaf, raw)
        self._read_body(self.expected + self.pending, line, raw, is_sound=True)
        self.pending += 1

    def _read_account(self, line: dict[str, Any]) -> None:
        if self._tables is not None:
            self._tables.compare_standing(line["row"], starts_at_zero=self.start == 0)

    def _read_unknown(self, line: dict[str, Any]) -> None:
        self.report(Finding("inserted", line["place"], "the log has no record of it"))

    def _read_tables(self, line: dict[str, Any]) -> None:
        self._reaches_now = True
        if self._tables is not None and self.start == 0:
            self._tables.compare_counts(line)

    def _read_checkpoint(self, line: dict[str, Any]) -> None:
        self.checkpoints += 1
        try:
            note = Note.parse(line["note"])
            taken_up = Frontier(note.size, map(b64decode, line["frontier"]))
        except (CannotVerifyError, ValueError):
            self.report(Finding("edited", f"checkpoint after record {self.expected - 1}", "is none", self._since()))
            return
        self._require_signature(note, f"checkpoint {note.size}")
        if not note.is_plain:
            problem = "its note says more than was signed"
            self.report(Finding("edited", f"checkpoint {note.size}", problem, self._since()))
        self._require_commit_order(note)
        self._require_order(note)
        if "row" in line:
            self._require_columns(note, line["row"])
        if taken_up.root() != note.root:
            problem = "the frontier beside it does not have its root"
            self.report(Finding("edited", f"checkpoint {note.size}", problem, self._since()))
        outside = self._outside.get(note.size)
        if outside is not None:
            self._met.add(note.size)
            if outside.root != note.root:
                self.report(Finding("forged", f"checkpoint {note.size}", "is not the one that was kept outside"))
        root = (outside or note).root
        if note.size != self.frontier.size or self.frontier.root() != root:
            self._explain(note)
        # Where the log leaves what was signed, it is taken up again there, so that one fault is not named for ever.
        if taken_up.root() == root:
            self.frontier = taken_up
            self._sound = (note.size, note.moment)
        self.expected = max(self.expected, note.size)
        self._interval.clear()

    def _explain(self, note: Note) -> None:
        """Say how the records since the last sound checkpoint differ from those that were sealed."""
        start = self._sound[0]
        place = _records(start, note.size)
        between = f"{self._since()}, before checkpoint {note.size} of {note.moment}"
        wanted, records = note.size - start, self._interval
        if len(records) != wanted:
            kind, verb = ("deleted", "lost") if len(records) < wanted else ("inserted", "added")
            self.report(Finding(kind, place, f"{abs(wanted - len(records))} of {wanted} records were {verb}", between))
            return
        self.report(Finding("edited", place, "are not the records that were sealed", between))
        disordered = [b.place for a, b in pairwise(records) if b.order < a.order]
        for index in disordered:
            self.report(Finding("reordered", f"record {index}", "was committed before the record it follows", between))

    def _require_commit_order(self, note: Note) -> None:
        """Within an era, a checkpoint has the transactions from the horizon before it up to its own, in their order."""
        last = self._last
        era, first = note.facts["bankcore-era"], "0" if last is None else last.facts["bankcore-upto"]
        is_first = self.start == 0 and last is None and era == "1"
        if not is_first and (last is None or last.facts["bankcore-era"] != era):
            return
        upto, order = int(note.facts["bankcore-upto"]), (0, "")
        for record in self._interval:
            if record.found is None:
                continue
            if record.order < order or not int(first) <= record.order[0] < upto:
                problem = f"its transaction number {record.order[0]} has no place there"
                self.report(Finding("edited", f"record {record.place} ({record.order[1]})", problem, self._since()))
            order = record.order

    def _require_columns(self, note: Note, row: list[Any]) -> None:
        facts = note.facts
        said = [note.size, note.root, int(facts["bankcore-upto"]), int(facts["bankcore-system"])]
        said += [int(facts["bankcore-era"]), b64decode(facts["bankcore-previous"]), facts["bankcore-at"]]
        found = [
            b64decode(fact) if name in {"root", "previous_hash"} else fact
            for name, fact in zip(_CHECKPOINT_COLUMNS, row, strict=True)
        ]
        for name in _unequal(_CHECKPOINT_COLUMNS, said, found):
            problem = f"its column {name} is not what its note says"
            self.report(Finding("edited", f"checkpoint {note.size}", problem, self._since()))

    def _require_order(self, note: Note) -> None:
        last, self._last = self._last, note
        previous = b64decode(note.facts["bankcore-previous"])
        if last is None:
            if self.start == 0 and any(previous):
                problem = "names a checkpoint before it, which is gone"
                self.report(Finding("deleted", f"checkpoint {note.size}", problem, self._since()))
            return
        if note.size <= last.size or int(note.facts["bankcore-era"]) < int(last.facts["bankcore-era"]):
            self.report(Finding("reordered", f"checkpoint {note.size}", f"stands after checkpoint {last.size}"))
        if previous != hashlib.sha256(last.text.encode()).digest():
            problem = f"does not name checkpoint {last.size} before it: what was between them is gone"
            self.report(Finding("deleted", f"checkpoint {note.size}", problem, self._since()))

    def _read_later(self, line: dict[str, Any]) -> None:
        """A checkpoint after the last record, with the proof that it begins with what the export has."""
        self._reaches_end = False
        note, path = Note.parse(line["note"]), list(map(b64decode, line["proof"]))
        self._require_signature(note, f"checkpoint {note.size}")
        self._prove(self.frontier.size, self.frontier.root(), note, path)

    def _read_earlier(self, line: dict[str, Any]) -> None:
        """The proof that the first checkpoint of the export begins with one from outside that is older."""
        outside = self._outside.get(line["size"])
        if outside is None:
            return
        self._met.add(outside.size)
        if not consistent(
            outside.size, outside.root, self.frontier.size, self.frontier.root(), list(map(b64decode, line["proof"]))
        ):
            problem = "the export does not continue the checkpoint that was kept outside"
            self.report(Finding("forged", f"records before {self.start}", problem, f"since {outside.moment}"))

    def _prove(self, size: int, root: bytes, note: Note, path: list[bytes]) -> None:
        outside = self._outside.get(note.size)
        if outside is not None:
            self._met.add(note.size)
        if not consistent(size, root, note.size, (outside or note).root, path):
            self.report(
                Finding(
                    "edited",
                    f"records {self._sound[0]} to {size - 1}",
                    f"are not in checkpoint {note.size}",
                    self._since(),
                )
            )

    def _read_unsealed(self, line: dict[str, Any]) -> None:
        problem = f"was never sealed, though records up to transaction {line['upto']} were"
        self.report(Finding("inserted", f"record {line['id']} of transaction {line['xid']}", problem))

    def _read_end(self, line: dict[str, Any]) -> None:
        self._ended = True
        if line["pending"] != self.pending and self._reaches_now:
            problem = f"says {line['pending']} new records and has {self.pending}"
            self.report(Finding("cut off", "the export", problem))
        self.pending = line["pending"]
        if line["records"] != self.records:
            self.report(Finding("cut off", "the export", f"says {line['records']} records and has {self.records}"))

    def _finish(self) -> None:
        if not self._ended:
            self.report(Finding("cut off", f"after record {self.expected - 1}", "the export has no end"))
        elif self._interval:
            place = _records(self._interval[0].place, self._interval[-1].place + 1)
            self.report(Finding("inserted", place, "no checkpoint covers them", self._since()))
        for size, note in sorted(self._outside.items()):
            if size in self._met:
                continue
            if size > self.frontier.size:
                problem = f"the checkpoint of {note.moment} covers {size} records, the export has {self.frontier.size}"
                self.report(Finding("cut off", f"after record {self.frontier.size - 1}", problem, self._since()))
            elif size < self.start:
                raise CannotVerifyError(f"no proof for checkpoint {size}: export again with it as --checkpoint")
            else:
                self.report(Finding("deleted", f"checkpoint {size}", "was kept outside, and is not in the export"))
        self._books.finish(self._last_at, is_whole=self._reaches_now)
        self._books.standings.close()
        untold = self._promises.finish(self._can_hold)
        if untold is not None and not self.findings:
            raise CannotVerifyError(f"{untold}: verify it with an export of all records, made after it was given")

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

    def _since(self) -> str:
        """From when on the log is not known to be sound: all before that checkpoint is as it was signed."""
        size, moment = self._sound
        return f"since checkpoint {size} of {moment}" if size else "since the beginning of the log"

    def summary(self) -> str:
        """What was looked at, in one line."""
        books = f"{self._books.transactions} transactions and {self._books.entries} entries recomputed"
        tables = " and compared with the tables" if self._tables is not None else ", the tables not compared"
        newer = f", {self.pending} newer records not sealed yet" if self.pending else ""
        kept = f", {self._promises.kept} receipts kept" if self._promises.kept else ""
        return f"{self.records} records, {self.checkpoints} checkpoints, {books}{tables}{newer}{kept}"


def verify(
    export: Path,
    notes: list[str],
    pem: bytes | None,
    *,
    receipts: list[tuple[str, str]] | None = None,
    receipt_keys: bytes | None = None,
    on_progress: Callable[[int], None] = lambda _bytes: None,
) -> Verification:
    """Verify the export against the notes and the receipts, each with a name; `on_progress` is told of bytes read.

    Raises:
        CannotVerifyError: the input does not allow an answer.
    """
    outside = [Note.parse(text) for text in notes]
    if len({note.origin for note in outside}) != 1:
        raise CannotVerifyError("the checkpoints are not of one log")
    known = None if receipt_keys is None else ReceiptKeys(receipt_keys)
    verification = Verification(outside, Keys(pem), receipts, known)
    with export.open("rb") as file:
        verification.run(_counted(file, on_progress))
    return verification


def _counted(lines: Iterable[bytes], on_progress: Callable[[int], None]) -> Iterator[bytes]:
    read = 0
    for number, line in enumerate(lines):
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
        said = json.loads(raw)["transaction"]
        return bool((said["id"], said["postedAt"]) == (receipt.transaction, receipt.posted_at))
    except (ValueError, KeyError, TypeError):
        return False


def _summary(raw: bytes) -> str:
    try:
        record = json.loads(raw)
        return f"{record['action']} of {record['at']}"
    except (ValueError, KeyError, TypeError):
        return "its body"


def named(body: dict[str, Any]) -> tuple[str | None, list[str]]:
    """The subject and the accounts that the columns of a record with this body name."""
    if isinstance(body.get("transaction"), dict):
        transaction = body["transaction"]
        return transaction["id"], sorted({entry["account"] for entry in transaction["entries"]})
    for name, key in (("account", "id"), ("status", "account")):
        if name in body:
            return body[name][key], [body[name][key]]
    if "delivery" in body:
        return body["delivery"]["id"], []
    subject: str | None = body.get("subject")
    commands = [*body.get("commands", []), *([body["command"]] if "command" in body else [])]
    accounts = {posting["account"] for command in commands for posting in command.get("postings", [])}
    accounts |= {command["account"] for command in commands if "account" in command}
    accounts |= {body["fraud"]["account"]} if "account" in body.get("fraud", {}) else set()
    accounts |= {subject} if subject is not None and body.get("resource") == "account" else set()
    return subject, sorted(accounts)


def _unequal(names: tuple[str, ...], said: list[Any], found: list[Any]) -> list[str]:
    """The names of what is not the same; a row may have more than these names."""
    if said == found:
        return []
    pairs = zip(names, said, found[: len(names)], strict=True)
    return [name for name, one, other in pairs if one != other or type(one) is not type(other)]


def _id(text: str) -> bytes:
    return bytes.fromhex(text.replace("-", ""))


def _microseconds(text: str) -> int:
    return (_instant(text) - _EPOCH) // _MICROSECOND


def _instant_text(microseconds: int) -> str:
    return (_EPOCH + microseconds * _MICROSECOND).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _records(start: int, end: int) -> str:
    return f"record {start}" if end == start + 1 else f"records {start} to {end - 1}"


def _minor(amount: str) -> int:
    return int(amount.replace(".", "", 1))


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
    arguments = parser.parse_args()
    try:
        notes = [path.read_text(encoding="utf-8", errors="replace") for path in arguments.checkpoint]
        pem = arguments.public_key.read_bytes() if arguments.public_key else None
        receipts = [(path.name, path.read_text(encoding="utf-8", errors="replace")) for path in arguments.receipt]
        receipt_keys = arguments.receipt_keys.read_bytes() if arguments.receipt_keys else None
        verification = verify(arguments.export, notes, pem, receipts=receipts, receipt_keys=receipt_keys)
        known: list[Keys | ReceiptKeys] = [Keys(pem)] if pem is not None else []
        known += [ReceiptKeys(receipt_keys)] if receipt_keys is not None else []
        if not all(keys.check for keys in known):
            print("signatures were NOT checked: the package `cryptography` is not installed", file=sys.stderr)
    except (CannotVerifyError, OSError) as error:
        print(f"cannot verify: {error}", file=sys.stderr)
        return 2
    for finding in verification.findings:
        print(finding)
    verdict = "TAMPERED" if verification.findings else "clean"
    print(f"{verdict}: {verification.summary()}")
    return 1 if verification.findings else 0


if __name__ == "__main__":
    sys.exit(main())
