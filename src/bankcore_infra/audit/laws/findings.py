"""What verification reports: findings, or that it cannot tell."""

import struct
from typing import Final, NamedTuple

FINDINGS_MAX: Final = 1_000
CANNOT_VERIFY: Final = 2
"""The exit code of whoever could not look; 0 and 1 are for what was found."""


class CannotVerifyError(Exception):
    """The input does not allow an answer."""


class NotAsWrittenError(ValueError):
    """Bytes that a bank does not write; the message says what about them."""


SENSELESS: Final = (
    *(CannotVerifyError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError),
    struct.error,
)
"""The errors of reading a line that no bank wrote."""


class LogFinding(NamedTuple):
    """Something that is not as it was sealed: its kind, place and problem, and between which moments it happened."""

    kind: str
    place: str
    problem: str
    since: str = ""

    def __str__(self) -> str:
        """One line."""
        return f"{self.kind.upper()}: {self.place}: {self.problem}" + (f" ({self.since})" if self.since else "")


class Findings:
    """The findings of one run; `since` says when the log was last known to be sound."""

    def __init__(self) -> None:
        self.found: list[LogFinding] = []
        self.since = ""

    def report(self, kind: str, place: str, problem: str, since: str = "") -> None:
        """Keep a finding, unless there are too many to read."""
        if len(self.found) < FINDINGS_MAX:
            self.found.append(LogFinding(kind, place, problem, since))

    def report_recent(self, kind: str, place: str, problem: str) -> None:
        """Report what happened since the log was last known to be sound."""
        self.report(kind, place, problem, self.since)
