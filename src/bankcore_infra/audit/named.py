"""What a record's body says of its subject and its accounts: the columns that readers filter by must say the same."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def named_in(body: Mapping[str, Any]) -> tuple[str | None, list[str]]:
    """The subject of a record of this body, if any, and its accounts in their order."""
    return _subject(body), sorted(set(_accounts(body)))


def _subject(body: Mapping[str, Any]) -> str | None:
    for member in ("transaction", "account", "delivery"):
        if member in body:
            named: str = body[member]["id"]
            return named
    if "status" in body:
        changed: str = body["status"]["account"]
        return changed
    return body.get("subject")


def _accounts(body: Mapping[str, Any]) -> Iterator[str]:
    match body:
        case {"transaction": {"entries": entries}}:
            yield from (entry["account"] for entry in entries)
        case {"account": {"id": account_id}}:
            yield account_id
        case {"status": {"account": account_id}} | {"fraud": {"account": account_id}}:
            yield account_id
        case {"resource": "account", "subject": str(account_id)}:
            yield account_id
        case {"command": command}:
            yield from _asked_for([command])
        case {"commands": commands}:
            yield from _asked_for(commands)
        case _:
            pass


def _asked_for(commands: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The accounts that commands which were not carried out would have touched."""
    for command in commands:
        yield from (posting["account"] for posting in command.get("postings", ()))
        if "account" in command:
            yield command["account"]
