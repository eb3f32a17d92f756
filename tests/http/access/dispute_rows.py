"""The rows of disputes and settlements: who sees what payers' banks took back, and how it adds up."""

from collections.abc import Mapping
from typing import Final

from tests.http.access.rows import STATED, Asked, Row, Whose

_NOTHING: Final = "Reference,Amount Paid,Paystack Fee,Amount Due,Currency\n"

DISPUTE_ROWS: Final[Mapping[str, Row]] = {
    "listDisputes": Row(ask=lambda _estate: Asked(), strange=200),
    "getDispute": Row(ask=lambda estate: Asked(path={"dispute_id": estate.dispute})),
    "resolveDispute": Row(
        ask=lambda estate: Asked(path={"dispute_id": estate.dispute}, body={"reason": "written off"}),
        whose=Whose.TENANTS,
        fine=STATED,
    ),
    "compareSettlement": Row(
        ask=lambda estate: Asked(path={"config_id": estate.provider}, body={"content": _NOTHING}), whose=Whose.TENANTS
    ),
}
