"""What the routes of notifications take and show."""

from typing import Final

from marshmallow import fields, validate

from bankcore.notifications.channels import ChannelName
from bankcore.notifications.deliveries import DeliveryStatus
from bankcore.notifications.templates import TemplateName
from bankcore_http.reading.fields import Flag, Instant, Uuid
from bankcore_http.reading.schemas import JsonSchema

_TEMPLATES: Final = [str(template) for template in TemplateName]
_CHANNELS: Final = [str(channel) for channel in ChannelName]


class PreferenceBody(JsonSchema):
    """Over which channels to tell of one thing; none switches it off."""

    template = fields.String(
        required=True, validate=validate.OneOf(_TEMPLATES), metadata={"example": TemplateName.MONEY_RECEIVED.value}
    )
    channels = fields.List(
        fields.String(validate=validate.OneOf(_CHANNELS), metadata={"example": ChannelName.EMAIL.value}),
        required=True,
        validate=validate.Length(max=len(_CHANNELS)),
    )


class PreferencesBody(JsonSchema):
    """All choices; what is not named goes back to its default."""

    preferences = fields.List(
        fields.Nested(PreferenceBody), required=True, validate=validate.Length(max=len(_TEMPLATES))
    )


class PreferenceSchema(PreferenceBody):
    """A choice, and whether it may be switched off."""

    mandatory = Flag(required=True)


class PreferencesSchema(JsonSchema):
    """The choices for everything there is."""

    preferences = fields.List(fields.Nested(PreferenceSchema), required=True)


class DeliverySchema(JsonSchema):
    """What somebody was told, and what became of it."""

    id = Uuid(required=True)
    event_id = Uuid(required=True)
    template = fields.String(required=True, metadata={"enum": _TEMPLATES})
    channel = fields.String(required=True, metadata={"enum": _CHANNELS})
    status = fields.String(required=True, metadata={"enum": [str(status) for status in DeliveryStatus]})
    attempts = fields.Integer(required=True, metadata={"minimum": 0})
    created_at = Instant(required=True)
    sent_at = Instant(required=True, allow_none=True)
