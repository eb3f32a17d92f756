"""The rows of captures and refunds: who takes what later, who gives what back, and who says how it ended."""

from collections.abc import Mapping
from typing import Final

from tests.http.access.rows import STATED, Asked, Row, Whose
from tests.worlds.estates import REFUND, Estate


def _of_payment(estate: Estate) -> Asked:
    return Asked(path={"payment_id": estate.paid_payment})


def _refunded(estate: Estate) -> Asked:
    return Asked(path={"payment_id": estate.paid_payment}, body=REFUND)


def _with_refund(estate: Estate) -> Asked:
    return Asked(path={"refund_id": estate.refund})


def _decided(estate: Estate) -> Asked:
    return Asked(path={"refund_id": estate.refund}, body={"outcome": "failed", "reason": "Not in their list"})


def _captured(estate: Estate) -> Asked:
    return Asked(path={"payment_id": estate.payment}, body={})


REFUND_ROWS: Final[Mapping[str, Row]] = {
    "capturePayment": Row(ask=_captured, fine=STATED),
    "refundPayment": Row(ask=_refunded),
    "listRefunds": Row(ask=_of_payment),
    "getRefund": Row(ask=_with_refund),
    "resolveRefund": Row(ask=_decided, whose=Whose.TENANTS, fine=STATED),
}
