"""`bankcore limits`: how much may leave an account, or each account of a tenant's customers."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
from typing_extensions import override

from bankcore.clock import instant_text
from bankcore.errors import InvalidRequestError
from bankcore.ledger.limit_book import LimitStanding
from bankcore.ledger.limits import Limit, LimitPolicy, LimitWindow
from bankcore.ledger.stored_limits import policy_document
from bankcore.limits.service import LimitService
from bankcore.money import Currency, Money, format_minor
from bankcore_infra.cli.accounts import account_id_named
from bankcore_infra.cli.banks import bank_at, tenant_of
from bankcore_infra.cli.options import OPERATOR, data_dir_option, json_option, tenant_option
from bankcore_infra.cli.printing import print_list

_WORDS: Final = re.compile(r"(?P<per>\S+) +(?P<number>\S+)(?: +(?P<currency>[A-Z]{3}))?(?: +(?P<kind>\S+))?", re.ASCII)
_COUNT: Final = re.compile(r"[0-9]{1,10}", re.ASCII)
_COLUMNS: Final = {"Per": "per", "Amount": "amount", "Currency": "currency", "Count": "count", "Kind": "kind"}
_STANDING_COLUMNS: Final = {**_COLUMNS, "Set for": "setFor", "Used": "used", "Left": "left", "Until": "resetsAt"}


class LimitText(click.ParamType[Limit]):
    """A limit as one text: a window, an amount with its currency or else a number, and perhaps a kind of debit."""

    name = "limit"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Limit:
        try:
            return limit_of(value)
        except InvalidRequestError as error:
            # The name of the part, such as amount, is the end of the pointer.
            part = (error.pointer or "").rpartition("/")[2]
            self.fail(f"{value!r}, {part}: {error.detail}" if part else f"{value!r}: {error.detail}", param, ctx)


def limit_of(written: str) -> Limit:
    """The limit that is written so. Raises: InvalidRequestError: no limit is; it names the part."""
    words = _WORDS.fullmatch(written.strip())
    if words is None:
        raise InvalidRequestError(pointer="", detail='a limit is written "day 500.00 NPR withdrawal" or "month 20"')
    per, number, code, kind = words["per"], words["number"], words["currency"], words["kind"]
    if per not in tuple(LimitWindow):
        raise InvalidRequestError(pointer="/per", detail=f"transaction, day or month, not {per!r}")
    if code is not None:
        return Limit(per=LimitWindow(per), amount=Money.of(number, _currency_of(code)), kind=kind)
    if kind is not None and _is_currency(kind.upper()):
        raise InvalidRequestError(pointer="/currency", detail=f"in capital letters, {kind.upper()}")
    if not _COUNT.fullmatch(number):
        raise InvalidRequestError(pointer="/count", detail=f"a whole number, or an amount and its currency: {number!r}")
    return Limit(per=LimitWindow(per), count=int(number), kind=kind)


def _currency_of(code: str) -> Currency:
    if not _is_currency(code):
        raise InvalidRequestError(pointer="/currency", detail=f"not a currency code of ISO 4217: {code}")
    return Currency.of(code)


def _is_currency(code: str) -> bool:
    try:
        Currency.of(code)
    except InvalidRequestError:
        return False
    return True


_account_option: Final = click.option(
    "--account", "named", metavar="ACCOUNT", help="Of this account, by its number or id [default: of all customers]."
)


@click.group()
def limits() -> None:
    """Show and set how much may leave accounts."""


@limits.command()
@_account_option
@tenant_option
@json_option
@data_dir_option
def show(*, named: str | None, slug: str, as_json: bool, data_dir: Path | None) -> None:
    """Show the limits of all customers; or all that bind an account, with what is used and left of each."""
    with bank_at(data_dir) as bank:
        tenant = tenant_of(bank, slug)
        service = tenant.get(LimitService)
        if named is None:
            _print_policy(service.get_policy(None), as_json=as_json)
            return
        standings = service.list_standings(account_id_named(tenant.queries, named))
    rows = [_standing_row(each, as_json=as_json) for each in standings]
    print_list(rows, _STANDING_COLUMNS, as_json=as_json)


@limits.command(name="set")
@click.option("--limit", "wanted", type=LimitText(), multiple=True, metavar="TEXT", help="A limit; as often as wanted.")
@click.option("--none", "is_none", is_flag=True, help="Take all limits away.")
@click.option("--reason", help="Why; the audit log keeps it.")
@_account_option
@tenant_option
@json_option
@data_dir_option
def set_limits(  # noqa: PLR0913 - one parameter for each option
    *,
    wanted: Sequence[Limit],
    is_none: bool,
    reason: str | None,
    named: str | None,
    slug: str,
    as_json: bool,
    data_dir: Path | None,
) -> None:
    """Set all limits, in the place of those before: of all customers, or of one account.

    A limit is a window (transaction, day or month), an amount and its currency or else a number, and perhaps one kind
    of debit, such as withdrawal, transfer or hold:

    bankcore limits set --account 1001 --limit "day 500.00 NPR withdrawal" --limit "month 20"
    """
    if bool(wanted) == is_none:
        raise click.UsageError("either --limit, as often as wanted, or --none")
    with bank_at(data_dir) as bank:
        tenant = bank.tenant(slug)
        service = tenant.get(LimitService)
        if named is None:
            policy = service.set_for_tenant(wanted, reason=reason, origin=OPERATOR)
        else:
            account_id = account_id_named(tenant.queries, named)
            policy = service.set_for_account(account_id, wanted, reason=reason, origin=OPERATOR)
    _print_policy(policy, as_json=as_json)


def _print_policy(policy: LimitPolicy, *, as_json: bool) -> None:
    if not policy and not as_json:
        click.echo("no limits")
        return
    print_list([_limit_row(limit, as_json=as_json) for limit in policy], _COLUMNS, as_json=as_json)


def _limit_row(limit: Limit, *, as_json: bool) -> dict[str, object]:
    (row,) = policy_document((limit,))
    # A table shows 0 as nothing, and a count of 0 is a limit.
    return {**row} if as_json or limit.count is None else {**row, "count": str(limit.count)}


def _standing_row(standing: LimitStanding, *, as_json: bool) -> dict[str, object]:
    limit = standing.limit
    exponent = 0 if limit.amount is None else limit.amount.currency.exponent
    return {
        **_limit_row(limit, as_json=as_json),
        "setFor": "account" if standing.is_own else "all customers",
        "used": format_minor(standing.used, exponent),
        "left": format_minor(standing.left, exponent),
        "resetsAt": None if standing.resets_at is None else instant_text(standing.resets_at),
    }
