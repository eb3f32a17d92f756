"""Actions: the names under which the audit log records what happened, what it happened to, and who may be shown it."""

from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class Audience(StrEnum):
    """Who is shown a change in the event feed: also the owner of its account, only staff, or nobody."""

    OWNER = "owner"
    OPERATOR = "operator"
    NOBODY = "nobody"


class Action(NamedTuple):
    """What happened, as `subject.past_participle`. Unless it says otherwise, nobody is shown it.

    Each is a constant in the capability of its event, so that all of them can be found.
    """

    name: str
    audience: Audience = Audience.NOBODY


class Subject(NamedTuple):
    """What an event happened to: the kind of thing, and its id."""

    kind: str
    id: UUID
