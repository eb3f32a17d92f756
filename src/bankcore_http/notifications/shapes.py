"""What the routes of notifications take and show."""

from typing import Annotated, Final

from typing_extensions import TypedDict

from bankcore.errors import InvalidRequestError
from bankcore.notifications.channels import ChannelName
from bankcore.notifications.deliveries import Delivery, DeliveryStatus
from bankcore.notifications.preferences import MANDATORY, Preferences
from bankcore.notifications.templates import TemplateName
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading.fields import at_most, word_of
from bankcore_http.reading.shapes import BodyShape

_TEMPLATE: Final = Doc(enum=list(TemplateName))
_CHANNEL: Final = Doc(enum=list(ChannelName))
_TemplateWord = Annotated[str, _TEMPLATE, Doc(example=TemplateName.MONEY_RECEIVED.value)]
_ChannelWord = Annotated[str, _CHANNEL, Doc(example=ChannelName.EMAIL.value)]
_Template = Annotated[TemplateName, word_of(TemplateName), Doc(example=TemplateName.MONEY_RECEIVED.value)]
_Channel = Annotated[ChannelName, word_of(ChannelName), Doc(example=ChannelName.EMAIL.value)]


class PreferenceBody(BodyShape):
    """Over which channels to tell of one thing; none switches it off."""

    template: _Template
    channels: Annotated[list[_Channel], *at_most(len(ChannelName))]


class PreferencesBody(BodyShape):
    """All choices; what is not named goes back to its default."""

    preferences: Annotated[list[PreferenceBody], *at_most(len(TemplateName))]

    def chosen(self) -> Preferences:
        """The choices; InvalidRequestError if one is there twice."""
        chosen = {one.template: frozenset(one.channels) for one in self.preferences}
        if len(chosen) < len(self.preferences):
            raise InvalidRequestError(pointer="/preferences", detail="a template occurs twice")
        return Preferences.of(chosen)


class PreferenceShape(TypedDict):
    """A choice, and whether it may be switched off."""

    template: _TemplateWord
    channels: Annotated[list[_ChannelWord], Doc(maxItems=len(ChannelName))]
    mandatory: bool


class PreferencesShape(TypedDict):
    """The choices for everything there is."""

    preferences: list[PreferenceShape]


class DeliveryShape(TypedDict):
    """What somebody was told, and what became of it."""

    id: members.Id
    eventId: members.Id
    template: Annotated[str, _TEMPLATE]
    channel: Annotated[str, _CHANNEL]
    status: Annotated[str, Doc(enum=list(DeliveryStatus))]
    attempts: Annotated[int, Doc(minimum=0)]
    createdAt: members.Instant
    sentAt: members.Instant | None


def present_preferences(preferences: Preferences) -> PreferencesShape:
    """The choices for everything there is, the defaults among them."""
    return {
        "preferences": [
            {
                "template": str(template),
                "channels": sorted(map(str, preferences.channels_for(template))),
                "mandatory": template in MANDATORY,
            }
            for template in TemplateName
        ]
    }


def present_delivery(delivery: Delivery) -> DeliveryShape:
    """What a user was told."""
    return {
        "id": str(delivery.id),
        "eventId": str(delivery.event_id),
        "template": str(delivery.template),
        "channel": str(delivery.channel),
        "status": str(delivery.status),
        "attempts": delivery.attempt,
        "createdAt": render_instant(delivery.created_at),
        "sentAt": None if delivery.sent_at is None else render_instant(delivery.sent_at),
    }
