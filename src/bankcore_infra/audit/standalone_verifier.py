"""Verifies an exported audit log offline: `python standalone_verifier.py EXPORT --checkpoint NOTE --public-key PEM`.

This file runs alone, with Python 3.11 and the package `cryptography`; without that package it checks everything but
signatures, and says so. It trusts nothing but the checkpoint that was kept outside and the public key: it starts from
them and works towards the export. It answers 0 if all is well, 1 if something is not, 2 if it cannot tell.
"""

import argparse
import hashlib
import json
import re
import struct
import sys
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

FORMAT: Final = "bankcore-audit-export-1"
FINDINGS_MAX: Final = 1_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ENTRY: Final = struct.Struct(">16s32s16s16sq16s3sqqqq")
_PEM: Final = re.compile(rb"-----BEGIN PUBLIC KEY-----.+?-----END PUBLIC KEY-----\n?", re.DOTALL)
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

    def append(self, leaf: bytes) -> None:
        """Add the hash of a leaf."""
        place = self.size
        while place & 1:
            leaf = hashlib.sha256(b"\x01" + self.hashes.pop() + leaf).digest()
            place >>= 1
        self.hashes.append(leaf)
        self.size += 1

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


@dataclass(slots=True)
class Books:
    """The accounts as the log tells them: balances, sequence and hash chain."""

    tenant: bytes
    starts_at_zero: bool
    report: Callable[[Finding], None]
    accounts: dict[str, tuple[int, int, bytes]] = field(default_factory=dict)
    heads: list[tuple[int, str, str, int, str]] = field(default_factory=list)
    transactions: int = 0

    def read(self, index: int, record: dict[str, Any]) -> None:
        """Follow what the record says of accounts."""
        action = record["action"]
        if action == "transaction.posted":
            self._post(index, record["transaction"])
        elif action == "heads.sealed":
            for account, version, head in record["heads"]["accounts"]:
                self._compare_head(index, record["at"], account, version, head)

    def finish(self, last_at: str) -> None:
        """Report the heads that count entries which the log does not have."""
        for index, at, account, version, _head in self.heads:
            known = self.accounts.get(account, (0, 0, b""))[0]
            if known < version and _instant(last_at) - _instant(at) > _HEAD_PATIENCE:
                problem = f"its head counts {version} entries, the log only has {known}"
                self.report(Finding("deleted", f"account {account}", problem, f"sealed in record {index} at {at}"))

    def _post(self, index: int, transaction: dict[str, Any]) -> None:
        self.transactions += 1
        posted_at = (_instant(transaction["postedAt"]) - _EPOCH) // _MICROSECOND
        transaction_id = bytes.fromhex(transaction["id"].replace("-", ""))
        sums: dict[str, int] = {}
        for entry in transaction["entries"]:
            account, sequence, currency = entry["account"], entry["sequence"], entry["currency"]
            amount, before, after = _minor(entry["amount"]), _minor(entry["before"]), _minor(entry["after"])
            sums[currency] = sums.get(currency, 0) + amount
            known = self.accounts.get(account)
            if known is None and (self.starts_at_zero or sequence == 1):
                known = (0, 0, bytes(32))
            entry_hash = bytes.fromhex(entry["hash"])
            if before + amount != after:
                self._contradiction(index, account, f"{entry['before']} + {entry['amount']} is not {entry['after']}")
            if known is not None:
                last_sequence, last_after, last_hash = known
                if sequence != last_sequence + 1:
                    self._contradiction(index, account, f"entry {sequence} follows entry {last_sequence}")
                if before != last_after:
                    self._contradiction(index, account, f"entry {sequence} does not start from the balance before it")
                facts = (sequence, transaction_id, currency.encode(), amount, before, after, posted_at)
                tag = (b"bankcore.entry.1", last_hash, self.tenant, bytes.fromhex(account.replace("-", "")))
                if hashlib.sha256(_ENTRY.pack(*tag, *facts)).digest() != entry_hash:
                    self._contradiction(index, account, f"entry {sequence} is not what its hash was made of")
            self.accounts[account] = (sequence, after, entry_hash)
        if any(sums.values()):
            self._contradiction(index, "its transaction", "the entries do not sum to zero")

    def _compare_head(self, index: int, at: str, account: str, version: int, head: str) -> None:
        sequence, _after, entry_hash = self.accounts.get(account, (0, 0, b""))
        if sequence == version and entry_hash.hex() != head:
            self._contradiction(index, account, f"the head after {version} entries is not the hash of the last one")
        elif sequence < version and self.starts_at_zero:
            self.heads.append((index, at, account, version, head))

    def _contradiction(self, index: int, place: str, problem: str) -> None:
        self.report(Finding("contradiction", f"record {index}, {place}", problem))


class Record(NamedTuple):
    """A line of the export: its place in commit order, the leaf that was sealed, and the hash of what is there now."""

    place: int
    order: tuple[int, str]
    leaf: bytes
    found: bytes | None


