"""The `Idempotent-Replayed` header, which marks an answer that is given again."""

from collections.abc import Mapping
from typing import Final

REPLAY_HEADER: Final = "Idempotent-Replayed"


def replay_headers(*, replayed: bool) -> Mapping[str, str]:
    """The headers of an answer that may be a replay."""
    return {REPLAY_HEADER: "true"} if replayed else {}
