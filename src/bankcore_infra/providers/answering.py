"""The rules by which every dialect reads refusals and signatures."""

from hmac import compare_digest
from http import HTTPStatus
from typing import Final

from bankcore.providers.answers import NotExecuted, Unknown
from bankcore.providers.payouts import PayoutStanding, PayoutState
from bankcore.providers.states import ChargeState, ChargeStatus, RefundState, RefundStatus
from bankcore_infra.providers.said import Said
from bankcore_infra.providers.wire import WireAnswer

# Said by a server, or by something before it, also of a request that is under way, or was.
_UNDER_WAY: Final = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.FAILED_DEPENDENCY, HTTPStatus.TOO_EARLY, 499}
)
UNREADABLE: Final = Unknown("the answer cannot be read")
CHARGE_NOT_FOUND: Final = ChargeState(status=ChargeStatus.NOT_FOUND, reference=None, provider_id=None, amount=None)
REFUND_NOT_FOUND: Final = RefundState(
    status=RefundStatus.NOT_FOUND, reference=None, provider_id=None, charge_reference=None, amount=None
)
PAYOUT_NOT_FOUND: Final = PayoutState(status=PayoutStanding.NOT_FOUND, reference=None, provider_id=None, amount=None)


def is_success(answer: WireAnswer) -> bool:
    """Whether the provider did what it was asked."""
    return HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES


def refusal(answer: WireAnswer, code: str | None, reason: str | None) -> NotExecuted | Unknown:
    """The answer to an order that was refused by its status: nothing happened, if the status says so for certain."""
    if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR and answer.status not in _UNDER_WAY:
        return NotExecuted(code or f"http_{int(answer.status)}", reason or "The provider refused the order.")
    return Unknown(f"the provider answered with {answer.status}")


def not_read(answer: WireAnswer) -> Unknown:
    """The answer to a question that the provider did not answer."""
    return Unknown(f"the provider answered with {answer.status}")


def said_in(answer: WireAnswer) -> Said:
    """What the body says; nothing, if nobody can read it."""
    return Said.in_bytes(answer.body) or Said(None)


def is_same(expected: str, given: str | None) -> bool:
    """Whether a signature is the right one, in a time that tells nothing of where they differ."""
    return compare_digest(expected.encode(), (given or "").encode("utf-8", "surrogatepass"))
