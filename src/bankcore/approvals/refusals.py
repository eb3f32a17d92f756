"""Refusals of approvals, beside those of every capability."""

from dataclasses import dataclass
from typing import ClassVar

from bankcore.errors import ForbiddenError
from bankcore.money import Money


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class ApprovalRequiredError(ForbiddenError):
    """More than the tenant lets one person move: a second person has to approve it."""

    code: ClassVar[str] = "approval_required"
    title: ClassVar[str] = "A second person has to approve this"
    limit: Money
    currency: str


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class SecondPersonRequiredError(ForbiddenError):
    """Whoever requested it does not approve it, nor does the owner of an account that it touches."""

    code: ClassVar[str] = "second_person_required"
    title: ClassVar[str] = "Somebody else has to approve this"
