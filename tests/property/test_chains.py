"""A batch with chains gives what its runs give one after another: each chain as an atomic batch, the others alone."""

from collections.abc import Iterator
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from bankcore.idempotency.answers import Rejected
from bankcore.ledger.command import Command
from bankcore.ledger.outcomes import Outcome
from bankcore.ledger.rejections import BatchRejectedError, ChainRejectedError
from bankcore.testing import InMemoryBank, require_sound_books
from tests.property.test_batches import MIXED, comparable_event, comparable_outcome, new_bank, rows
from tests.worlds.values import linked


@given(commands=MIXED, sizes=st.lists(st.integers(1, 4), min_size=12, max_size=12), is_first_linked=st.booleans())
def test_a_chain_is_an_atomic_batch_between_other_commands(
    commands: list[Command], sizes: list[int], *, is_first_linked: bool
) -> None:
    whole, parts = new_bank(), new_bank()
    # A key that is named twice is answered as of earlier requests in parts, and not yet in a whole atomic batch.
    unkeyed = [command for command in commands if command.idempotency_key is None and command.source is None]
    chained = linked(unkeyed, sizes, is_first_linked=is_first_linked)

    in_a_batch = whole.ledger.execute(chained)
    one_after_another = list(_run_by_run(parts, chained))

    assert [*map(comparable_outcome, in_a_batch)] == [*map(comparable_outcome, one_after_another)]
    assert [*map(comparable_event, whole.events)] == [*map(comparable_event, parts.events)]
    assert rows(whole) == rows(parts)
    require_sound_books(whole.snapshot())


def _run_by_run(bank: InMemoryBank, commands: list[Command]) -> Iterator[Outcome]:
    place = 0
    for name, members in groupby(commands, key=lambda command: command.chain):
        run = list(members)
        outcomes = bank.ledger.execute(run, atomic=name is not None)
        yield from (_as_of_a_chain(outcome, name, place) for outcome in outcomes)
        place += len(run)


def _as_of_a_chain(outcome: Outcome, name: str | None, place: int) -> Outcome:
    if isinstance(outcome, Rejected) and isinstance(outcome.reason, BatchRejectedError):
        return Rejected(ChainRejectedError(chain=str(name), failed_index=place + outcome.reason.failed_index))
    return outcome
