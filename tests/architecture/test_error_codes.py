"""A client can tell every error by its code."""

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator

import bankcore
from bankcore.errors import BankcoreError


def subclasses_of(error_type: type[BankcoreError]) -> Iterator[type[BankcoreError]]:
    """Every error of the core below a branch, the branch itself left out."""
    for subclass in error_type.__subclasses__():
        if subclass.__module__.partition(".")[0] == "bankcore":
            yield subclass
            yield from subclasses_of(subclass)


def test_every_error_has_a_code_of_its_own() -> None:
    for module in pkgutil.walk_packages(bankcore.__path__, "bankcore."):
        importlib.import_module(module.name)

    error_types: list[type[BankcoreError]] = [BankcoreError, *subclasses_of(BankcoreError)]
    names_by_code: dict[str, set[str]] = defaultdict(set)
    for error_type in error_types:
        names_by_code[error_type.code].add(error_type.__qualname__)

    assert {code: names for code, names in names_by_code.items() if len(names) > 1} == {}
