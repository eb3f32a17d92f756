"""The public API of the library as text: every name that may be imported, with the signatures of what can be called.

`make public-api` writes it to `docs/public-api.txt`, so that a change of it is seen where it is made.
"""

import inspect
import re
from collections.abc import Iterator
from enum import Enum
from types import ModuleType
from typing import Final

import bankcore
import bankcore.testing
import bankcore_infra
from tests.architecture.source_tree import ROOT

FILE: Final = ROOT / "docs" / "public-api.txt"
MODULES: Final = (bankcore, bankcore.testing, bankcore_infra)
# Where an object lies in memory, and in which module a type is, are nobody's business.
_ADDRESS: Final = re.compile(r" at 0x[0-9a-f]+")
_OPTIONAL: Final = re.compile(r"Optional\[(\w+)\]")
_MODULE: Final = re.compile(r"\b(?:[a-z_]\w*\.)+(?=[A-Z_a-z])")


def public_api() -> str:
    """One line for each name, and below a class one for each thing that it offers."""
    lines = [line for module in MODULES for line in _module_lines(module)]
    return "\n".join(lines) + "\n"


def _module_lines(module: ModuleType) -> Iterator[str]:
    yield f"[{module.__name__}]"
    for name in sorted(module.__all__):
        value = getattr(module, name)
        if not inspect.isclass(value):
            yield f"{name}{_signature(value)}"
        else:
            bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
            yield f"class {name}({bases})"
            yield from _member_lines(value)
    yield ""


def _member_lines(kind: type) -> Iterator[str]:
    if issubclass(kind, Enum):
        yield from (f"    {member.name} = {member.value!r}" for member in kind)
        return
    if not getattr(kind, "_is_protocol", False):
        yield f"    __init__{_signature(kind)}"
    if issubclass(kind, Exception):
        code = getattr(kind, "code", None)
        yield from () if code is None else [f"    code = {code!r}"]
    for name in sorted(_own_names(kind)):
        member = inspect.getattr_static(kind, name)
        called = getattr(kind, name)
        yield f"    {name}{_signature(called)}" if callable(called) else f"    {name}: {_word_for(member)}"


def _own_names(kind: type) -> set[str]:
    """What is declared in our classes; what their bases bring along from elsewhere is not ours to promise."""
    ours = [each for each in kind.__mro__ if each.__module__.startswith("bankcore")]
    ignored = {"code", "title", "retryable", "recorded", "replayed", "with_traceback", "add_note"}
    hides = issubclass(kind, Exception)
    return {
        name for each in ours for name in vars(each) if not name.startswith("_") and not (hides and name in ignored)
    }


def _word_for(member: object) -> str:
    return "property" if isinstance(member, property) else "attribute"


def _signature(value: object) -> str:
    if not callable(value):
        return ""
    try:
        shown = str(inspect.signature(value))
    except (TypeError, ValueError):
        return "(...)"
    # Versions of Python write the same type in several ways.
    plain = _MODULE.sub("", _ADDRESS.sub("", shown)).replace("'", "").replace('"', "")
    return _OPTIONAL.sub(r"\1 | None", plain)


if __name__ == "__main__":
    FILE.write_text(public_api(), encoding="utf-8")
