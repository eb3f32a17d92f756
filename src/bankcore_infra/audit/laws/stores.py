"""Stores that do not outgrow the memory: the rest goes to a temporary file."""

import sqlite3
from collections.abc import Iterator
from typing import Final

# How many values are kept in memory.
AT_HAND_MAX: Final = 100_000


class Store:
    """Stores bytes by key: a number of them in memory, the others in a temporary file."""

    def __init__(self) -> None:
        self._at_hand: dict[bytes, bytes] = {}
        self._file: sqlite3.Connection | None = None

    def get(self, key: bytes) -> bytes | None:
        """The value that was put last; None if there is none."""
        found = self._at_hand.get(key)
        if found is None and self._file is not None:
            row = self._file.execute("SELECT value FROM kept WHERE key = ?", (key,)).fetchone()
            found = None if row is None else row[0]
        return found

    def put(self, key: bytes, value: bytes) -> None:
        """Store the value."""
        self._at_hand[key] = value
        if len(self._at_hand) > AT_HAND_MAX:
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
