"""Actions: the names under which the audit log records what happened, what it happened to, and who may be shown it."""

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class Audience(StrEnum):
    """Who is shown a change in the event feed: its account's owner too, only who works for the bank, or nobody."""

    OWNER = "owner"
    OPERATOR = "operator"
    NOBODY = "nobody"


class Action(NamedTuple):
    """What happened, as `subject.past_participle`. Unless it says otherwise, nobody is shown it.

    Each is a constant of the capability whose event it names, so that all of them can be found.
    """

    name: str
    audience: Audience = Audience.NOBODY


class Subject(NamedTuple):
    """What something happened to: of which kind, and which."""

    kind: str
    id: UUID
