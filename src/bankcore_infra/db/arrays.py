"""Parameters for `unnest`: a whole column as one array literal.

A Python list costs psycopg a conversion for each element; one text literal with a cast in the statement costs a fifth
of that and is the same value to PostgreSQL (measured, docs/adr/0004).
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID


def uuids(values: Iterable[UUID]) -> str:
    """For `::uuid[]`."""
    return "{" + ",".join([value.hex for value in values]) + "}"


def optional_uuids(values: Iterable[UUID | None]) -> str:
    """For `::uuid[]` with NULLs."""
    return "{" + ",".join(["NULL" if value is None else value.hex for value in values]) + "}"


def integers(values: Iterable[int | None]) -> str:
    """For `::bigint[]`; None is NULL."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def byte_strings(values: Iterable[bytes]) -> str:
    """For `::bytea[]`."""
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"


def instants(values: Iterable[datetime | None]) -> str:
    """For `::timestamptz[]`; None is NULL."""
    # What a batch writes has one instant, as one object.
    last, text, texts_ = None, "NULL", []
    for value in values:
        if value is not last:
            last, text = value, "NULL" if value is None else f'"{value.isoformat()}"'
        texts_.append(text)
    return "{" + ",".join(texts_) + "}"


def texts(values: Iterable[str | None]) -> str:
    """For `::text[]`, and for any type with a text form; None is NULL."""
    return "{" + ",".join(["NULL" if value is None else _quoted(value) for value in values]) + "}"


def _quoted(value: str) -> str:
    if "\\" in value or '"' in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'
