"""What a statement of SQL locks."""

import re
from collections.abc import Iterator
from typing import Final

# A row level security policy also says FOR UPDATE, but then says for whom or which rows.
ROW_LOCK: Final = re.compile(
    r"\bFOR\s+(NO\s+KEY\s+UPDATE|KEY\s+SHARE|SHARE|UPDATE(?!\s+(TO|USING|WITH\s+CHECK)\b))", re.IGNORECASE
)
_TABLE_LOCK: Final = re.compile(r"LOCK TABLE bankcore\.(\w+)")
_TABLE: Final = re.compile(r"FROM bankcore\.(\w+)")
_INNERMOST: Final = re.compile(r"\([^()]*\)")


def locked_tables(text: str) -> Iterator[str]:
    """The tables that a statement locks: for a row lock, the one that is read at the same depth of brackets."""
    yield from _TABLE_LOCK.findall(text)
    for lock in ROW_LOCK.finditer(text):
        before = text[: lock.start()]
        while _INNERMOST.search(before):
            before = _INNERMOST.sub("", before)
        yield _TABLE.findall(before)[-1]
