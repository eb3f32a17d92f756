"""The earlier frame: each kind of subject has its own member, and accounts appear only in entries."""

from typing import Any, Final

from bankcore_infra.audit.laws.findings import NotAsWrittenError
from bankcore_infra.audit.laws.forms import EXPONENTS, minor
from bankcore_infra.audit.laws.shapes import Shape

OPENED: Final = Shape("currency:text floor:amount|null id:id kind:text number:text owner:text")
_OLD_ENTRY: Final = Shape(
    "account:id after:amount amount:amount before:amount currency:text hash:digest sequence:count"
)
_OLD_TRANSACTION: Final = Shape(
    "effectiveAt:instant entries:list id:id kind:text metadata:texts postedAt:instant reference:text|null"
    " reverses:id|null source:pair|null"
)
_OLD_STATUS: Final = Shape("account:id after:status before:status reason:text|null version:count?")


def of_before(body: dict[str, Any]) -> dict[str, Any]:
    """Convert a record of the earlier frame to the present one. Raises: NotAsWrittenError."""
    action, nothing = body["action"], {"context": None, "request": None, "outcome": "success"}
    frame = {name: value for name, value in body.items() if value != nothing.get(name, ...)}
    subject, kind = frame.pop("subject", None), body.get("resource") or action.partition(".")[0]
    accounts, effects = _old_accounts(body), list[dict[str, Any]]()
    if action == "transaction.posted":
        _OLD_TRANSACTION.require(body["transaction"])
        subject, effects = body["transaction"]["id"], list(map(_old_entry, body["transaction"]["entries"]))
        facts = {name: value for name, value in body["transaction"].items() if value and name not in {"id", "entries"}}
        frame["transaction"] = facts
    elif action == "account.opened":
        OPENED.require(body["account"])
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
    """The effect of an entry of the earlier frame. Raises: NotAsWrittenError."""
    _OLD_ENTRY.require(entry)
    before, amount, after = (minor(entry[name], entry["currency"]) for name in ("before", "amount", "after"))
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
