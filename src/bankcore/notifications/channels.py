"""Channels to reach users, and how an attempt can fail."""

import re
from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from bankcore.identifiers import UserId
from bankcore.notifications.templates import Text

_PROBLEM: Final = re.compile(r"[a-z0-9_]{1,64}", re.ASCII)


class ChannelName(StrEnum):
    """A way to reach a user."""

    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is handed to a channel. `id` is the same in every attempt, so that a receiver can tell a duplicate."""

    id: UUID
    to: str
    text: Text
    created_at: datetime


class DeliveryProblem(Exception):  # noqa: N818 - the base of the failures below; never raised itself
    """Why a message was not delivered, as one constant word: no address and no text of the message can be in it."""

    def __init__(self, problem: str) -> None:
        """With that word of small letters, digits and underscores; ValueError for any other."""
        if _PROBLEM.fullmatch(problem) is None:
            raise ValueError("a problem is one word of small letters, digits and underscores")
        super().__init__(problem)
        self.problem = problem


class TemporaryFailureError(DeliveryProblem):
    """This message did not get through now; later it may."""


class ChannelDownError(TemporaryFailureError):
    """The channel itself does not work now; other messages would not get through either."""


class PermanentFailureError(DeliveryProblem):
    """This message will never get through."""


class Channel(Protocol):
    """Delivers messages. An attempt ends in a bounded time, and is made while no unit of work is open."""

    @abstractmethod
    def send(self, message: Message) -> None:
        """Deliver the message, at least once: after a failure it may have arrived all the same.

        Raises:
            TemporaryFailureError: it may get through later.
            ChannelDownError: nothing gets through now.
            PermanentFailureError: it never will.
        """

    @abstractmethod
    def close(self) -> None:
        """Close what is kept for the next message, such as a connection; it is opened again when needed."""


class Recipients(Protocol):
    """Knows where users can be reached; asked right before sending, since messages carry no addresses."""

    @abstractmethod
    def find_address(self, user_id: UserId, channel: ChannelName) -> str | None:
        """The user's present address on that channel, or None if there is none."""
