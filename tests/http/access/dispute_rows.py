"""The rows of disputes: who sees what payers' banks took back."""

from collections.abc import Mapping
from typing import Final

from tests.http.access.rows import Asked, Row

DISPUTE_ROWS: Final[Mapping[str, Row]] = {
    "listDisputes": Row(ask=lambda _estate: Asked(), strange=200),
    "getDispute": Row(ask=lambda estate: Asked(path={"dispute_id": estate.dispute})),
}
