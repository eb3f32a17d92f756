"""The same work on a bank that is empty and on one with years behind it."""

import random
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import cache
from itertools import pairwise
from typing import Final

from bankcore import Money, Transfer
from bankcore.identifiers import AccountId
from bench.figures import Subject
from bench.fill import Filled, fill, verify_sample
from bench.fill_history import Size
from bench.ours import our_audit_queries, our_batches, our_histories, our_past_balances, our_transfers
from bench.places import Places
from bench.plan import Comparison, Group, Limit, MakeSubject
from bench.whole_books import BooksContradictThemselvesError
from bench.world import BankPlace

MakeOnFilled = Callable[[BankPlace, Filled], AbstractContextManager[Subject]]

_SAMPLED_ACCOUNTS: Final = 10_000
"""As many as the empty bank has: what differs shall be what lies around them."""
_SPENDABLE_MINOR: Final = 100_000
_AT_ONCE: Final = 1_000
_ONE: Final = Money.of("0.01", "USD")


def scale_group(size: Size) -> Group:
    """Posting and reading with that much history, posting also beside an empty bank."""

    @cache
    def filled_bank(places: Places) -> tuple[BankPlace, Filled]:
        place = places.world.bank("filled")
        filled = fill(place.superuser_url, "years", size)
        if findings := verify_sample(place.app_url, place.superuser_url, filled.tenant_id):
            raise BooksContradictThemselvesError(str(findings[0]))
        places.world.calm()
        return place, filled

    def on_filled(make: MakeOnFilled) -> MakeSubject:
        return lambda places: make(*filled_bank(places))

    return Group(
        name="scale",
        title=f"A bank with {size.entries:,} entries beside an empty one",
        subjects={
            "empty, 32": lambda places: our_transfers(*places.bank, threads=32),
            "filled, 32": on_filled(
                lambda place, filled: our_transfers(place, _spenders(filled), threads=32, tenant=filled.slug)
            ),
            "empty, batches of 100": lambda places: our_batches(*places.bank, size=100),
            "filled, batches of 100": on_filled(
                lambda place, filled: our_batches(place, _spenders(filled), size=100, tenant=filled.slug)
            ),
            "history page": on_filled(_histories),
            "balance at an instant": on_filled(_past_balances),
            "audit query": on_filled(_audit_queries),
        },
        comparisons=[
            Comparison(
                name=f"{kind}: filled / empty", subject=f"filled, {kind}", against=(f"empty, {kind}",), at_least=0.85
            )
            for kind in ("32", "batches of 100")
        ],
        limits=[Limit(subject=name, p99_ms=5) for name in ("history page", "balance at an instant")],
        first=lambda places: _touch(*filled_bank(places)),
    )


def _spenders(filled: Filled) -> Sequence[AccountId]:
    """Accounts that have enough to pay with for as long as a measurement lasts."""
    sampled = map(filled.history.accounts.__getitem__, _sampled(filled))
    return [account.id for account in sampled if account.balance_minor >= _SPENDABLE_MINOR]


def _touch(place: BankPlace, filled: Filled) -> None:
    """Let each of the accounts that are measured pay once.

    The first change of a page after a checkpoint writes the whole page to the log. A bank that is busy enough for its
    speed to matter changes each of its pages many times between two checkpoints; a short measurement would meet almost
    none a second time.
    """
    ids = _spenders(filled)
    with place.open() as bank:
        ledger = bank.tenant(filled.slug).ledger
        for begin in range(0, len(ids) - 1, _AT_ONCE):
            some = ids[begin : begin + _AT_ONCE + 1]
            ledger.execute([Transfer(payer, payee, _ONE) for payer, payee in pairwise(some)])


def _sampled(filled: Filled) -> Sequence[int]:
    """Places of accounts, all of them or as many as memory should hold."""
    places = range(1, filled.history.size.accounts + 1)
    return places if len(places) <= _SAMPLED_ACCOUNTS else random.Random(7).sample(places, _SAMPLED_ACCOUNTS)


def _histories(place: BankPlace, filled: Filled) -> AbstractContextManager[Subject]:
    owners = [f"holder-{number}" for number in _sampled(filled)]
    return our_histories(place, _ids(filled), owners=owners, tenant=filled.slug)


def _past_balances(place: BankPlace, filled: Filled) -> AbstractContextManager[Subject]:
    history = filled.history
    return our_past_balances(place, _ids(filled), history.begins_at, history.ends_at, tenant=filled.slug)


def _audit_queries(place: BankPlace, filled: Filled) -> AbstractContextManager[Subject]:
    return our_audit_queries(place, _ids(filled), tenant=filled.slug)


def _ids(filled: Filled) -> Sequence[AccountId]:
    return [filled.history.accounts[number].id for number in _sampled(filled)]
