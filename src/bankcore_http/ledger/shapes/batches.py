"""What the route of batches takes and shows."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Discriminator, Field, Tag
from typing_extensions import TypedDict

from bankcore.batches.post_batch import COMMANDS_MAX, CommandBatch
from bankcore.errors import BankcoreError, InvalidRequestError
from bankcore.idempotency.answers import Rejected
from bankcore.identifiers import AccountId
from bankcore.ledger.command import CHAIN_LENGTH_MAX, Command
from bankcore.ledger.commands import Deposit, Transfer, Withdraw
from bankcore.ledger.outcomes import Outcome, accepted_transaction
from bankcore.ledger.queries import TransactionView
from bankcore.money import AmountOutOfRangeError
from bankcore_http.answering import members
from bankcore_http.answering.errors import FieldError, InvalidFieldsError
from bankcore_http.answering.failures import fact_members
from bankcore_http.answering.members import Doc, Word
from bankcore_http.ledger.shapes.transactions import (
    AmountBody,
    MoneyBody,
    TransactionShape,
    present_transaction,
)
from bankcore_http.reading import fields
from bankcore_http.reading.fields import Omissible
from bankcore_http.reading.shapes import BodyShape
from bankcore_http.reading.validation import FORM

_LONGEST_BYTES: Final = 1024 * 1024
_FLAG: Final = Field(strict=True)


class _Chained(BodyShape):
    chain: Annotated[
        Omissible[Annotated[str, fields.text(CHAIN_LENGTH_MAX)]],
        Doc(example="rent", description="Items of one chain stand side by side, and are made together or not at all"),
    ] = None


class DepositItemBody(MoneyBody, _Chained):
    """A deposit of a batch."""

    kind: Annotated[Literal["deposit"], Doc(example="deposit")]

    def command(self) -> Deposit:
        """The command; InvalidRequestError or AmountOutOfRangeError for the amount."""
        return replace(self.deposit(), chain=self.chain)


class WithdrawalItemBody(MoneyBody, _Chained):
    """A withdrawal of a batch."""

    kind: Annotated[Literal["withdrawal"], Doc(example="withdrawal")]

    def command(self) -> Withdraw:
        """The command; InvalidRequestError or AmountOutOfRangeError for the amount."""
        return replace(self.withdrawal(), chain=self.chain)


class TransferItemBody(AmountBody, _Chained):
    """A transfer of a batch."""

    kind: Annotated[Literal["transfer"], Doc(example="transfer")]
    from_account_id: fields.AccountUuid
    to_account_id: Annotated[fields.Uuid, Doc(example=members.OTHER_ACCOUNT_ID_EXAMPLE)]

    def command(self) -> Transfer:
        """The command; InvalidRequestError or AmountOutOfRangeError for the amount."""
        return Transfer(
            AccountId(self.from_account_id),
            AccountId(self.to_account_id),
            self.money(),
            reference=self.reference,
            metadata=self.metadata,
            expects=self.expectations(),
            chain=self.chain,
        )


def _form_of(item: Any) -> str | None:
    kind = item.get("kind") if isinstance(item, dict) else getattr(item, "kind", None)
    return f"{FORM}{kind}" if isinstance(kind, str) else None


ItemBody = Annotated[
    Annotated[DepositItemBody, Tag(f"{FORM}deposit")]
    | Annotated[WithdrawalItemBody, Tag(f"{FORM}withdrawal")]
    | Annotated[TransferItemBody, Tag(f"{FORM}transfer")],
    Discriminator(
        _form_of,
        custom_error_type="unknown_kind",
        custom_error_message="an object whose kind is deposit, withdrawal or transfer",
    ),
]


class BatchBody(BodyShape):
    """Movements to make in their order; with `atomic` all of them or none, with `dryRun` none in any case."""

    longest_bytes: ClassVar[int] = _LONGEST_BYTES

    items: Annotated[list[ItemBody], Field(min_length=1, max_length=COMMANDS_MAX)]
    atomic: Annotated[bool, _FLAG, Doc(description="All of them or none", example=False)] = False
    dry_run: Annotated[bool, _FLAG, Doc(description="Only tell what would happen", example=False)] = False

    def batch(self, key: str) -> CommandBatch:
        """The commands; InvalidFieldsError names every item whose amount is wrong."""
        return CommandBatch(_commands_of(self.items), is_atomic=self.atomic, idempotency_key=key)


class RefusalShape(TypedDict):
    """Why one item was refused."""

    code: members.ErrorCode
    message: Annotated[str, Doc(example="There is not enough money")]
    details: members.ErrorDetails


class PostedItemShape(TypedDict):
    """An item that was carried out."""

    status: Annotated[str, Word("posted")]
    transaction: TransactionShape


class RefusedItemShape(TypedDict):
    """An item that changed nothing."""

    status: Annotated[str, Word("refused")]
    error: RefusalShape


class BatchShape(TypedDict):
    """What became of a batch: one outcome for each item, in their order."""

    posted: Annotated[members.Count, Doc(example=1)]
    refused: Annotated[members.Count, Doc(example=0)]
    items: list[PostedItemShape | RefusedItemShape]


def present_outcomes(outcomes: Sequence[Outcome], batch: CommandBatch) -> BatchShape:
    """The outcomes, each with the balances of the accounts that only their owner could have named."""
    items = [_present(outcome, command) for outcome, command in zip(outcomes, batch.commands, strict=True)]
    refused = sum(isinstance(outcome, Rejected) for outcome in outcomes)
    return {"posted": len(items) - refused, "refused": refused, "items": items}


def _present(outcome: Outcome, command: Command) -> PostedItemShape | RefusedItemShape:
    if isinstance(outcome, Rejected):
        reason = outcome.reason
        error: RefusalShape = {"code": reason.code, "message": reason.title, "details": fact_members(reason)}
        return {"status": "refused", "error": error}
    view = TransactionView(transaction=accepted_transaction(outcome), own_account_ids=frozenset(_own_ids(command)))
    return {"status": "posted", "transaction": present_transaction(view)}


def _own_ids(command: Command) -> tuple[AccountId, ...]:
    """The account that the ledger would have refused to anybody else."""
    match command:
        case Transfer(from_account_id):
            return (from_account_id,)
        case Deposit(account_id) | Withdraw(account_id):
            return (account_id,)
        case _:
            return ()


def _commands_of(items: Sequence[DepositItemBody | WithdrawalItemBody | TransferItemBody]) -> list[Command]:
    commands: list[Command] = []
    wrong: list[FieldError] = []
    for index, item in enumerate(items):
        try:
            commands.append(item.command())
        except (InvalidRequestError, AmountOutOfRangeError) as error:
            wrong.append(_at(index, error))
    if wrong:
        raise InvalidFieldsError(field_errors=tuple(wrong))
    return commands


def _at(index: int, error: BankcoreError) -> FieldError:
    if isinstance(error, InvalidRequestError):
        return FieldError(f"/items/{index}{error.pointer}", error.detail)
    return FieldError(f"/items/{index}/amount", error.title)
