"""The rows of disbursements, whose accounts are in naira, which a provider of the estate sends out."""

from collections.abc import Mapping
from typing import Final

from tests.http.access.rows import STATED, Asked, Row, Whose
from tests.worlds.estates import Estate


def _wanted(estate: Estate) -> dict[str, str]:
    """A naira to somebody outside, of a new account with money on it."""
    assert estate.provider
    account_id = str(estate.post("/v1/accounts", currency="NGN")["id"])
    estate.post("/v1/transactions/deposit", accountId=account_id, amount="1.00", currency="NGN")
    to = {"bankCode": "058", "accountNumber": "0123456789", "payee": "Ada Example", "description": "Rent"}
    return {"accountId": account_id, "amount": "1.00", "currency": "NGN", **to}


def _own(estate: Estate) -> Asked:
    requested = estate.post("/v1/disbursements", **_wanted(estate))
    return Asked(path={"disbursement_id": str(requested["id"])})


def _of_another(estate: Estate, **body: str) -> Asked:
    """One that another user of the tenant asked for, so that this one may decide."""
    assert estate.provider
    return Asked(path={"disbursement_id": estate.bank.new_disbursement(estate.slug)}, body=body or None)


DISBURSEMENT_ROWS: Final[Mapping[str, Row]] = {
    "listDisbursements": Row(ask=lambda _estate: Asked(), whose=Whose.NOBODYS),
    "requestDisbursement": Row(ask=lambda estate: Asked(body=_wanted(estate))),
    "getDisbursement": Row(ask=_own),
    "withdrawDisbursement": Row(ask=_own),
    "approveDisbursement": Row(ask=_of_another, whose=Whose.TENANTS),
    "rejectDisbursement": Row(ask=lambda estate: _of_another(estate, reason="not known to us"), whose=Whose.TENANTS),
    # It needs no review: whoever may say how it ended is told so.
    "resolveDisbursement": Row(
        ask=lambda estate: _of_another(estate, outcome="failed", reason="Not in their list"),
        whose=Whose.TENANTS,
        fine=STATED,
    ),
}
