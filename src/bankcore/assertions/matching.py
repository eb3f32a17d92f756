"""Matching: which lines of another bank's statement are which of our transactions, to the minor unit."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from bankcore.assertions.assertions import in_sight_of_others
from bankcore.documents.bank_statements import BankEntry, BankStatement
from bankcore.documents.statements import StatementLine, read_statement
from bankcore.errors import InvalidRequestError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountKind
from bankcore.ledger.queries import LedgerQueries

SPREAD: Final = timedelta(days=3)
"""How far the other bank's booking may be from our posting, if only the amount tells that they are the same."""
LINES_MAX: Final = 20_000


class Match(NamedTuple):
    """A line of theirs, and our entry."""

    theirs: BankEntry
    ours: StatementLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Each line on either side is in one match, or is left over."""

    matches: tuple[Match, ...]
    only_theirs: tuple[BankEntry, ...]
    only_ours: tuple[StatementLine, ...]


def match_statement(queries: LedgerQueries, account_id: AccountId, statement: BankStatement) -> Matching:
    """Compare the statement with the entries of our account, from some days before to some days after it.

    What only we have is told for the period of the statement.

    Raises:
        InvalidRequestError: there are more of our entries than can be compared at once.
    """
    ours = read_statement(
        queries,
        account_id,
        from_instant=min(statement.from_instant - SPREAD, queries.balance_at(account_id).at),
        to_instant=statement.to_instant + SPREAD,
    )
    if ours.line_count > LINES_MAX:
        raise InvalidRequestError(
            pointer="/statement", detail=f"more than {LINES_MAX} of our entries: import less at once"
        )
    found = match_lines(statement.entries, list(ours.lines()), ours.account.kind)
    in_period = [
        line for line in found.only_ours if statement.from_instant <= line.entry.posted_at < statement.to_instant
    ]
    return Matching(matches=found.matches, only_theirs=found.only_theirs, only_ours=tuple(in_period))


def match_lines(theirs: Sequence[BankEntry], ours: Sequence[StatementLine], kind: AccountKind) -> Matching:
    """First by a reference that both sides have, then by the amount alone within some days; each line once.

    Amounts are equal to the minor unit, in the other side's sight. Of several that fit, the earlier ones go together.
    """
    left_theirs, left_ours = list(theirs), list(ours)
    matches = list[Match]()
    for fits in (_share_a_reference, _are_near):
        for line in list(left_theirs):
            found = _first(left_ours, line, kind, fits)
            if found is not None:
                left_theirs.remove(line)
                left_ours.remove(found)
                matches.append(Match(line, found))
    return Matching(
        matches=tuple(sorted(matches, key=lambda match: match.theirs.line)),
        only_theirs=tuple(left_theirs),
        only_ours=tuple(left_ours),
    )


def _first(
    ours: Iterable[StatementLine],
    line: BankEntry,
    kind: AccountKind,
    fits: Callable[[BankEntry, StatementLine], bool],
) -> StatementLine | None:
    return next(
        (each for each in ours if in_sight_of_others(kind, each.entry.amount) == line.amount and fits(line, each)),
        None,
    )


def _share_a_reference(theirs: BankEntry, ours: StatementLine) -> bool:
    transaction = ours.transaction
    known = {transaction.id.hex, str(transaction.id), transaction.reference}
    if transaction.source is not None:
        known.add(transaction.source.id)
    return any(name is not None and name in known for name in (theirs.bank_reference, theirs.reference))


def _are_near(theirs: BankEntry, ours: StatementLine) -> bool:
    return abs(theirs.booked_at - ours.entry.posted_at) <= SPREAD
