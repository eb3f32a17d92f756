"""Documents without a typesetter, and names without users."""

from collections.abc import Mapping

from bankcore.documents.holders import HolderNames
from bankcore.documents.printing import DocumentPrinter, require_printable
from bankcore.documents.receipts import Receipt
from bankcore.documents.statement_csv import csv_pieces
from bankcore.documents.statements import AccountStatement


class InMemoryHolderNames(HolderNames):
    """Knows the names that it was given, by owner id."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def find_name(self, owner_id: str) -> str | None:
        """The name that was given for that owner."""
        return self._names.get(owner_id)


class InMemoryPrinter(DocumentPrinter):
    """Prints plain words, which a test can read."""

    def print_statement(self, statement: AccountStatement) -> bytes:
        require_printable(statement)
        return "".join([f"holder,{statement.holder or ''}\r\n", *csv_pieces(statement)]).encode()

    def print_receipt(self, receipt: Receipt) -> bytes:
        return f"{receipt.title} {receipt.view.transaction.id}".encode()
