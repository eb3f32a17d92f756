"""What the routes of disbursements take and show."""

from typing import Annotated, Final

from typing_extensions import TypedDict

from bankcore.disbursements.disbursements import Disbursement, DisbursementId, DisbursementStatus
from bankcore.disbursements.request import RequestDisbursement
from bankcore.disbursements.resolve import DisbursementVerdict, ResolveDisbursement
from bankcore.disbursements.service import REJECTION_LENGTH_MAX
from bankcore.identifiers import AccountId
from bankcore.money import Money
from bankcore.payments.configurations import NAME_LENGTH_MAX
from bankcore.payments.events import REASON_LENGTH_MAX
from bankcore.providers.payouts import ACCOUNT_NUMBER, BANK_CODE, PAYEE_LENGTH_MAX, PayoutDestination
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading import fields
from bankcore_http.reading.fields import Omissible, pattern_text, text, word_of
from bankcore_http.reading.pagination import ListQuery
from bankcore_http.reading.shapes import BodyShape

NAIRA_ACCOUNT_ID_EXAMPLE: Final = "019c1406-3400-7000-8000-000000000003"
_REASON: Final = "The payee is not known to us"
_SOMEBODY: Final = "019c1406-3400-7000-8000-0000000000b7"
_AccountId = Annotated[members.Id, Doc(example=NAIRA_ACCOUNT_ID_EXAMPLE)]
_Currency = Annotated[members.Currency, Doc(example="NGN")]
_BankCode = Annotated[str, pattern_text(BANK_CODE, "1 to 20 letters and digits"), Doc(example="058")]
_Number = Annotated[str, pattern_text(ACCOUNT_NUMBER, "4 to 34 letters and digits"), Doc(example="0123456789")]
_Told = Annotated[str, text(REASON_LENGTH_MAX)]
_Status = Annotated[DisbursementStatus, word_of(DisbursementStatus)]


class DisbursementBody(BodyShape):
    """Money that is to leave an account. Where it goes is encrypted, and shown masked."""

    account_id: Annotated[fields.Uuid, Doc(example=NAIRA_ACCOUNT_ID_EXAMPLE)]
    amount: Annotated[fields.AmountString, Doc(example="150.00")]
    currency: Annotated[fields.CurrencyCode, Doc(example="NGN")]
    bank_code: Annotated[_BankCode, Doc(description="As the provider has it; that of an operator for a wallet")]
    account_number: _Number
    payee: Annotated[str, text(PAYEE_LENGTH_MAX), Doc(example="Ada Example")]
    description: Annotated[str, text(140), Doc(example="Invoice 7", description="For the payee")]
    provider: Annotated[
        Omissible[Annotated[str, text(NAME_LENGTH_MAX)]],
        Doc(description="Name of the only configuration that may be used"),
    ] = None

    def command(self, key: str) -> RequestDisbursement:
        """The command; InvalidRequestError or AmountOutOfRangeError for the amount."""
        to = PayoutDestination(bank_code=self.bank_code, account_number=self.account_number, payee=self.payee)
        return RequestDisbursement(
            AccountId(self.account_id),
            Money.of(self.amount, self.currency).require_positive(),
            destination=to,
            description=self.description,
            provider=self.provider,
            idempotency_key=key,
        )


class DisbursementRejectionBody(BodyShape):
    """Why a disbursement is rejected."""

    reason: Annotated[str, text(REJECTION_LENGTH_MAX), Doc(example=_REASON)]


class DisbursementVerdictBody(BodyShape):
    """How a disbursement ended, and how that is known."""

    outcome: Annotated[
        DisbursementVerdict,
        word_of(DisbursementVerdict, "an outcome is paid or failed"),
        Doc(example=DisbursementVerdict.FAILED.value),
    ]
    reason: Annotated[_Told, Doc(example="Not in the provider's list")]
    evidence: Annotated[Omissible[_Told], Doc(example="Statement 17 of the provider")] = None

    def command(self, disbursement_id: DisbursementId) -> ResolveDisbursement:
        """The command."""
        return ResolveDisbursement(disbursement_id, self.outcome, reason=self.reason, evidence=self.evidence)


class DisbursementsQuery(ListQuery):
    """Which disbursements to list."""

    status: Omissible[_Status] = None


class DisbursementShape(TypedDict):
    """A disbursement as it stands. `problem` says in one word what a person has to look at."""

    id: Annotated[members.Id, Doc(example="019c1406-3400-7000-8000-0000000000d7")]
    status: Annotated[str, Word(*DisbursementStatus)]
    accountId: _AccountId
    amount: Annotated[members.Amount, Doc(example="150.00")]
    currency: _Currency
    bankCode: Annotated[str, Doc(example="058")]
    accountHint: Annotated[str, Doc(example="6789", description="How the number ends")]
    description: Annotated[str, Doc(example="Invoice 7")]
    requestedBy: Annotated[str, Doc(example=_SOMEBODY)]
    requestedAt: members.Instant
    decidedBy: Annotated[str, Doc(example=_SOMEBODY)] | None
    decidedAt: members.Instant | None
    reason: Annotated[str, Doc(example=_REASON)] | None
    sentAt: members.Instant | None
    failureCode: Annotated[str, Doc(example="invalid_account", description="In the provider's words")] | None
    problem: Annotated[str, Doc(example="not_settled")] | None
    needsReview: bool
    transactionId: members.TransactionId | None
    returnTransactionId: members.OtherTransactionId | None


def present_disbursement(disbursement: Disbursement) -> DisbursementShape:
    """A disbursement as it stands."""
    decision, sent_at = disbursement.decision, disbursement.sent_at
    return {
        "id": str(disbursement.id),
        "status": disbursement.status.value,
        "accountId": str(disbursement.account_id),
        "amount": disbursement.amount.to_decimal_string(),
        "currency": disbursement.amount.currency.code,
        "bankCode": disbursement.destination.bank_code,
        "accountHint": disbursement.destination.hint,
        "description": disbursement.description,
        "requestedBy": disbursement.requested_by,
        "requestedAt": render_instant(disbursement.requested_at),
        "decidedBy": None if decision is None else decision.by,
        "decidedAt": None if decision is None else render_instant(decision.at),
        "reason": None if decision is None else decision.reason,
        "sentAt": None if sent_at is None else render_instant(sent_at),
        "failureCode": disbursement.code,
        "problem": disbursement.problem,
        "needsReview": disbursement.review_since is not None,
        "transactionId": None if disbursement.transaction_id is None else str(disbursement.transaction_id),
        "returnTransactionId": None if disbursement.return_id is None else str(disbursement.return_id),
    }
