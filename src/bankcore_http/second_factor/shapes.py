"""What the routes of second factors take and show."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from bankcore.identifiers import UserId
from bankcore.identity.principals import Principal
from bankcore.second_factor.begin import NewSecondFactor
from bankcore.second_factor.code_pictures import CodePictures
from bankcore.second_factor.coded import Codes, SentCode
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc
from bankcore_http.reading.credentials import OneTimeCode, password_of
from bankcore_http.reading.shapes import BodyShape


class SecondFactorBody(BodyShape):
    """The password, so that a stolen session locks nobody out."""

    password: Annotated[str, password_of(1)] = Field(repr=False)

    def new_factor(self, user_id: UserId, key: str) -> NewSecondFactor:
        """What that user asks for."""
        return NewSecondFactor(user_id=user_id, password=self.password, idempotency_key=key)


class CodeBody(BodyShape):
    """A code of the device, or a recovery code."""

    otp: OneTimeCode = Field(repr=False)

    def sent_code(self, user: Principal, key: str) -> SentCode:
        """The code that this user sent in that session."""
        return SentCode(user_id=user.user_id, otp=self.otp, session_id=user.session_id, idempotency_key=key)


class BegunFactorShape(TypedDict):
    """What a device takes over, as an address and as its picture. Shown once: null when the answer is given again."""

    uri: Annotated[str, Doc(format="uri")] | None
    svg: str | None


class SteppedUpShape(TypedDict):
    """Until when the session may do what is sensitive."""

    until: members.Instant


class RecoveryCodesShape(TypedDict):
    """Codes for who lost the device, each good once. Shown once: null when the answer is given again."""

    recoveryCodes: list[Annotated[str, Doc(example="7k2mq-x04dn")]] | None


def present_begun(address: str | None, pictures: CodePictures) -> BegunFactorShape:
    """The address with its QR code."""
    return {"uri": address, "svg": None if address is None else pictures.draw(address)}


def present_codes(codes: Codes) -> RecoveryCodesShape:
    """The codes, if this is the first answer."""
    return {"recoveryCodes": None if codes is None else list(codes)}
