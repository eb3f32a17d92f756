"""RowProof: the rows of a table compared with what the log tells of them, and with the books that follow from it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Row

from bankcore.actions import Action
from bankcore.errors import BankcoreError
from bankcore.ledger.verification import Finding
from bankcore_infra.audit.verifying.told_rows import Told, differences, is_at, rows_and_records
from bankcore_infra.db.tenant_connection import TenantConnection

T = TypeVar("T")


def _never(_read: object) -> datetime | None:
    return None


@dataclass(frozen=True)
class RowProof(Generic[T]):
    """What rows of a kind are compared with; `contradictions` are statements, each by the problem of what it finds.

    Such a statement has one parameter, the tenant, and yields the places, such as `refund 019c...`.
    """

    noun: str
    """What findings call a row, and under which name its records keep its facts."""
    table: str
    actions: Sequence[Action]
    """The actions whose records tell of a row; the last record tells all of its facts."""
    _: KW_ONLY
    read: Callable[[Row[Any]], T]
    facts: Callable[[T], dict[str, Any]]
    began: tuple[str, Callable[[T], datetime]]
    """What its first record says, such as "was created", and the same instant by the row."""
    ended_at: Callable[[T], datetime | None] = _never
    contradictions: Mapping[str, str]

    def verify(self, connection: TenantConnection) -> Iterator[Finding]:
        """What is wrong with these rows, if anything."""
        names = [action.name for action in self.actions]
        for row_id, row, told in rows_and_records(connection, self.table, names, self.noun):
            yield from self._verify(f"{self.noun} {row_id}", row, told)
        for problem, statement in self.contradictions.items():
            for (place,) in connection.sql.exec_driver_sql(statement, (connection.tenant_id,)):
                yield Finding(place, problem)

    def _verify(self, place: str, row: Row[Any] | None, told: Sequence[Told]) -> Iterator[Finding]:
        if row is None or not told:
            yield Finding(place, "is gone" if row is None else "the log has no record of it")
            return
        try:
            found = self.read(row)
            facts = self.facts(found)
        except (BankcoreError, ValueError, KeyError, TypeError, AssertionError):
            yield Finding(place, f"holds what no {self.noun} has")
            return
        first, last = told[0], told[-1]
        yield from differences(place, last[2], facts)
        words, began_at = self.began
        if not is_at(began_at(found), first):
            yield Finding(place, f"{words} at {first[1]} by the log")
        ended_at = self.ended_at(found)
        if ended_at is not None and not is_at(ended_at, last):
            yield Finding(place, f"ended at {last[1]} by the log")
