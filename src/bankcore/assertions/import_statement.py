"""ImportStatement: another bank's statement is put down as two assertions, and its lines are matched with ours."""

from dataclasses import dataclass
from typing import NamedTuple

from bankcore.assertions.matching import Matching, match_statement
from bankcore.assertions.record import AssertBalances, Assertions, RecordAssertions, StatedBalance
from bankcore.documents.bank_statements import BankStatement
from bankcore.idempotency.answers import Accepted
from bankcore.identifiers import AccountId
from bankcore.ledger.chain import MICROSECOND
from bankcore.ledger.queries import LedgerQueries
from bankcore.origin import Origin


class ImportedStatement(NamedTuple):
    """What was put down, and how the lines of both sides go together as the books are now."""

    assertions: Assertions
    matching: Matching


@dataclass(frozen=True, slots=True)
class ImportStatement:
    """Imports statements of other banks into one tenant. Nothing is posted: a person decides what follows."""

    record: RecordAssertions
    queries: LedgerQueries

    def __call__(
        self,
        account_id: AccountId,
        statement: BankStatement,
        *,
        source: str,
        origin: Origin,
        idempotency_key: str | None = None,
    ) -> Accepted[ImportedStatement]:
        """Keep the opening and the closing balance, and match the lines.

        A statement says what was there just before its period begins, and before it ends.

        Raises:
            InvalidRequestError: the statement ends in the future, or there is too much to compare.
            NotFoundError, CurrencyMismatchError, IdempotencyKeyReusedError, ...: as `RecordAssertions`.
        """
        stated = (
            StatedBalance(statement.from_instant - MICROSECOND, statement.opening),
            StatedBalance(statement.to_instant - MICROSECOND, statement.closing),
        )
        matching = match_statement(self.queries, account_id, statement)
        command = AssertBalances(account_id=account_id, stated=stated, source=source, idempotency_key=idempotency_key)
        recorded = self.record(command, origin=origin)
        return Accepted(ImportedStatement(recorded.value, matching), recorded.replayed)