class Verification:
    """One run over an export."""

    def __init__(self, outside: list[Note], keys: Keys) -> None:
        """Against these checkpoints from outside."""
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
            "unsealed": self._read_unsealed,
            "database": self._read_database,
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
            self._sound = (self.start, header["startedAt"] or "")
            self._books = Books(bytes.fromhex(header["tenant"].replace("-", "")), self.start == 0, self.report)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CannotVerifyError("the file does not begin as an export of an audit log does") from None
        if found != FORMAT:
            raise CannotVerifyError(f"the export has the form {found}, this program reads {FORMAT}")
        if origin != self._origin:
            raise CannotVerifyError(f"the export is of {origin}, the checkpoint of {self._origin}")
        self._ended = False

    def _read_record(self, line: dict[str, Any]) -> None:
        index, sealed, body = line["i"], b64decode(line["leaf"]), line.get("body")
        if index > self.expected:
            self.report(Finding("deleted", _records(self.expected, index), "not in the export", self._since()))
        elif index < self.expected:
            self.report(Finding("reordered", f"record {index}", f"stands after record {self.expected - 1}"))
        self.expected = index + 1
        self.records += 1
        self.frontier.append(sealed)
        if body is None and "body64" not in line:
            self._interval.append(Record(index, (line["xid"], line["id"]), sealed, None))
            self.report(Finding("deleted", f"record {index}", f"its body ({line['id']}) is gone", self._since()))
            return
        raw = b64decode(line["body64"]) if body is None else body.encode("utf-8", "surrogatepass")
        found = hashlib.sha256(b"\x00" + raw).digest()
        self._interval.append(Record(index, (line["xid"], line["id"]), sealed, found))
        if found != sealed:
            problem = f"{_summary(raw)} is not what was sealed"
            self.report(Finding("edited", f"record {index} ({line['id']})", problem, self._since()))
        self._read_body(index, raw)

    def _read_body(self, index: int, raw: bytes) -> None:
        try:
            record = json.loads(raw.decode())
            self._last_at = record["at"]
            self._books.read(index, record)
        except (ValueError, KeyError, TypeError, struct.error) as error:
            self.report(Finding("contradiction", f"record {index}", f"cannot be read ({type(error).__name__})"))

    def _read_checkpoint(self, line: dict[str, Any]) -> None:
        self.checkpoints += 1
        try:
            note = Note.parse(line["note"])
            taken_up = Frontier(note.size, map(b64decode, line["frontier"]))
        except (CannotVerifyError, ValueError):
            self.report(Finding("edited", f"checkpoint after record {self.expected - 1}", "is none", self._since()))
            return
        self._require_signature(note, f"checkpoint {note.size}")
        self._require_order(note)
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

    def _require_order(self, note: Note) -> None:
        last, self._last = self._last, note
        if last is None:
            return
        if note.size <= last.size or int(note.facts["bankcore-era"]) < int(last.facts["bankcore-era"]):
            self.report(Finding("reordered", f"checkpoint {note.size}", f"stands after checkpoint {last.size}"))
        previous = b64decode(note.facts["bankcore-previous"])
        if previous != hashlib.sha256(last.text.encode()).digest():
            self.report(
                Finding("deleted", f"checkpoint {note.size}", f"does not name checkpoint {last.size} before it")
            )

    def _read_later(self, line: dict[str, Any]) -> None:
        """A checkpoint after the last record, with the proof that it begins with what the export has."""
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

    def _read_database(self, line: dict[str, Any]) -> None:
        self.report(Finding("contradiction", line["place"], line["problem"], "found in the database by the export"))

    def _read_end(self, line: dict[str, Any]) -> None:
        self._ended = True
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
        self._books.finish(self._last_at)

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
        books = f"{self._books.transactions} transactions on {len(self._books.accounts)} accounts"
        newer = f", {self.pending} newer records not sealed yet" if self.pending else ""
        return f"{self.records} records, {self.checkpoints} checkpoints, {books} recomputed{newer}"


def verify(
    export: Path, notes: list[str], pem: bytes | None, *, on_progress: Callable[[int], None] = lambda _bytes: None
) -> Verification:
    """Verify the export against the notes; `on_progress` is told how many bytes were read.

    Raises:
        CannotVerifyError: the input does not allow an answer.
    """
    outside = [Note.parse(text) for text in notes]
    if len({note.origin for note in outside}) != 1:
        raise CannotVerifyError("the checkpoints are not of one log")
    verification = Verification(outside, Keys(pem))
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


def _summary(raw: bytes) -> str:
    try:
        record = json.loads(raw)
        return f"{record['action']} of {record['at']}"
    except (ValueError, KeyError, TypeError):
        return "its body"


def _records(start: int, end: int) -> str:
    return f"record {start}" if end == start + 1 else f"records {start} to {end - 1}"


def _minor(amount: str) -> int:
    return int(amount.replace(".", "", 1))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def main() -> int:
    """Run as a program."""
    parser = argparse.ArgumentParser(description="Verify an exported audit log of bankcore offline.")
    parser.add_argument("export", type=Path, help="the file that `bankcore audit export` wrote")
    parser.add_argument("--checkpoint", type=Path, action="append", required=True, help="a note kept outside")
    parser.add_argument("--public-key", type=Path, help="public-key.pem; without it, signatures are not checked")
    arguments = parser.parse_args()
    try:
        notes = [path.read_text(encoding="utf-8", errors="replace") for path in arguments.checkpoint]
        pem = arguments.public_key.read_bytes() if arguments.public_key else None
        verification = verify(arguments.export, notes, pem)
        if pem is not None and not Keys(pem).check:
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
