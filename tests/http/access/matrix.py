"""One row for each operation that asks for a permission: a request about somebody's things."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bankcore.documents.bank_csv_reader import CSV_COLUMNS
from tests.http.access.disbursement_rows import DISBURSEMENT_ROWS
from tests.http.access.dispute_rows import DISPUTE_ROWS
from tests.http.access.refund_rows import REFUND_ROWS
from tests.http.access.rows import STATED, Asked, Row, Whose, of_review, with_payment
from tests.worlds.estates import Estate
from tests.worlds.identity import PASSWORD


def _of_nobody(**body: object) -> Row:
    return Row(ask=lambda _estate: Asked(body=body or None), whose=Whose.NOBODYS)


def _with_account(**body: object) -> Row:
    return Row(ask=lambda estate: Asked(path={"account_id": estate.account_id}, body=body or None))


def _period(estate: Estate) -> Asked:
    days = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "format": "json"}
    return Asked(path={"account_id": estate.account_id}, query=days)


def _frozen(estate: Estate) -> Asked:
    return Asked(path={"account_id": estate.new_account()}, body={"reason": "lost phone"})


def _with_transaction(estate: Estate) -> Asked:
    return Asked(path={"transaction_id": estate.transaction})


def _reversed(estate: Estate) -> Asked:
    return Asked(path={"transaction_id": estate.new_transaction()}, body={"reason": "a mistake"})


def _moved(estate: Estate) -> Asked:
    return Asked(body=estate.money())


def _transferred(estate: Estate) -> Asked:
    to = estate.new_account()
    return Asked(body={"fromAccountId": estate.account_id, "toAccountId": to, "amount": "1.00", "currency": "NPR"})


def _batch(estate: Estate) -> Asked:
    return Asked(body={"items": [{"kind": "withdrawal", **estate.money()}], "atomic": True})


def _hold(**body: object) -> Row:
    return Row(ask=lambda estate: Asked(path={"hold_id": estate.new_hold()}, body=body))


def _captured(estate: Estate) -> Asked:
    return Asked(path={"hold_id": estate.new_hold()}, body={"toAccountId": estate.new_account()})


def _paid_out(estate: Estate) -> Asked:
    items = [{"toAccountId": estate.new_account(), "amount": "1.00"}]
    return Asked(body={"accountId": estate.account_id, "items": items})


def _payment(estate: Estate) -> Asked:
    payer = {"payerEmail": "payer@example.com", "returnUrl": "https://shop.example/done"}
    return Asked(body={**estate.money(), "description": "Order 7", **payer})


def _configured(_estate: Estate) -> Asked:
    credentials = {"secret_key": "sk_test_000000000000000000000000"}
    return Asked(body={"name": "another", "provider": "paystack", "credentials": credentials})


def _steered() -> Row:
    return Row(ask=lambda estate: Asked(path={"payout_id": estate.new_payout()}), fine=STATED)


def _of_account(estate: Estate) -> Asked:
    return Asked(query={"accountId": estate.account_id})


def _case(estate: Estate) -> Asked:
    return Asked(path={"case_id": estate.new_case()})


def _decided(estate: Estate) -> Asked:
    return Asked(path={"case_id": estate.new_case()}, body={"note": "looked at"})


def _asserted(estate: Estate) -> Asked:
    stated = {"balance": "1.00", "currency": "NPR", "asOf": "2026-01-01T00:00:00Z", "source": "their bank"}
    return Asked(body={"accountId": estate.account_id, **stated})


def _statement(estate: Estate) -> Asked:
    lines = (",".join(CSV_COLUMNS), "opening,2026-01-30,,NPR,0.00,,", "closing,2026-01-30,,NPR,0.00,,", "")
    told = {"format": "csv", "content": "\n".join(lines), "source": "their bank"}
    return Asked(body={"accountId": estate.account_id, **told})


def _wanted(estate: Estate) -> Asked:
    return Asked(body={"movement": {"kind": "withdrawal", **estate.money()}})


def _approval() -> Row:
    return Row(ask=lambda estate: Asked(path={"approval_id": estate.new_approval()}))


def _of_another(estate: Estate) -> Asked:
    return Asked(path={"approval_id": estate.new_approval_of_another()})


def _rejected(estate: Estate) -> Asked:
    return replace(_of_another(estate), body={"reason": "not known to us"})


def _event(estate: Estate) -> Asked:
    return Asked(path={"event_id": estate.audit_event})


def _with_key(**body: object) -> Row:
    return Row(ask=lambda estate: Asked(path={"key_id": estate.new_api_key()}, body=body or None), whose=Whose.TENANTS)


def _of_endpoint(**body: object) -> Row:
    return Row(
        ask=lambda estate: Asked(path={"endpoint_id": estate.new_webhook_endpoint()}, body=body or None),
        whose=Whose.TENANTS,
    )


def _told(estate: Estate) -> Asked:
    endpoint_id, event_id = estate.new_webhook()
    return Asked(path={"endpoint_id": endpoint_id, "event_id": event_id})


_EXPORTED: Final = Row(
    ask=lambda _estate: Asked(query={"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}),
    whose=Whose.NOBODYS,
)
_LISTED: Final = _of_nobody()


def _of_user(**body: object) -> Row:
    """About another user of the estate's tenant, since nobody changes his own roles and status."""
    return Row(ask=lambda estate: Asked(path={"user_id": estate.other_user}, body=body or None), whose=Whose.TENANTS)


