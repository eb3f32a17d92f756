"""What the routes of approvals take and show."""

from dataclasses import replace
from typing import Annotated, Any, Final, Literal, NotRequired

from pydantic import Discriminator, Field, Tag
from typing_extensions import TypedDict

from bankcore.approvals.approvals import Approvable, Approval, ApprovalStatus
from bankcore.approvals.service import REASON_LENGTH_MAX
from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId, TransactionId
from bankcore.ledger.commands import Transfer, Withdraw
from bankcore.ledger.reversals import ReverseTransaction
from bankcore.money import Money
from bankcore.permissions import Permission
from bankcore_http.answering import members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.answering.wire import render_instant
from bankcore_http.reading import fields
from bankcore_http.reading.amounts import money_if_given
from bankcore_http.reading.fields import Omissible, text, word_of
from bankcore_http.reading.pagination import ListQuery
from bankcore_http.reading.shapes import BodyShape
from bankcore_http.reading.validation import FORM

_REASON: Final = "The payee is not known to us"
_SOMEBODY: Final = "019c1406-3400-7000-8000-0000000000b7"
_WITHDRAWAL, _TRANSFER, _REVERSAL = "withdrawal", "transfer", "reversal"
_Status = Annotated[ApprovalStatus, word_of(ApprovalStatus)]


class _WantedMoneyBody(BodyShape):
    amount: Annotated[fields.AmountString, Doc(description="More than zero, at most the currency's decimals")]
    currency: fields.CurrencyCode
    reference: Omissible[fields.Reference] = None
    metadata: fields.Metadata = Field(default_factory=dict)

    def money(self) -> Money:
        """The amount, more than zero; InvalidRequestError, AmountOutOfRangeError."""
        return Money.of(self.amount, self.currency).require_positive()


class WantedWithdrawalBody(_WantedMoneyBody):
    """A withdrawal that somebody wants."""

    kind: Annotated[Literal["withdrawal"], Doc(example=_WITHDRAWAL)]
    account_id: fields.AccountUuid

    def command(self) -> Withdraw:
        """The command."""
        account_id = AccountId(self.account_id)
        return Withdraw(account_id, self.money(), reference=self.reference, metadata=self.metadata)


class WantedTransferBody(_WantedMoneyBody):
    """A transfer that somebody wants."""

    kind: Annotated[Literal["transfer"], Doc(example=_TRANSFER)]
    from_account_id: fields.AccountUuid
    to_account_id: Annotated[fields.Uuid, Doc(example=members.OTHER_ACCOUNT_ID_EXAMPLE)]

    def command(self) -> Transfer:
        """The command."""
        source, destination = AccountId(self.from_account_id), AccountId(self.to_account_id)
        return Transfer(source, destination, self.money(), reference=self.reference, metadata=self.metadata)


class WantedReversalBody(BodyShape):
    """A reversal that somebody wants, of all that is left, or of an amount."""

    kind: Annotated[Literal["reversal"], Doc(example=_REVERSAL)]
    transaction_id: fields.Uuid
    amount: Annotated[Omissible[fields.AmountString], Doc(description="By default all that is left")] = None
    currency: Annotated[Omissible[fields.CurrencyCode], Doc(description="With `amount`")] = None
    reason: Annotated[fields.Reference, Doc(example="Sent twice")]

    def command(self) -> ReverseTransaction:
        """The command; InvalidRequestError for an amount without a currency."""
        amount = money_if_given(self.amount, self.currency)
        return ReverseTransaction(TransactionId(self.transaction_id), amount, reason=self.reason)


def _form_of(item: Any) -> str | None:
    kind = item.get("kind") if isinstance(item, dict) else getattr(item, "kind", None)
    return f"{FORM}{kind}" if isinstance(kind, str) else None


_MovementBody = Annotated[
    Annotated[WantedWithdrawalBody, Tag(f"{FORM}{_WITHDRAWAL}")]
    | Annotated[WantedTransferBody, Tag(f"{FORM}{_TRANSFER}")]
    | Annotated[WantedReversalBody, Tag(f"{FORM}{_REVERSAL}")],
    Discriminator(
        _form_of,
        custom_error_type="unknown_kind",
        custom_error_message="an object whose kind is withdrawal, transfer or reversal",
    ),
]


