"""The schema that bankcore keeps its tables in, for programs that have tables of their own beside them."""

from collections.abc import Mapping
from typing import Final

SCHEMA: Final = "bankcore"
"""Everything of bankcore's is in it, its own `alembic_version` too, and nothing of anybody else."""


def include_name(name: str | None, kind: str, _parents: Mapping[str, str | None]) -> bool:
    """Whether Alembic compares what has that name: everything but our schema, which `bankcore db upgrade` keeps.

    Give it to `context.configure(include_schemas=True, include_name=include_name)`; without `include_schemas` Alembic
    looks at its default schema alone.
    """
    return kind != "schema" or name != SCHEMA
