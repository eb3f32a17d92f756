"""The keys of one purpose in a running process, which learns of a rotation while it works (docs/adr/0082)."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bankcore_infra.keys.key_files import UnusableKeyError
from bankcore_infra.keys.signing_keys import SigningKeys, key_paths, next_key_path
from bankcore_infra.log_messages import LogMessage, logger_of

_LOG: Final = logger_of("keys")

LOOK_EVERY_S: Final = 2.0
"""A process that is at work knows a new key after this time, wherever the key was made."""


class LiveKeys:
    """Looks at the folder now and then, and reads the keys anew when files have come, gone or changed."""

    def __init__(self, folder: Path, purpose: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Read the keys; at the first use one is made. Raises: UnusableKeyError."""
        self._folder = folder
        self._purpose = purpose
        self._monotonic = monotonic
        self._seen = self._files()
        self._keys = SigningKeys.open(folder, purpose)
        self._looked_at = monotonic()

    def current(self) -> SigningKeys:
        """The keys as they are now, or were a moment ago."""
        now = self._monotonic()
        if now - self._looked_at >= LOOK_EVERY_S:
            # Said first, so that other threads go on with what is known.
            self._looked_at = now
            self._look()
        return self._keys

    def _look(self) -> None:
        try:
            files = self._files()
            if files != self._seen:
                self._keys, self._seen = SigningKeys.open(self._folder, self._purpose), files
                _LOG.info(LogMessage("keys read anew", purpose=self._purpose, signing=self._keys.signing_kid))
        except (OSError, UnusableKeyError) as error:
            # Whoever works with the keys has done nothing wrong, and those that are known are good.
            _LOG.error(LogMessage("keys cannot be read anew", purpose=self._purpose, problem=type(error).__name__))

    def _files(self) -> list[tuple[str, int]]:
        paths = [*key_paths(self._folder, self._purpose), next_key_path(self._folder, self._purpose)]
        return [(path.name, path.stat().st_mtime_ns) for path in paths if path.exists()]
