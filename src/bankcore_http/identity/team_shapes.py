"""What the routes of the team take and show."""

from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from bankcore.identity.emails import EMAIL_LENGTH_MAX
from bankcore.identity.team import NewMember
from bankcore.identity.users import FULL_NAME_LENGTH_MAX, TeamRole, User, UserStatus
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading.fields import Omissible, text, word_of
from bankcore_http.reading.shapes import BodyShape

_EMAIL: Final = "anita@example.com"
_FULL_NAME: Final = "Anita Rai"


class MemberBody(BodyShape):
    """Who comes into the team, and as what."""

    email: Annotated[str, text(EMAIL_LENGTH_MAX), Doc(format="email", example=_EMAIL)] = Field(repr=False)
    role: Annotated[TeamRole, word_of(TeamRole), Doc(example=TeamRole.DEVELOPER)]
    full_name: Omissible[Annotated[str, text(FULL_NAME_LENGTH_MAX), Doc(example=_FULL_NAME)]] = Field(None, repr=False)

    def new(self, key: str) -> NewMember:
        """Who that is."""
        return NewMember(email=self.email, role=self.role, full_name=self.full_name, idempotency_key=key)


class MemberRoleBody(BodyShape):
    """The role of a member."""

    role: Annotated[TeamRole, word_of(TeamRole), Doc(example=TeamRole.DEVELOPER)]


class MemberShape(TypedDict):
    """A member of the team; `role` is null once removed."""

    id: members.Id
    email: Annotated[str, Doc(format="email", example=_EMAIL)]
    fullName: Annotated[str, Doc(example=_FULL_NAME)] | None
    role: Annotated[str, Word(*TeamRole)] | None
    status: Annotated[str, Word(*UserStatus)]
    createdAt: members.Instant


def present_member(user: User) -> MemberShape:
    """A user as a member of the team."""
    return {
        "id": str(user.id),
        "email": user.email,
        "fullName": user.full_name,
        "role": user.team_role,
        "status": user.status,
        "createdAt": render_instant(user.created_at),
    }
