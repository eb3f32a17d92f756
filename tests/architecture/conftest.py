"""What is read as text and tried as an installation needs no measuring."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def _unmeasured(unmeasured: None) -> None:
    """What is read as text and tried as an installation needs no measuring."""