def _of_member(**body: object) -> Row:
    """About somebody of the tenant's team who is not its last owner."""
    return Row(ask=lambda estate: Asked(path={"user_id": estate.new_member()}, body=body or None), whose=Whose.TENANTS)


def _joined(estate: Estate) -> Asked:
    return Asked(body={"email": f"joins-{estate.new_name()}@example.com", "role": "viewer"})


def _with_code() -> Row:
    """A code of a device that nobody has, since each is good once."""
    return replace(_of_nobody(otp="123456"), fine=frozenset({404, 422}))


ROWS: Final[Mapping[str, Row]] = {
    "showMe": _LISTED,
    "listOwnSessions": _LISTED,
    "endSession": Row(ask=lambda estate: Asked(path={"session_id": estate.new_session()})),
    "endAllSessions": Row(ask=lambda _estate: Asked(), whose=Whose.NOBODYS, logs_out=True),
    "changePassword": _of_nobody(currentPassword=PASSWORD, password=PASSWORD),
    "beginSecondFactor": _of_nobody(password=PASSWORD),
    "confirmSecondFactor": _with_code(),
    "renewRecoveryCodes": _with_code(),
    "removeSecondFactor": _with_code(),
    "stepUp": _with_code(),
    "resetSecondFactor": replace(_of_user(), fine=frozenset({404})),
    "listUsers": _LISTED,
    "getUser": _of_user(),
    "replaceRoles": _of_user(roles=["holder"]),
    "disableUser": _of_user(),
    "enableUser": _of_user(),
    "endSessionsOfUser": _of_user(),
    "listMembers": _LISTED,
    "getMember": _of_member(),
    "addMember": Row(ask=_joined, whose=Whose.NOBODYS),
    "changeMember": _of_member(role="developer"),
    "removeMember": _of_member(),
    "listOwnAccounts": _LISTED,
    "openAccount": _of_nobody(currency="NPR"),
    "getAccount": _with_account(),
    "getBalance": _with_account(),
    "getChain": _with_account(),
    "listAccountEntries": _with_account(),
    "getStatement": Row(ask=_period),
    "freezeAccount": Row(ask=_frozen),
    "unfreezeAccount": Row(ask=_frozen, fine=STATED),
    "closeAccount": Row(ask=_frozen),
    "makeDormant": Row(ask=_frozen),
    "wakeAccount": Row(ask=_frozen, fine=STATED),
    "listAccountLimits": _with_account(),
    "getAccountPolicy": _with_account(),
    "setAccountPolicy": _with_account(limits=[]),
    "removeAccountPolicy": _with_account(),
    "getTenantPolicy": _LISTED,
    "setTenantPolicy": _of_nobody(limits=[]),
    "removeTenantPolicy": _of_nobody(),
    "listAssertions": _LISTED,
    "assertBalance": Row(ask=_asserted, fine=STATED),
    "importBankStatement": Row(ask=_statement, fine=STATED),
    "listDeadLetters": _LISTED,
    "redriveDeadLetter": Row(
        ask=lambda estate: Asked(path={"dead_letter_id": estate.new_dead_letter()}), whose=Whose.TENANTS
    ),
    "listCases": _LISTED,
    "getCase": Row(ask=_case, whose=Whose.TENANTS),
    "clearCase": Row(ask=_decided, whose=Whose.TENANTS),
    "confirmCase": Row(ask=_decided, whose=Whose.TENANTS),
    "valuePositions": Row(ask=lambda _estate: Asked(query={"currency": "NPR"}), whose=Whose.NOBODYS),
    "listReconciliationRuns": _LISTED,
    "requestReconciliationRun": _of_nobody(),
    "getReconciliationRun": Row(
        ask=lambda estate: Asked(path={"run_id": estate.reconciliation_run}), whose=Whose.TENANTS
    ),
    "reverseTransaction": Row(ask=_reversed),
    "listSealedCheckpoints": _LISTED,
    "getLatestCheckpoint": Row(ask=lambda _estate: Asked(), whose=Whose.NOBODYS, fine=frozenset({404})),
    "listAuditEvents": _LISTED,
    "getAuditEvent": Row(ask=_event, whose=Whose.TENANTS),
    "getInclusionProof": Row(ask=_event, whose=Whose.TENANTS, fine=frozenset({404})),
    "exportAuditEvents": _EXPORTED,
    "listEvents": _LISTED,
    "requestApproval": Row(ask=_wanted),
    "listApprovals": _LISTED,
    "getApproval": _approval(),
    "withdrawApproval": _approval(),
    "approve": Row(ask=_of_another, whose=Whose.TENANTS),
    "reject": Row(ask=_rejected, whose=Whose.TENANTS),
    "giveQuote": _of_nobody(fromCurrency="USD", toCurrency="NPR", fromAmount="1.00"),
    "getQuote": Row(ask=lambda estate: Asked(path={"quote_id": estate.quote})),
    "listHolds": Row(ask=_of_account, strange=200),
    "placeHold": Row(ask=_moved),
    "getHold": Row(ask=lambda estate: Asked(path={"hold_id": estate.hold})),
    "captureHold": Row(ask=_captured),
    "extendHold": _hold(expiresIn=691_200),
    "voidHold": _hold(),
    "verifyTransaction": Row(ask=_with_transaction),
    "getTrialBalance": _LISTED,
    "listNotifications": _LISTED,
    "getPreferences": _LISTED,
    "replacePreferences": _of_nobody(preferences=[]),
    "listPayments": _LISTED,
    "createPayment": Row(ask=_payment),
    "getPayment": Row(ask=with_payment),
    "cancelPayment": Row(ask=with_payment, fine=STATED),
    **REFUND_ROWS,
    **DISPUTE_ROWS,
    "listProviderHealth": _LISTED,
    "askProvider": of_review(),
    "resolvePayment": of_review(outcome="failed", reason="Not in their list"),
    "listProviders": _LISTED,
    "configureProvider": Row(ask=_configured, whose=Whose.NOBODYS, fine=STATED),
    "changeProvider": Row(
        ask=lambda estate: Asked(path={"config_id": estate.provider}, body={"priority": 7}), whose=Whose.TENANTS
    ),
    "listPayouts": _LISTED,
    "start": Row(ask=_paid_out),
    "getPayout": Row(ask=lambda estate: Asked(path={"payout_id": estate.payout})),
    "listPayoutItems": Row(ask=lambda estate: Asked(path={"payout_id": estate.payout})),
    "pausePayout": _steered(),
    "resumePayout": _steered(),
    "cancelPayout": _steered(),
    "retryPayout": _steered(),
    **DISBURSEMENT_ROWS,
    "listTransactions": Row(ask=_of_account),
    "postBatch": Row(ask=_batch, strange=422),
    "deposit": Row(ask=_moved),
    "withdraw": Row(ask=_moved),
    "transfer": Row(ask=_transferred),
    "getTransaction": Row(ask=_with_transaction),
    "getReceipt": Row(ask=_with_transaction),
    "getAuditReceipt": Row(ask=_with_transaction),
    "listApiKeys": _LISTED,
    "createApiKey": _of_nobody(name="checkout", scopes=["accounts:read"]),
    "rotateApiKey": _with_key(overlapSeconds=60),
    "revokeApiKey": _with_key(),
    "listWebhookEndpoints": _LISTED,
    "createWebhookEndpoint": _of_nobody(url="http://127.0.0.1:9/bank"),
    "getWebhookEndpoint": _of_endpoint(),
    "changeWebhookEndpoint": _of_endpoint(enabled=False),
    "removeWebhookEndpoint": _of_endpoint(),
    "rotateWebhookSecret": _of_endpoint(),
    "testWebhookEndpoint": _of_endpoint(),
    "listWebhookDeliveries": _of_endpoint(),
    "redeliverWebhook": Row(ask=_told, whose=Whose.TENANTS),
    "recoverWebhooks": _of_endpoint(since="2026-01-01T00:00:00Z"),
}
