"""Whether the rows of quotes are as the log tells of them."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Row

from bankcore.fx.actions import QUOTE_GIVEN, QUOTE_USED
from bankcore.ledger.verification import Finding
from bankcore_infra.audit.verifying.told_rows import Told, differences, is_at, rows_and_records
from bankcore_infra.db.tenant_connection import TenantConnection
from bankcore_infra.fx.records import given_facts, used_facts
from bankcore_infra.fx.store import quote_of

_ACTIONS: Final = (QUOTE_GIVEN.name, QUOTE_USED.name)


def verify_quotes(connection: TenantConnection) -> Iterator[Finding]:
    """What is wrong with quotes, if anything: each was given as its row says, and used by its transaction or not."""
    for quote_id, row, told in rows_and_records(connection, "fx_quotes", _ACTIONS, "quote"):
        yield from _verify(f"fx quote {quote_id}", row, told)


def _verify(place: str, row: Row[Any] | None, told: Sequence[Told]) -> Iterator[Finding]:
    given, used = ([each for each in told if each[0] == action] for action in _ACTIONS)
    if row is None:
        yield Finding(place, "is gone")
        return
    if not given:
        yield Finding(place, "the log has no record of it")
        return
    try:
        quote = quote_of(row)
    except (ValueError, KeyError):
        yield Finding(place, "holds what no quote has")
        return
    yield from differences(place, given[0][2], given_facts(quote))
    if not is_at(quote.created_at, given[0]):
        yield Finding(place, f"was given at {given[0][1]} by the log")
    if used:
        yield from differences(place, used[0][2], used_facts(quote))
    elif quote.transaction_id is not None:
        yield Finding(place, "no record tells that it was used")
