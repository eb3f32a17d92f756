"""Parameters for `unnest`: a whole column as one array, in the form in which PostgreSQL sends and stores it.

A Python list costs psycopg a conversion for each element. An array that is packed here costs a sixth of that, and the
server takes it as it is, where it would have to parse a text literal (measured, docs/adr/0004).
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any, Final, TypeVar
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format
from typing_extensions import override

T = TypeVar("T")


class Packed(bytes):
    """A value or an array in PostgreSQL's binary form; the statement says of what by its cast."""

    __slots__ = ()


class _PackedDumper(Dumper):
    """Hands an `Packed` over as it is."""

    format = Format.BINARY

    @override
    def dump(self, obj: Any) -> Any:
        return obj


psycopg.adapters.register_dumper(Packed, _PackedDumper)

# Dimensions, whether there are NULLs, type of the elements, length, lowest index; then each element after its length.
_HEAD: Final = Struct("!iiIii")
_NO_ELEMENTS: Final = Struct("!iiI")
_LENGTH: Final = Struct("!i").pack
_NUMBER: Final = Struct("!iq").pack
_MOMENT: Final = Struct("!q").pack
_NULL: Final = _LENGTH(-1)
_UUID_LENGTH: Final = _LENGTH(16)
_BIGINT_LENGTH: Final = 8
_TEXT, _BIGINT, _BYTEA, _TIMESTAMPTZ, _UUID = 25, 20, 17, 1184, 2950
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def uuids(values: Iterable[UUID]) -> Packed:
    """For `::uuid[]`."""
    return _array(_UUID, [_UUID_LENGTH + value.int.to_bytes(16, "big") for value in values])


def optional_uuids(values: Iterable[UUID | None]) -> Packed:
    """For `::uuid[]` with NULLs."""
    return _array(_UUID, [_NULL if value is None else _UUID_LENGTH + value.int.to_bytes(16, "big") for value in values])


def integers(values: Iterable[int | None]) -> Packed:
    """For `::bigint[]`; None is NULL."""
    return _array(_BIGINT, [_NULL if value is None else _NUMBER(_BIGINT_LENGTH, value) for value in values])


def byte_strings(values: Iterable[bytes]) -> Packed:
    """For `::bytea[]`."""
    return _array(_BYTEA, [_LENGTH(len(value)) + value for value in values])


def instant(value: datetime) -> bytes:
    """One instant as PostgreSQL sends and stores it."""
    return _MOMENT((value - _EPOCH) // _MICROSECOND)


def instants(values: Sequence[datetime | None]) -> Packed:
    """For `::timestamptz[]`; None is NULL."""
    return _array(_TIMESTAMPTZ, _packed(values, _instant))


def texts(values: Sequence[str | None]) -> Packed:
    """For `::text[]`; None is NULL."""
    return _array(_TEXT, _packed(values, _text))


def uuids_as_text(values: Iterable[UUID]) -> str:
    """One array as a text, for where arrays of different lengths are the elements of a column; for `::uuid[]`."""
    return "{" + ",".join([value.hex for value in values]) + "}"


def _array(kind: int, elements: Sequence[bytes]) -> Packed:
    # That there may be NULLs is no more than a hint.
    head = _HEAD.pack(1, 1, kind, len(elements), 1) if elements else _NO_ELEMENTS.pack(0, 0, kind)
    return Packed(b"".join([head, *elements]))


def _packed(values: Sequence[T | None], pack: Callable[[T], bytes]) -> list[bytes]:
    """The elements; many columns have the same value in every row, which is packed once."""
    if not values:
        return []
    first = values[0]
    if values.count(first) == len(values):
        return [_NULL if first is None else pack(first)] * len(values)
    return [_NULL if value is None else pack(value) for value in values]


def _instant(value: datetime) -> bytes:
    return _LENGTH(_BIGINT_LENGTH) + instant(value)


def _text(value: str) -> bytes:
    encoded = value.encode()
    return _LENGTH(len(encoded)) + encoded
