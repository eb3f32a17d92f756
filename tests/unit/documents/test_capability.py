"""What prints is loaded by the first document."""

from bankcore.documents.receipts import issue_receipt
from bankcore.documents.statements import read_statement
from bankcore.ledger.commands import Deposit
from bankcore.money import Money
from bankcore.testing.bank import in_memory_bank
from bankcore.testing.documents import InMemoryHolderNames, InMemoryPrinter
from bankcore_infra.documents.capability import PrinterWhenAsked


def test_the_printer_of_a_bank_prints_both_documents_without_a_name_that_nobody_told() -> None:
    bank = in_memory_bank()
    account = bank.accounts.open(owner_id="sita", currency="NPR")
    posted = bank.ledger.post(Deposit(account.id, Money.of("1.00", "NPR")))
    receipt = issue_receipt(bank.queries, posted.id, owner_id="sita", issued_at=bank.clock.now())

    statement = read_statement(bank.queries, account.id)

    assert statement.holder is None
    assert PrinterWhenAsked().print_statement(statement).startswith(b"%PDF-")
    assert PrinterWhenAsked().print_receipt(receipt).startswith(b"%PDF-")


def test_a_printer_for_tests_prints_words() -> None:
    bank = in_memory_bank()
    account = bank.accounts.open(owner_id="sita", currency="NPR")
    posted = bank.ledger.post(Deposit(account.id, Money.of("1.00", "NPR")))
    names = InMemoryHolderNames({"sita": "Sita"})

    statement = InMemoryPrinter().print_statement(read_statement(bank.queries, account.id, holders=names))
    receipt = issue_receipt(bank.queries, posted.id, owner_id="sita", issued_at=bank.clock.now())

    assert statement.decode().startswith("holder,Sita\r\n")
    assert "closing" in statement.decode()
    assert InMemoryPrinter().print_receipt(receipt).decode() == f"Deposit receipt {posted.id}"
