"""The rows of users, sessions, fraud cases, policies and holds, as the log determines them."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from bankcore_infra.audit.laws.findings import Findings
from bankcore_infra.audit.laws.forms import instant_of, minor
from bankcore_infra.audit.laws.frames import subject_of
from bankcore_infra.audit.laws.lines import words
from bankcore_infra.audit.laws.stores import Store
from bankcore_infra.audit.laws.writing import decode, encode

# How long a session is kept after its end.
_SESSION_KEPT: Final = timedelta(days=30)
REVOKING: Final = {"user.logged_out": "logout", "session.refresh_reused": "reuse", "session.ended": "staff"}
DECIDING: Final = {"fraud_case.cleared": "cleared", "fraud_case.confirmed": "confirmed"}

HOLDING: Final = ("hold.placed", "hold.captured", "hold.voided", "hold.extended", "hold.expired")


class ExpectedRows:
    """The rows that must be there and were not found yet, and the actors whose contexts are gone without an erasure."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._rows = Store()
        self._erased = Store()
        self._readers: dict[str, Callable[[dict[str, Any]], None]] = {
            "user.registered": self._register,
            "user.status_changed": self._change_user,
            "user.roles_changed": self._change_user,
            "user.logged_in": self._log_in,
            **dict.fromkeys(REVOKING, self._revoke),
            "fraud_case.opened": self._open_case,
            **dict.fromkeys(DECIDING, self._decide_case),
            "fraud_policy.changed": self._change_policy,
            "audit.context_erased": self._erase,
            **dict.fromkeys(HOLDING, self._put_hold),
            "limits.changed": self._set_limits,
        }

    def read(self, body: dict[str, Any]) -> None:
        """Follow what a sound body says of these rows."""
        reader = self._readers.get(body["action"])
        if reader is not None:
            reader(body)

    def miss_context(self, record_id: str, actor_id: str) -> None:
        """Remember that the context of this record of that actor is gone, until a record says that it was erased."""
        self._erased.put(_key("actor", actor_id), f"record {record_id} of {actor_id}".encode())

    def take(self, kind: str, found: list[Any], *, starts_at_zero: bool) -> list[Any]:
        """The row that must be there in place of the found row of a user, a session, a fraud case or a policy."""
        key = _key(kind, found[0])
        said = self._rows.get(key)
        if said is None and not starts_at_zero:
            return found
        if not said:
            problem = "the log has no record of it" if said is None else "comes twice"
            self._findings.report("inserted", f"{words(kind)} {found[0]}", problem)
            return found
        self._rows.put(key, b"")
        row: list[Any] = decode(said.decode())[1]
        return row

    def finish(self, exported_at: datetime) -> None:
        """Report missing rows. A missing session that may have ended long ago is no finding."""
        for _name, said in self._rows.items():  # noqa: PERF102 - no dictionary
            kind, row = decode(said.decode()) if said else (None, [])
            if kind is not None and (kind != "session" or instant_of(row[2]) > exported_at - _SESSION_KEPT):
                self._findings.report("deleted", f"{words(kind)} {row[0]}", "is gone")
        for _actor, said in self._erased.items():  # noqa: PERF102 - no dictionary
            if said:
                problem = "its address and user agent are gone, and no record says that they were erased"
                self._findings.report("deleted", said.decode(), problem)

    def close(self) -> None:
        """Remove what was written."""
        self._rows.close()
        self._erased.close()

    def _register(self, body: dict[str, Any]) -> None:
        self._expect("user", [subject_of(body), body["at"], body["roles"], "active"])

    def _change_user(self, body: dict[str, Any]) -> None:
        said = self._rows.get(_key("user", str(subject_of(body))))
        if said:
            user, created_at, roles, status = decode(said.decode())[1]
            self._put("user", [user, created_at, body.get("roles", roles), body.get("userStatus", status)])

    def _log_in(self, body: dict[str, Any]) -> None:
        self._expect("session", [body["session"], subject_of(body), body["at"], None, None])

    def _revoke(self, body: dict[str, Any]) -> None:
        self._change("session", body["session"], {3: body["at"], 4: REVOKING[body["action"]]})

    def _open_case(self, body: dict[str, Any]) -> None:
        case = body["fraud"]
        signals = [[signal["rule"], signal["points"]] for signal in case["signals"]]
        facts = [case["case"], case["account"], case["transaction"], body["at"], case["score"], case["frozen"]]
        self._expect("fraud_case", [*facts, signals, "open", None, None])

    def _decide_case(self, body: dict[str, Any]) -> None:
        if "outcome" not in body:
            decision = {7: DECIDING[body["action"]], 8: body["at"], 9: body["actor"]["id"]}
            self._change("fraud_case", body["fraud"]["case"], decision)

    def _change_policy(self, body: dict[str, Any]) -> None:
        self._put("fraud_policy", [subject_of(body), body["at"], body["fraud"]])

    def _put_hold(self, body: dict[str, Any]) -> None:
        """Each record says how the hold stands then; the phase counts, and not the place in the log."""
        hold = body["hold"]
        currency = hold["currency"]
        amounts = [minor(hold[name], currency) for name in ("amount", "captured")]
        row = [hold["id"], hold["account"], currency, *amounts, hold["status"], hold["version"], hold["byHolder"]]
        known = self._rows.get(_key("hold", hold["id"]))
        if not known or decode(known.decode())[1][6] < hold["version"]:
            self._put("hold", [*row, hold["placedAt"], hold["expiresAt"], hold["reference"]])

    def _set_limits(self, body: dict[str, Any]) -> None:
        """The version counts, and not the place in the log; what is refused is told too, and changes nothing."""
        if "outcome" in body:
            return
        told, subject = body["limits"], subject_of(body)
        known = self._rows.get(_key("limit_policy", str(subject)))
        if not known or decode(known.decode())[1][1] < told["version"]:
            is_applied = None if subject == body["tenant"] else told["policy"] != []
            self._put("limit_policy", [subject, told["version"], body["at"], told["policy"], is_applied])

    def _erase(self, body: dict[str, Any]) -> None:
        self._erased.put(_key("actor", body["erasedActor"]), b"")

    def _expect(self, kind: str, row: list[Any]) -> None:
        key = _key(kind, row[0])
        if self._rows.get(key) is not None:
            problem = f"{words(kind)} {row[0]} is made again"
            self._findings.report("contradiction", "the log", problem, self._findings.since)
        self._put(kind, row)

    def _put(self, kind: str, row: list[Any]) -> None:
        self._rows.put(_key(kind, row[0]), encode([kind, row]).encode())

    def _change(self, kind: str, row_id: str, changes: dict[int, Any]) -> None:
        """Follow a change of a row, which is allowed once."""
        key = _key(kind, row_id)
        said = self._rows.get(key)
        if said:
            row = decode(said.decode())[1]
            if row[max(changes)] is None:
                for place, value in changes.items():
                    row[place] = value
                self._put(kind, row)


def _key(kind: str, name: str) -> bytes:
    return kind[:1].encode() + hashlib.sha256(name.encode()).digest()[:16]
