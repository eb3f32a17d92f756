"""Preferences: over which channels a user is told of what."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Self

from bankcore.errors import InvalidRequestError
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.templates import TemplateName

DEFAULT_CHANNELS: Final = frozenset({ChannelName.EMAIL})
MANDATORY: Final = frozenset({TemplateName.ACCOUNT_FROZEN, TemplateName.PASSWORD_RESET})
"""Notifications about the safety of money and of the user: a thief of a session must not be able to switch them off."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """The channels for each template, for all of them."""

    channels: Mapping[TemplateName, frozenset[ChannelName]]

    @classmethod
    def of(cls, choices: Mapping[TemplateName, AbstractSet[ChannelName]]) -> Self:
        """These choices, and the default, e-mail, for everything else.

        Raises:
            InvalidRequestError: no channel is left for a notification that must stay on.
        """
        for template in sorted(MANDATORY & choices.keys()):
            if not choices[template]:
                raise InvalidRequestError(pointer="/preferences", detail=f"{template} cannot be switched off")
        return cls(
            MappingProxyType(
                {template: frozenset(choices.get(template, DEFAULT_CHANNELS)) for template in TemplateName}
            )
        )

    def channels_for(self, template: TemplateName) -> frozenset[ChannelName]:
        """Over which channels the user is told of this."""
        return self.channels[template]
