"""Expectations: what a caller takes for granted of an account; where it is not so, the command is refused."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Final

from bankcore.arguments import but, require_a, require_count, require_id
from bankcore.errors import BankcoreError, InvalidRequestError, NotFoundError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind, LockedAccount
from bankcore.ledger.book import Book
from bankcore.ledger.rejections import PreconditionFailedError
from bankcore.money import CurrencyMismatchError, Money
from bankcore.origin import Origin

EXPECTATIONS_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class Expect:
    """What must be so on that account, as the caller's optimistic lock.

    `version` is how many entries it has before the command; `available_min` is what must be available after it at
    least, in the account's currency. A holder may expect something of own accounts only.
    """

    account_id: AccountId
    _: KW_ONLY
    version: int | None = None
    available_min: Money | None = None

    def __post_init__(self) -> None:
        """Refuse one that expects nothing, and values of other types."""
        require_id(self.account_id, "/accountId")
        if self.version is not None:
            require_count(self.version, "/version")
        if self.available_min is not None:
            require_a(Money, self.available_min, "/availableMin", 'an amount is written Money.of("1.00", "NPR")')
        if self.version is None and self.available_min is None:
            raise InvalidRequestError(detail="an expectation is a version, or what must be available, or both")

    def content(self) -> tuple[str, int | None, int | None, str | None]:
        """All that it says, as values of JSON."""
        least = self.available_min
        amount = (None, None) if least is None else (least.minor, least.currency.code)
        return (str(self.account_id), self.version, *amount)


NOTHING_EXPECTED: Final[tuple[Expect, ...]] = ()


def checked_expectations(expects: object) -> tuple[Expect, ...]:
    """A tuple of them. Raises: InvalidRequestError: too many, or something else."""
    if not isinstance(expects, Sequence):
        raise InvalidRequestError(pointer="/expects", detail=f"expectations are a list{but(expects)}")
    checked: tuple[Expect, ...] = tuple(expects)
    if len(checked) > EXPECTATIONS_MAX:
        raise InvalidRequestError(pointer="/expects", detail=f"at most {EXPECTATIONS_MAX} expectations")
    for index, each in enumerate(checked):
        require_a(Expect, each, f"/expects/{index}", "an expectation is written Expect(account.id, version=17)")
    return checked


def unmet_before(expects: Sequence[Expect], book: Book, origin: Origin) -> BankcoreError | None:
    """The refusal of a command because an account is not what the caller takes it for, if there is one."""
    for expected in expects:
        account = book.get(expected.account_id)
        if account is None or not _is_within_reach(account, origin):
            return NotFoundError(resource="account", identifier=str(expected.account_id))
        least = expected.available_min
        if least is not None and least.currency != account.currency:
            return CurrencyMismatchError(expected=account.currency.code, actual=least.currency.code)
        if expected.version is not None and expected.version != account.version:
            return _failed(expected, account)
    return None


def unmet_after(expects: Sequence[Expect], book: Book) -> BankcoreError | None:
    """The refusal of a command that would leave less available than the caller wants, if there is one."""
    for expected in expects:
        account, least = book[expected.account_id], expected.available_min
        if least is not None and account.available_minor < least.minor:
            return _failed(expected, account)
    return None


def _is_within_reach(account: LockedAccount, origin: Origin) -> bool:
    """Whether the caller may know what is on it; else an expectation would be a way to find out."""
    if origin.owner_id is None:
        return True
    return account.kind is AccountKind.CUSTOMER and account.owner_id == origin.owner_id


def _failed(expected: Expect, account: LockedAccount) -> PreconditionFailedError:
    return PreconditionFailedError(
        account_id=account.id,
        expected_version=expected.version,
        version=account.version,
        available_min=expected.available_min,
        available=Money(account.available_minor, account.currency),
    )