class ApprovalBody(BodyShape):
    """A movement that needs a second person."""

    movement: _MovementBody

    @property
    def permission(self) -> Permission:
        """What the movement's own route asks for."""
        is_reversal = isinstance(self.movement, WantedReversalBody)
        return Permission.TRANSACTIONS_REVERSE if is_reversal else Permission.TRANSACTIONS_POST

    def command(self) -> Approvable:
        """The command; InvalidRequestError names the wrong member."""
        try:
            return self.movement.command()
        except InvalidRequestError as error:
            raise replace(error, pointer=f"/movement{error.pointer}") from None


class RejectionBody(BodyShape):
    """Why an approval is rejected."""

    reason: Annotated[str, text(REASON_LENGTH_MAX), Doc(example=_REASON)]


class ApprovalsQuery(ListQuery):
    """Which approvals to list."""

    status: Omissible[_Status] = None


class _About(TypedDict):
    # Apart, because mypy takes a member that may be missing into a display by such a type only.
    accountId: NotRequired[members.AccountId]
    fromAccountId: NotRequired[members.AccountId]
    toAccountId: NotRequired[members.OtherAccountId]
    transactionId: NotRequired[members.TransactionId]
    reason: NotRequired[Annotated[str, Doc(example="Sent twice")]]


class MovementShape(_About):
    """What is wanted, with the members of its kind; without an amount, all that is left of a transaction is undone."""

    kind: Annotated[str, Word(_TRANSFER, _WITHDRAWAL, _REVERSAL)]
    amount: members.Amount | None
    currency: members.Currency | None
    reference: members.Reference | None
    metadata: fields.Metadata


class ApprovalShape(TypedDict):
    """A movement that waits for a second person, or how it ended."""

    id: Annotated[members.Id, Doc(example="019c1406-3400-7000-8000-0000000000c7")]
    status: Annotated[str, Word(*ApprovalStatus)]
    movement: MovementShape
    requestedBy: Annotated[str, Doc(example=_SOMEBODY)]
    requestedAt: members.Instant
    expiresAt: members.Instant
    endedBy: Annotated[str, Doc(example=_SOMEBODY)] | None
    endedAt: members.Instant | None
    reason: Annotated[str, Doc(example=_REASON)] | None
    transactionId: members.TransactionId | None


def present_approval(approval: Approval) -> ApprovalShape:
    """An approval as it stands."""
    ending, transaction_id = approval.ending, approval.transaction_id
    return {
        "id": str(approval.id),
        "status": approval.status.value,
        "movement": _present_movement(approval.command),
        "requestedBy": approval.requested_by,
        "requestedAt": render_instant(approval.requested_at),
        "expiresAt": render_instant(approval.expires_at),
        "endedBy": None if ending is None else ending.by,
        "endedAt": None if ending is None else render_instant(ending.at),
        "reason": None if ending is None else ending.reason,
        "transactionId": None if transaction_id is None else str(transaction_id),
    }


def _present_movement(command: Approvable) -> MovementShape:
    kind, about = _about(command)
    amount = command.amount
    return {
        "kind": kind,
        "amount": None if amount is None else amount.to_decimal_string(),
        "currency": None if amount is None else amount.currency.code,
        "reference": command.reference,
        "metadata": dict(command.metadata),
        **about,
    }


def _about(command: Approvable) -> tuple[str, _About]:
    match command:
        case Withdraw(account_id=account_id):
            return _WITHDRAWAL, {"accountId": str(account_id)}
        case Transfer(from_account_id=source, to_account_id=destination):
            return _TRANSFER, {"fromAccountId": str(source), "toAccountId": str(destination)}
        case ReverseTransaction(transaction_id=transaction_id, reason=reason):
            return _REVERSAL, {"transactionId": str(transaction_id), "reason": reason}
