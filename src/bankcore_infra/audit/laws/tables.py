"""The rows of the books that must stand beside each record and at the end."""

from typing import Any, Final
from uuid import uuid5

from bankcore_infra.audit.laws.books import OPENINGS_MAX, Books, opened_columns
from bankcore_infra.audit.laws.columns import CONTEXT_COLUMNS, RECORD_COLUMNS
from bankcore_infra.audit.laws.expected_rows import ExpectedRows
from bankcore_infra.audit.laws.findings import Findings
from bankcore_infra.audit.laws.forms import STATUSES, id_bytes, instant_text, is_id
from bankcore_infra.audit.laws.frames import accounts_of, subject_of
from bankcore_infra.audit.laws.standings import NEW_ACCOUNT
from bankcore_infra.audit.laws.writing import decode, encode

_UNITS_MAX: Final = 1_000


class Tables:
    """The rows of the database as the log determines them, for the auditor's verification and the bank's own."""

    def __init__(self, books: Books, findings: Findings) -> None:
        self._books = books
        self._findings = findings
        self._units: dict[int, set[str]] = {}
        self._accounts = 0
        self._last_account = ""
        self._settlements: set[str] = set()
        self.others = ExpectedRows(findings)

    def record_members(self, line: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        """Follow a sound body. Returns the members with rows for the line of its record."""
        self.others.read(body)
        self._units.setdefault(line["xid"], set()).add(line["id"])
        if len(self._units) > _UNITS_MAX:
            # Records of one transaction stand near each other.
            del self._units[next(iter(self._units))]
        actor = body["actor"]
        columns = [body["at"], body["action"], body.get("outcome", "success"), actor["type"], actor["id"]]
        columns += [subject_of(body), accounts_of(body), body.get("request"), *self._context(line, body)]
        if self._books.has_moved:
            return {"row": columns, "transaction": self._transaction(body), "entries": sorted(self._books.rows)}
        if body["action"] == "account.opened":
            return {"row": columns, "account": opened_columns(body)}
        return {"row": columns}

    def standing(self, row: list[Any], *, starts_at_zero: bool) -> list[Any]:
        """The row that must be there in place of the found row of an account."""
        key = row[0]
        self._books.chains.finish(is_whole=True)
        if not is_id(key) or key <= self._last_account:
            self._findings.report("inserted", f"account {key}", "comes twice, or out of its order")
            return row
        self._accounts += 1
        self._last_account = key
        known, standing = self._books.chains.standings.find(id_bytes(key)), NEW_ACCOUNT
        if known is not None and known.opened:
            opened, standing = decode(known.opened.decode()), known
        elif row[4] == "settlement":
            opened = self._settlement(row[:7], starts_at_zero=starts_at_zero)
            standing = known or standing
        elif starts_at_zero:
            self._findings.report("inserted", f"account {key}", "the log has no record of it")
            return row
        else:
            opened, standing = row[:7], known or standing
        posted_at = instant_text(standing.posted_us) if standing.version else None
        said = [
            standing.balance,
            standing.held,
            standing.version,
            standing.head.hex(),
            posted_at,
            STATUSES[standing.status],
        ]
        if not starts_at_zero:
            said = [*said[:5], row[12]] if standing.version else row[7:]
        return [*opened, *said]

    def require_counts(self, line: dict[str, Any]) -> None:
        """Compare the numbers of rows with those that follow from the log."""
        books = self._books
        for currency in sorted(books.openings.keys() - self._settlements):
            self._findings.report("deleted", f"settlement account of {currency}", "is gone")
        said = {
            "transactions": books.transactions,
            "entries": books.entries,
            "accounts": books.accounts + len(self._settlements),
        }
        for table, count in said.items():
            if line[table] != count:
                kind = "deleted" if line[table] < count else "inserted"
                problem = f"has {line[table]} rows, the log tells of {count}"
                self._findings.report(kind, f"table {table}", problem)
        if line["accounts"] != self._accounts:
            self._findings.report("cut off", "accounts", f"{line['accounts']} were counted, {self._accounts} are here")

    def _context(self, line: dict[str, Any], body: dict[str, Any]) -> list[str | None]:
        """The context that the record names, and its hash; without the hash where it was erased."""
        sealed, row = body.get("context"), line.get("row", [])
        if sealed is None or len(row) != len(RECORD_COLUMNS) + len(CONTEXT_COLUMNS):
            return [None, None]
        named_context, hashed = row[-2:]
        if named_context not in self._units.get(line["xid"], ()):
            return ["a context of its transaction", hashed]
        if hashed is None:
            self.others.miss_context(line["id"], body["actor"]["id"])
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
        """A settlement account begins with the first account of its currency, and all of its columns follow from
        that.
        """
        currency = found[3]
        key = str(uuid5(self._books.tenant, f"settlement/{currency}"))
        openings = self._books.openings.get(currency, set())
        is_in_time = not starts_at_zero or found[6] in openings or len(openings) == OPENINGS_MAX
        opened_at = found[6] if is_in_time else min(openings, default=None)
        said = [key, f"SETTLEMENT-{currency}", "bank", currency, "settlement", None, opened_at]
        if encode(said) != encode(found):
            problem = f"is not as the settlement account of {currency}, {key}, is opened"
            self._findings.report("edited", f"account {found[0]}", problem)
        self._settlements.add(currency)
        return said
