"""The lines of an export that are records."""

from base64 import b64decode
from typing import Any

from bankcore.audit.merkle import leaf_hash
from bankcore_infra.audit.laws.bodies import body_in, sealed_document, summary_of
from bankcore_infra.audit.laws.books import Books
from bankcore_infra.audit.laws.checkpoint_chain import CheckpointChain
from bankcore_infra.audit.laws.findings import SENSELESS, Findings, NotAsWrittenError
from bankcore_infra.audit.laws.forms import base64_text, is_count
from bankcore_infra.audit.laws.lines import LINES
from bankcore_infra.audit.laws.promises import Promises
from bankcore_infra.audit.laws.sealed_records import LeafLine, SealedRecords
from bankcore_infra.audit.laws.tables import Tables


class RecordLines:
    """Reads the lines of records, sealed or not, and follows what their bodies say."""

    def __init__(  # noqa: PLR0913 - what a record is compared with
        self,
        tenant: str,
        findings: Findings,
        *,
        log: SealedRecords,
        chain: CheckpointChain,
        books: Books,
        tables: Tables | None,
        promises: Promises,
    ) -> None:
        self.last_at = ""
        """When the last record was made."""
        self.pending = 0
        self._tenant = tenant
        self._findings = findings
        self._log = log
        self._chain = chain
        self._books = books
        self._tables = tables
        self._promises = promises

    def read(self, line: dict[str, Any]) -> dict[str, Any]:
        """The line that must stand in place of this line of a sealed record. Raises: SENSELESS."""
        index, raw = line["i"], body_in(line)
        found = None if raw is None else leaf_hash(raw)
        is_sound = found is not None and base64_text(found) == line["leaf"]
        sealed = found if found is not None and is_sound else b64decode(line["leaf"])
        # A sound record determines all members of its line but these two.
        if not (is_sound and is_count(index) and is_count(line["xid"])):
            LINES["record"].require(line)
        since = self._findings.since
        nodes = self._log.add(LeafLine(index, (line["xid"], line["id"]), raw is not None), sealed)
        said = {
            "type": "record",
            "i": index,
            "id": line["id"],
            "xid": line["xid"],
            "leaf": base64_text(sealed),
            "nodes": [base64_text(node) for node in nodes],
        }
        self._promises.meet(f"record {index}", line, sealed, raw)
        if "proof" in line:
            self._log.require_inclusion(index, sealed, line["proof"])
        if raw is None:
            self._findings.report("deleted", f"record {index}", f"its body ({line['id']}) is gone", since)
            return {**line, "nodes": said["nodes"]}
        if found != sealed:
            problem = f"{summary_of(raw)} is not what was sealed"
            self._findings.report("edited", f"record {index} ({line['id']})", problem, since)
        members = self._read_body(index, line, raw, is_sound=found == sealed)
        if members is None:
            return {**line, "nodes": said["nodes"]}
        said.update(members)
        if "proof" in line:
            said["proof"] = line["proof"]
        return said

    def _read_body(self, index: int, line: dict[str, Any], raw: bytes, *, is_sound: bool) -> dict[str, Any] | None:
        """Follow the body. Returns the members that its line must have, as far as they are certain."""
        try:
            body = sealed_document(raw, self._tenant)
            self.last_at = body["at"]
            self._books.read(index, body)
            if not is_sound:
                return None
            if body["action"] == "log.era_begun" and line["type"] == "record":
                self._chain.begin_era(index, body)
            members = {} if self._tables is None else self._tables.record_members(line, body)
        except SENSELESS as error:
            why = str(error) if isinstance(error, NotAsWrittenError) else type(error).__name__
            self._findings.report("contradiction", f"record {index}", f"cannot be read ({why})")
            return None
        return {"id": body["id"], "body": raw.decode(), **members}

    def read_pending(self, line: dict[str, Any]) -> dict[str, Any]:
        """Read a record that is too new to be sealed: it proves nothing yet, but the books go on with it."""
        raw = body_in(line)
        if raw is None:
            raise NotAsWrittenError("has no body")
        self._promises.meet(f"unsealed record {line['id']}", line, leaf_hash(raw), raw)
        members = self._read_body(self._log.expected + self.pending, line, raw, is_sound=True)
        self.pending += 1
        return line if members is None else {"type": "pending", "id": members.pop("id"), "xid": line["xid"], **members}
