"""What comes late is found, whatever packages other capabilities lack."""

from collections.abc import Mapping
from typing import Any

import pytest

from bankcore_infra.capability import Catalog


def lacks_a_package() -> Mapping[type[Any], Any]:
    raise ModuleNotFoundError("No module named 'redis'", name="redis")


def test_a_package_that_one_capability_lacks_keeps_nobody_from_another() -> None:
    catalog = Catalog({}, [lacks_a_package, lambda: {int: int}])

    assert catalog[int] is int


def test_what_is_found_nowhere_is_told_with_the_package_that_is_missing() -> None:
    catalog = Catalog({}, [lacks_a_package, lambda: {int: int}])

    with pytest.raises(ModuleNotFoundError, match="redis"):
        catalog[str]
    with pytest.raises(KeyError):
        Catalog({}, [lambda: {int: int}])[str]
