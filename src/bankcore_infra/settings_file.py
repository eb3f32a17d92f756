"""Every setting as a file to begin a `.env` with: for each its description and, behind a `#`, its default."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bankcore_infra.settings import CapabilitySettings, Settings, variable_of

_HEAD: Final = """\
# Settings of bankcore. Copy this file to `.env` and change what you need; every line is optional.
#
# Where no server is named, `bankcore up` starts its own PostgreSQL and Valkey in a data folder; once one is, none is
# started. Variables of the environment win over this file, and an empty value is not set. A wrong one stops the program
# with one line that names the setting.
"""
_WIDTH: Final = 120


def settings_file(of_capabilities: Sequence[type[CapabilitySettings]]) -> str:
    """The file for what a bank shares and what those capabilities read."""
    shared = [model for model in Settings.__bases__ if issubclass(model, BaseModel) and model.model_fields]
    return "\n".join([_HEAD, *("\n".join(_lines_of(model)) + "\n" for model in (*shared, *of_capabilities))])


def _lines_of(model: type[BaseModel]) -> Iterator[str]:
    heading = (model.__doc__ or "").partition("\n")[0].removesuffix(".")
    yield f"# --- {heading} ---"
    for name, field in model.model_fields.items():
        yield from wrap(field.description or "", _WIDTH, initial_indent="# ", subsequent_indent="# ")
        yield f"#{variable_of(name)}={_value_of(field)}"


def _value_of(field: FieldInfo) -> object:
    """The default, or where there is none an example."""
    return field.default if field.default is not None else (field.examples or [""])[0]
