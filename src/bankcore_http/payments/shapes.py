"""What the routes of payments take and show."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from bankcore.identifiers import AccountId
from bankcore.money import Money
from bankcore.payments.capture import CapturePayment
from bankcore.payments.captures import CaptureMethod
from bankcore.payments.create import LIFETIME_MAX, CreatePayment
from bankcore.payments.payments import PAYMENT_LIFETIME, Payment, PaymentId, PaymentStatus
from bankcore.providers.answers import NextAction, RedirectPayer, SubmitForm, TransferToAccount
from bankcore.providers.orders import Payer
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading import fields
from bankcore_http.reading.amounts import money_if_given
from bankcore_http.reading.fields import Omissible, pattern_text, text, whole_number
from bankcore_http.reading.pagination import ListQuery
from bankcore_http.reading.shapes import BodyShape

_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,189}", re.ASCII)
_URL: Final = re.compile(r"https?://[!-~]{1,2000}", re.ASCII)
_EMAIL_LENGTH_MAX: Final = 254
_METHOD_LENGTH_MAX: Final = 200
_PERSON_LENGTH_MAX: Final = 100
_NAME_LENGTH_MAX: Final = 40
_RETURN_URL: Final = "https://shop.example/orders/7"
_SECONDS: Final = timedelta(seconds=1)
_Name = Annotated[str, text(_NAME_LENGTH_MAX), Doc(example="cards")]
_Description = Annotated[str, Doc(example="Order 7")]
_Person = Annotated[str, text(_PERSON_LENGTH_MAX)]


class PaymentBody(BodyShape):
    """What a payer is to pay. What is said of the payer goes to the provider and is not kept."""

    account_id: Annotated[fields.AccountUuid, Doc(description="Who gets it")]
    amount: Annotated[fields.AmountString, Doc(example="150.00")]
    currency: fields.CurrencyCode
    description: Annotated[str, text(140), Doc(example="Order 7")]
    payer_email: Annotated[str, pattern_text(_EMAIL, "an e-mail address"), Doc(example="payer@example.com")]
    payer_name: Omissible[_Person] = None
    payer_phone: Omissible[_Person] = None
    return_url: Annotated[
        str,
        pattern_text(_URL, "an address that begins with https://"),
        Doc(example=_RETURN_URL, description="Where the payer comes back to. Coming back proves nothing"),
    ]
    provider: Annotated[Omissible[_Name], Doc(description="Name of the only configuration that may be used")] = None
    method: Annotated[
        Omissible[Annotated[str, text(_METHOD_LENGTH_MAX)]],
        Doc(example="pm_card_visa", description="The provider's name of a card or wallet"),
    ] = None
    expires_in: Annotated[
        Omissible[Annotated[int, whole_number(60, LIFETIME_MAX // _SECONDS)]],
        Doc(description="In seconds; by default a day", example=PAYMENT_LIFETIME // _SECONDS),
    ] = None
    capture_method: Annotated[
        CaptureMethod,
        fields.word_of(CaptureMethod),
        Doc(example="automatic", description="`manual` keeps the amount until it is captured"),
    ] = CaptureMethod.AUTOMATIC
    reference: Annotated[Omissible[fields.Reference], Doc(example="order-7")] = None
    metadata: fields.Metadata = Field(default_factory=dict)

    def command(self, key: str) -> CreatePayment:
        """The command; InvalidRequestError or AmountOutOfRangeError for the amount."""
        seconds = self.expires_in
        return CreatePayment(
            AccountId(self.account_id),
            Money.of(self.amount, self.currency).require_positive(),
            description=self.description,
            payer=Payer(email=self.payer_email, name=self.payer_name, phone=self.payer_phone),
            return_url=self.return_url,
            provider=self.provider,
            method=self.method,
            reference=self.reference,
            metadata=self.metadata,
            capture_method=self.capture_method,
            lifetime=PAYMENT_LIFETIME if seconds is None else seconds * _SECONDS,
            idempotency_key=key,
        )


class PaymentCaptureBody(BodyShape):
    """How much is captured, of what was authorized."""

    amount: Annotated[Omissible[fields.AmountString], Doc(description="By default all of it", example="60.00")] = None
    currency: Annotated[Omissible[fields.CurrencyCode], Doc(description="With `amount`")] = None

    def command(self, payment_id: PaymentId, key: str) -> CapturePayment:
        """The command; InvalidRequestError for an amount without a currency."""
        return CapturePayment(payment_id, money_if_given(self.amount, self.currency), key)


class PaymentsQuery(ListQuery):
    """Which payments to list."""

    status: Omissible[Annotated[PaymentStatus, fields.word_of(PaymentStatus)]] = None


class NextActionShape(TypedDict):
    """What the payer has to do: go to `url`, have the browser post `fields` there, or send the money to the account."""

    type: Annotated[str, Word("redirect", "form", "transfer")]
    url: Annotated[str, Doc(example="https://checkout.paystack.com/abc")] | None
    fields: Mapping[str, str]
    bank: str | None
    accountNumber: str | None
    accountName: str | None


class PaymentShape(TypedDict):
    """A payment as it stands. `problem` says in one word what a person has to look at, or had to."""

    id: Annotated[members.Id, Doc(example="019c1406-3400-7000-8000-0000000000d1")]
    accountId: members.AccountId
    amount: Annotated[members.Amount, Doc(example="150.00")]
    currency: members.Currency
    fee: Annotated[members.Amount, Doc(example="2.25", description="What the provider keeps")] | None
    captureMethod: Annotated[str, Word(*CaptureMethod)]
    capturedAmount: Annotated[members.Amount, Doc(example="150.00", description="What was taken")]
    refundedAmount: Annotated[members.Amount, Doc(example="40.00", description="What was given back")]
    status: Annotated[str, Word(*PaymentStatus)]
    description: _Description
    reference: members.Reference | None
    metadata: Mapping[str, str]
    nextAction: NextActionShape | None
    failureCode: Annotated[str, Doc(example="insufficient_funds", description="In the provider's words")] | None
    problem: Annotated[str, Doc(example="amount_mismatch")] | None
    needsReview: bool
    transactionId: members.TransactionId | None
    createdAt: members.Instant
    expiresAt: members.Instant
    endedAt: members.Instant | None


def present_payment(payment: Payment, refunded: Mapping[PaymentId, Money]) -> PaymentShape:
    """A payment as it stands, with what of it was given back."""
    nothing = Money.zero(payment.amount.currency)
    waits = payment.status is PaymentStatus.REQUIRES_ACTION
    return {
        "id": str(payment.id),
        "accountId": str(payment.account_id),
        "amount": payment.amount.to_decimal_string(),
        "currency": payment.amount.currency.code,
        "fee": None if payment.fee is None else payment.fee.to_decimal_string(),
        "captureMethod": payment.capture_method.value,
        "capturedAmount": payment.captured.to_decimal_string(),
        "refundedAmount": refunded.get(payment.id, nothing).to_decimal_string(),
        "status": payment.status.value,
        "description": payment.description,
        "reference": payment.reference,
        "metadata": dict(payment.metadata),
        "nextAction": _present_action(payment.attempt.next_action) if waits else None,
        "failureCode": payment.attempt.code,
        "problem": payment.problem,
        "needsReview": payment.review_since is not None,
        "transactionId": None if payment.transaction_id is None else str(payment.transaction_id),
        "createdAt": render_instant(payment.created_at),
        "expiresAt": render_instant(payment.expires_at),
        "endedAt": None if payment.ended_at is None else render_instant(payment.ended_at),
    }


def _present_action(action: NextAction | None) -> NextActionShape | None:
    url = action.url if isinstance(action, RedirectPayer | SubmitForm) else None
    to = action if isinstance(action, TransferToAccount) else None
    if action is None:
        return None
    return {
        "type": "transfer" if to is not None else "form" if isinstance(action, SubmitForm) else "redirect",
        "url": url,
        "fields": dict(action.fields) if isinstance(action, SubmitForm) else {},
        "bank": None if to is None else to.bank,
        "accountNumber": None if to is None else to.account_number,
        "accountName": None if to is None else to.account_name,
    }
