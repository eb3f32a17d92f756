"""Every parameter of the public API is given values of every wrong sort: what comes out is meant for the caller.

The calls are made from the signatures, so that a function or a parameter that is added is tried too.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final, get_type_hints
from uuid import UUID

from bankcore import (
    AccountId,
    AccountKind,
    CloseAccount,
    Command,
    Currency,
    Deposit,
    FreezeAccount,
    HistoryFilter,
    HistoryPosition,
    MakeDormant,
    Money,
    OpenAccount,
    Origin,
    Posting,
    PostTransaction,
    Rounding,
    Source,
    Transfer,
    UnfreezeAccount,
    WakeAccount,
    Withdraw,
)
from bankcore.errors import BankcoreError, OutcomeUnknownError, UnavailableError
from bankcore.holds.commands import CaptureHold, ExtendHold, PlaceHold, VoidHold
from bankcore.identifiers import HoldId
from bankcore.ledger.command import Carried
from bankcore.ledger.limits import Limit, LimitWindow
from bankcore.ledger.reversals import ReverseTransaction
from bankcore.testing import read_books, require_sound_books
from tests.contract.adapters import LedgerWorld
from tests.worlds.values import NPR, npr

NOW: Final = datetime(2026, 1, 31, tzinfo=UTC)
WRONG: Final[tuple[Any, ...]] = (
    *(None, True, 0, 7, -1, 2**70, 1.5, float("nan"), 1j, Decimal("1.005"), Decimal("NaN"), Decimal("1E+999999")),
    *("", "text", "1.00", "\0", "\ud800", "x" * 5_000, "npr", b"bytes", "01a2213a-22d3-70a0-afdf-c4b6de43b782"),
    *(UUID(int=1), AccountKind.FEE, NPR, npr("1"), Source("order", "1"), HistoryFilter(owner_id="alice")),
    *(date(2026, 1, 31), datetime(2026, 1, 31), timedelta(1)),  # noqa: DTZ001 - this is one of the mistakes
    datetime.max.replace(tzinfo=timezone(-timedelta(hours=14))),
    datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    *([], [None], [7], ["text"], (), ("order", "1"), ("order", 1, 2), {}, {"a": 7}, {1: "a"}, {"": ""}, {1, 2}),
    *(object(), object, int, len, iter("ab"), Origin(), [Deposit(AccountId(UUID(int=1)), npr("1"))]),
)
MADE: Final[tuple[type, ...]] = (
    *(Money, Currency, Origin, Source, Posting, HistoryFilter, HistoryPosition, OpenAccount, PostTransaction),
    *(Deposit, Withdraw, Transfer, FreezeAccount, UnfreezeAccount, ReverseTransaction),
    *(CloseAccount, MakeDormant, WakeAccount, Limit),
    *(PlaceHold, CaptureHold, VoidHold, ExtendHold),
)
MEANT: Final = ("money goes with money", "money is multiplied by whole numbers")
"""How the errors of arithmetic begin, which are Python's own `TypeError`."""


def right_values(own: AccountId) -> dict[str, Any]:
    """What each parameter is given while another one is wrong, by name; whatever is not here is left out."""
    return {
        "account_id": own,
        "amount": npr("1"),
        "amounts": [npr("1")],
        "at": NOW,
        "code": "NPR",
        "command": Deposit(own, npr("1")),
        "commands": [Deposit(own, npr("1"))],
        "currency": NPR,
        "effective_at": NOW,
        "exponent": 2,
        "from_account_id": own,
        "hold_id": HoldId(UUID(int=1)),
        "id": "1",
        "instant": NOW,
        "lines": (Posting(own, npr("1")), Posting(own, npr("-1"))),
        "limit": 1,
        "limits": [Limit(per=LimitWindow.DAY, count=1_000_000)],
        "locale": "en_US",
        "minor": 100,
        "number": "12",
        "owner_id": "alice",
        "per": LimitWindow.DAY,
        "posted_at": NOW,
        "rate": 1,
        "reason": "sent twice",
        "rounding": Rounding.UP,
        "times": 2,
        "to_account_id": own,
        "transaction_id": UUID(int=1),
        "transaction_ids": [UUID(int=1)],
        "type": "order",
        "wanted": HistoryFilter(owner_id="alice"),
        "weights": [1, 2],
    }


def public_calls(world: LedgerWorld, own: AccountId) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each function that a user of the library calls, by name: of services, of values, and what makes values."""
    transaction = world.ledger.deposit(own, npr("5"))
    made = (
        world.ledger,
        world.accounts,
        world.queries,
        world.holds,
        world.limits,
        npr("5"),
        NPR,
        transaction,
        transaction.entries[0],
    )
    for value in (*made, world.accounts.get(own), world.accounts.balance(own)):
        for name, member in inspect.getmembers(value, callable):
            if not name.startswith("_") and name not in {"post_together", "count", "index"}:
                yield f"{type(value).__name__}.{name}", member
    yield from {kind.__name__: kind for kind in MADE}.items()


def uses_of(world: LedgerWorld, own: AccountId) -> Mapping[type, Callable[[Any], object]]:
    """What is done with a value that was made: what its maker let through must not break elsewhere."""
    return {
        Command: world.ledger.execute_one,
        Origin: lambda origin: world.ledger.deposit(own, npr("1"), origin=origin),
        HistoryFilter: lambda wanted: world.queries.history(wanted, limit=1),
        HistoryPosition: lambda place: world.queries.history(HistoryFilter(owner_id="a"), before=place, limit=1),
        Source: lambda source: world.ledger.deposit(own, npr("1"), source=source),
        Posting: lambda posting: world.ledger.post(PostTransaction((posting, Posting(own, npr("-1"))))),
    }


def parameters_of(called: Callable[..., Any]) -> list[str]:
    """The names of its parameters, with those that a command carries."""
    found: list[str] = []
    for name, parameter in inspect.signature(called).parameters.items():
        found += get_type_hints(Carried) if parameter.kind is parameter.VAR_KEYWORD else [name]
    return found


def complaint_about(
    called: Callable[..., Any], values: Mapping[str, Any], uses: Mapping[type, Callable[[Any], object]]
) -> str | None:
    """What came out that tells the caller nothing; None if it was a sentence, or an answer that can be used."""
    try:
        made = called(**values)
        for kind, use in uses.items():
            if isinstance(made, kind):
                use(made)
    except (UnavailableError, OutcomeUnknownError) as error:
        return f"{type(error).__name__}: a mistake is no outage"
    except BankcoreError as error:
        return None if str(error) else "a refusal without words"
    except TypeError as error:
        return None if str(error).startswith(MEANT) else f"TypeError: {error}"
    except Exception as error:  # noqa: BLE001 - this is what the test looks for
        return f"{type(error).__name__}: {error}"
    return None


def test_a_wrong_value_is_never_met_with_an_error_of_the_inside(world: LedgerWorld) -> None:
    own = world.accounts.open(currency="NPR", owner_id="alice").id
    right, uses = right_values(own), uses_of(world, own)
    complaints: list[str] = []
    tried = 0

    for name, called in list(public_calls(world, own)):
        parameters = parameters_of(called)
        for wrong_parameter in parameters:
            for wrong in WRONG:
                values = {each: right[each] for each in parameters if each in right} | {wrong_parameter: wrong}
                tried += 1
                if complaint := complaint_about(called, values, uses):
                    complaints.append(f"{name}({wrong_parameter}={wrong!r:.60}): {complaint}")

    assert complaints == []
    assert tried > 1_000
    require_sound_books(read_books(world.queries, ["alice"]))
