"""How hard the properties are tried: HYPOTHESIS_PROFILE=nightly for long, anything else for a change."""

import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run: a gate must not fail for what somebody else left behind. The nightly run searches.
settings.register_profile(
    "default", max_examples=60, stateful_step_count=25, deadline=None, derandomize=True, database=None
)
settings.register_profile(
    "nightly",
    max_examples=5_000,
    stateful_step_count=100,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
PROFILE: Final = os.environ.get("HYPOTHESIS_PROFILE", "default")
settings.load_profile(PROFILE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a long search the time it needs."""
    for item in items:
        if PROFILE == "nightly" and item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(0))


@pytest.fixture(scope="module", autouse=True)
def _unmeasured(unmeasured: None) -> None:
    """The same rules are measured example by example elsewhere."""
