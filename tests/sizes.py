"""How much is tried of what is tried at random or in great numbers: little for a change, much at night."""

import os
from typing import Final

# `make security-nightly` sets it. Nothing else asks the environment for it.
NIGHTLY: Final = os.environ.get("BANKCORE_NIGHTLY") == "1"


def sized(for_a_change: int, *, nightly: int) -> int:
    """The first number for a change, the other one at night."""
    return nightly if NIGHTLY else for_a_change
