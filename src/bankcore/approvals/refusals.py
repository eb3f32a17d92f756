"""Refusals of approvals, beside those of every capability."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from bankcore.errors import ForbiddenError
from bankcore.money import Money


class ApprovalAdvice(StrEnum):
    """How to go on with what is more than one person moves; not all of it can be approved as it is."""

    REQUEST_IT = "request an approval of it"
    INSTEAD_OF_HOLD = "request an approval of the withdrawal or transfer itself, without a hold"
    INSTEAD_OF_CAPTURE = (
        "capture no more than the limit at once, or void the hold and request an approval of a transfer"
    )
    ONE_BY_ONE = "send no more than the limit at once; of a larger withdrawal or transfer request an approval"
    IN_PARTS = "give back no more than the limit at once"
    ON_THE_SERVER = "have the provider asked again, or let whoever runs the bank resolve it at the command line"


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class ApprovalRequiredError(ForbiddenError):
    """More than the tenant lets one person move: a second person has to approve it; `advice` says how to go on."""

    code: ClassVar[str] = "approval_required"
    title: ClassVar[str] = "A second person has to approve this"
    limit: Money
    currency: str
    advice: ApprovalAdvice = ApprovalAdvice.REQUEST_IT
