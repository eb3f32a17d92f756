"""The rows of a payout as somebody wrote them, checked all together, so that every mistake is told at once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Final, NamedTuple
from uuid import UUID

from bankcore.arguments import require_a
from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind, AccountStatus
from bankcore.ledger.texts import REFERENCE_LENGTH_MAX
from bankcore.money import AmountOutOfRangeError, Currency, Money
from bankcore.payouts.jobs import PayoutItem
from bankcore.texts import require_text

ITEMS_MAX: Final = 50_000
_ADVICE: Final = 'items are a list of PayoutRow(1, "account number", "100.50")'
_GROUPING: Final = re.compile(r"[\s-]")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


class RowField(StrEnum):
    """What a row consists of."""

    ACCOUNT = "account"
    AMOUNT = "amount"
    CURRENCY = "currency"
    REFERENCE = "reference"


class PayoutRow(NamedTuple):
    """A row as it was written: where, to which account by id or number, how much, in which currency, what for.

    A row without a currency is in that of the paying account.
    """

    line: int
    account: str
    amount: str
    currency: str | None = None
    reference: str | None = None


class RowProblem(NamedTuple):
    """What is wrong with one field of one row; without a field, with the whole row."""

    line: int
    field: RowField | None
    detail: str


@dataclass(eq=True, unsafe_hash=True, kw_only=True)
class InvalidRowsError(InvalidRequestError):
    """Rows are wrong, each told by its line and field; nothing was started."""

    code: ClassVar[str] = "invalid_rows"
    title: ClassVar[str] = "Some rows are not valid"
    problems: tuple[RowProblem, ...] = field(default=())


class NamedAccounts(NamedTuple):
    """The accounts that rows name, by their ids and by their numbers."""

    ids: frozenset[AccountId]
    numbers: frozenset[str]


class Payee(NamedTuple):
    """An account that a row names, as it stands when the job is started."""

    account_id: AccountId
    owner_id: str
    currency: Currency
    kind: AccountKind
    status: AccountStatus


def named_accounts(rows: Iterable[PayoutRow]) -> NamedAccounts:
    """The accounts that these rows name."""
    names = [name_of(row) for row in rows]
    ids = frozenset(AccountId(name) for name in names if isinstance(name, UUID))
    return NamedAccounts(ids, frozenset(name for name in names if isinstance(name, str)))


def name_of(row: PayoutRow) -> UUID | str:
    """The id or the number of the row's account; people copy numbers in groups, as they are printed."""
    text = row.account.strip()
    return UUID(text) if _UUID.fullmatch(text) else _GROUPING.sub("", text)


def require_rows(rows: object) -> None:
    """Require a list of rows, not none and not too many, with texts in them. Raises: InvalidRequestError."""
    require_a(Sequence, rows, "/items", _ADVICE)
    assert isinstance(rows, Sequence)  # noqa: S101 - just required
    if not 1 <= len(rows) <= ITEMS_MAX:
        raise InvalidRequestError(pointer="/items", detail=f"a payout has 1 to {ITEMS_MAX:,} items")
    # Callers without a type checker do pass other things.
    if not all(isinstance(row, PayoutRow) and _are_texts(*row[1:]) for row in rows):
        raise InvalidRequestError(pointer="/items", detail=_ADVICE)


def _are_texts(account: object, amount: object, *may_be_missing: object) -> bool:
    given = [account, amount, *(text for text in may_be_missing if text is not None)]
    return all(isinstance(text, str) for text in given)


def items_of(rows: Sequence[PayoutRow], payer: Payee, payees: Mapping[UUID | str, Payee]) -> list[PayoutItem]:
    """The items of these rows, in their order.

    Raises:
        InvalidRowsError: some rows are wrong; it names every one of them.
    """
    checking = _Checking(payer, payees)
    items = [checking.item_of(place, row) for place, row in enumerate(rows, 1)]
    if checking.problems:
        raise InvalidRowsError(
            pointer="/items", detail=f"{len(checking.problems)} problems", problems=tuple(checking.problems)
        )
    return [item for item in items if item is not None]


class _Checking:
    """One look at all rows, which knows what the rows before have said."""

    def __init__(self, payer: Payee, payees: Mapping[UUID | str, Payee]) -> None:
        self._payer = payer
        self._payees = payees
        self._lines_by_reference: dict[str, int] = {}
        self.problems: list[RowProblem] = []

    def item_of(self, place: int, row: PayoutRow) -> PayoutItem | None:
        """The item of the row; None if anything is wrong with it."""
        known = len(self.problems)
        payee, amount = self._payee_of(row), self._amount_of(row)
        self._check_currency(row)
        self._check_reference(row)
        if payee is None or amount is None or len(self.problems) > known:
            return None
        return PayoutItem(place=place, account_id=payee.account_id, amount=amount, reference=row.reference)

    def _payee_of(self, row: PayoutRow) -> Payee | None:
        payee = self._payees.get(name_of(row))
        problem = self._problem_of(payee)
        if problem is not None:
            self._wrong(row, RowField.ACCOUNT, problem)
        return payee

    def _problem_of(self, payee: Payee | None) -> str | None:
        # Our own accounts have numbers too, and nobody is told that they exist.
        if payee is None or payee.kind is not AccountKind.CUSTOMER:
            return "there is no such account"
        if payee.account_id == self._payer.account_id:
            return "this is the paying account itself"
        if payee.status is AccountStatus.CLOSED:
            return "the account is closed"
        wanted = self._payer.currency
        return None if payee.currency == wanted else f"the account is not in {wanted.code}"

    def _amount_of(self, row: PayoutRow) -> Money | None:
        try:
            amount = Money.of(row.amount, self._payer.currency)
        except InvalidRequestError as error:
            self._wrong(row, RowField.AMOUNT, error.detail)
            return None
        except AmountOutOfRangeError:
            self._wrong(row, RowField.AMOUNT, "more than an amount can be")
            return None
        if amount.minor <= 0:
            self._wrong(row, RowField.AMOUNT, "an amount is more than zero")
        return amount

    def _check_currency(self, row: PayoutRow) -> None:
        wanted = self._payer.currency.code
        if row.currency is not None and row.currency != wanted:
            self._wrong(row, RowField.CURRENCY, f"the paying account is in {wanted}")

    def _check_reference(self, row: PayoutRow) -> None:
        if row.reference is None:
            return
        try:
            require_text(row.reference, "/reference", length_max=REFERENCE_LENGTH_MAX)
        except InvalidRequestError as error:
            self._wrong(row, RowField.REFERENCE, error.detail)
            return
        first = self._lines_by_reference.setdefault(row.reference, row.line)
        if first != row.line:
            self._wrong(row, RowField.REFERENCE, f"line {first} has the same reference")

    def _wrong(self, row: PayoutRow, wrong: RowField, detail: str) -> None:
        self.problems.append(RowProblem(row.line, wrong, detail))
