"""Shapes of JSON objects: which members they have, in which order, and of which form."""

from typing import Any, Final

from bankcore_infra.audit.laws.findings import NotAsWrittenError
from bankcore_infra.audit.laws.forms import (
    STATUSES,
    Check,
    is_amount,
    is_count,
    is_digest,
    is_hash,
    is_id,
    is_instant,
)

CHECKS: Final[dict[str, Check]] = {
    "text": lambda value: type(value) is str,
    "texts": lambda value: type(value) is dict and all(type(text) is str for text in value.values()),
    "pair": lambda value: type(value) is list and [type(text) for text in value] == [str, str],
    "flag": lambda value: type(value) is bool,
    "list": lambda value: type(value) is list,
    "object": lambda value: type(value) is dict,
    "count": is_count,
    "id": is_id,
    "ids": lambda value: type(value) is list and value == sorted({each for each in value if is_id(each)}) != [],
    "hash": is_hash,
    "hashes": lambda value: type(value) is list and all(map(is_hash, value)),
    "digest": is_digest,
    "amount": is_amount,
    "some": lambda value: is_amount(value) and value.strip("-0.") != "",
    "instant": is_instant,
    "status": STATUSES.__contains__,
    "null": lambda value: value is None,
}


def _either(first: Check, *others: Check) -> Check:
    return (lambda value: first(value) or any(check(value) for check in others)) if others else first


class Shape:
    """The members of an object in their order, such as `id:id note:text|null row:list?`; `?` marks one that may be
    missing.
    """

    def __init__(self, members: str) -> None:
        pairs = [member.removesuffix("?").split(":") for member in members.split()]
        self._kinds = {name: _either(*[CHECKS[kind] for kind in kinds.split("|")]) for name, kinds in pairs}
        self._required = {member.split(":")[0] for member in members.split() if not member.endswith("?")}
        self._seen: set[tuple[str, ...]] = set()

    def require(self, document: dict[str, Any]) -> bool:
        """True for a document of this shape. Raises: NotAsWrittenError."""
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
