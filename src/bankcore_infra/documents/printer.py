"""The printer of documents: PDF by ReportLab."""

from typing_extensions import override

from bankcore.documents.printing import DocumentPrinter, require_printable
from bankcore.documents.receipts import Receipt
from bankcore.documents.statements import AccountStatement
from bankcore_infra.documents.receipt_pages import receipt_pages
from bankcore_infra.documents.statement_pages import statement_pages


class PdfPrinter(DocumentPrinter):
    """Sets documents on A4, in fonts that travel with them."""

    @override
    def print_statement(self, statement: AccountStatement) -> bytes:
        require_printable(statement)
        return statement_pages(statement)

    @override
    def print_receipt(self, receipt: Receipt) -> bytes:
        return receipt_pages(receipt)
