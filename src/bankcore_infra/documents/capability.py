"""Documents as a capability: one printer for all tenants, and the names of each tenant's holders."""

from typing import Final

from typing_extensions import override

from bankcore.documents.holders import HolderNames
from bankcore.documents.printing import DocumentPrinter
from bankcore.documents.receipts import Receipt
from bankcore.documents.statements import AccountStatement
from bankcore_infra.capability import BankParts, Capability, TenantParts
from bankcore_infra.extras import naming_the_extra


class PrinterWhenAsked(DocumentPrinter):
    """Prints with what is loaded by the first document: most processes never print one."""

    @override
    def print_statement(self, statement: AccountStatement) -> bytes:
        return _pdf_printer().print_statement(statement)

    @override
    def print_receipt(self, receipt: Receipt) -> bytes:
        return _pdf_printer().print_receipt(receipt)


def _pdf_printer() -> DocumentPrinter:
    with naming_the_extra():
        from bankcore_infra.documents.printer import PdfPrinter

        return PdfPrinter()


def _printer(_parts: BankParts) -> DocumentPrinter:
    return PrinterWhenAsked()


def _holders(parts: TenantParts) -> HolderNames:
    from bankcore_infra.documents.holders import SqlHolderNames

    return SqlHolderNames(parts.transactions)


DOCUMENTS: Final = Capability(name="documents", shared={DocumentPrinter: _printer}, services={HolderNames: _holders})
