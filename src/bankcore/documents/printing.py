"""Documents as pages: the port that sets statements and receipts."""

from abc import abstractmethod
from typing import Final, Protocol

from bankcore.documents.receipts import Receipt
from bankcore.documents.statements import AccountStatement

PRINTED_LINES_MAX: Final = 10_000
"""A longer statement is not printed: nobody reads 300 pages, and each is made before the first can be sent."""


class DocumentPrinter(Protocol):
    """Prints documents as PDF; the same document is always the same bytes."""

    @abstractmethod
    def print_statement(self, statement: AccountStatement) -> bytes:
        """The statement with opening, running and closing balance, and a number on each page.

        Raises:
            InvalidRequestError: it has more lines than are printed.
        """

    @abstractmethod
    def print_receipt(self, receipt: Receipt) -> bytes:
        """The receipt, with the balances of the viewer's own accounts."""


def require_printable(statement: AccountStatement) -> None:
    """Require that the statement is short enough. Raises: InvalidRequestError."""
    statement.require_at_most(PRINTED_LINES_MAX, instead="csv or camt053")
