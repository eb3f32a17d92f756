"""Settlement files are read exactly, or not at all."""

from bankcore.documents.bank_statements import Unreadable
from bankcore.money import Money
from bankcore.settlements.columns import FLUTTERWAVE, PAYSTACK, STRIPE, SettlementColumns
from bankcore.settlements.lines import LineKind, SettlementLine
from bankcore.settlements.reader import SETTLEMENT_BYTES_MAX, read_settlement

STRIPE_FILE = """\
automatic_payout_id,balance_transaction_id,reporting_category,currency,gross,fee,net,payment_intent_id,payment_metadata[reference]
po_1,txn_1,charge,usd,100.00,3.20,96.80,pi_1,019c1406-3400-7000-8000-000000000001
po_1,txn_2,refund,usd,-40.00,0.00,-40.00,pi_1,019c1406-3400-7000-8000-000000000001
po_1,txn_3,dispute,usd,-10.00,15.00,-25.00,,
po_1,txn_4,charge,jpy,1000,36,964,pi_2,
"""
PAYSTACK_FILE = """\
Reference Number,Transaction Date,Amount Paid,Paystack Fee,Amount Due,Currency
019c1406-3400-7000-8000-000000000002,2026-11-02 10:00:00,150.00,2.25,147.75,NGN
"""
FLUTTERWAVE_FILE = """\
id,tx_ref,flw_ref,charged_amount,app_fee,merchant_fee,stampduty_charge,settlement_amount,status,currency
984411,019c1406-3400-7000-8000-000000000003,FLW-1,10140,190,0,50,9900,successful,NGN
"""


def lines_of(text: str, columns: SettlementColumns) -> tuple[SettlementLine, ...]:
    found = read_settlement(text.encode(), columns)
    assert not isinstance(found, Unreadable), found
    return found


def problems_of(text: str | bytes, columns: SettlementColumns = STRIPE) -> list[tuple[int, str]]:
    found = read_settlement(text if isinstance(text, bytes) else text.encode(), columns)
    assert isinstance(found, Unreadable)
    return [(bad.line, bad.problem) for bad in found.lines]


def test_stripe_says_by_category_what_a_line_is_and_has_our_reference_as_metadata() -> None:
    lines = lines_of(STRIPE_FILE, STRIPE)

    assert [each.kind for each in lines] == [LineKind.PAYMENT, LineKind.REFUND, LineKind.OTHER, LineKind.PAYMENT]
    assert [each.net for each in lines] == [
        Money.of("96.80", "USD"),
        Money.of("-40.00", "USD"),
        Money.of("-25.00", "USD"),
        Money.of("964", "JPY"),
    ]
    assert lines[0].reference == "019c1406-3400-7000-8000-000000000001"
    assert (lines[3].reference, lines[3].provider_id) == (None, "pi_2")


def test_paystack_has_payments_alone_under_our_reference() -> None:
    (line,) = lines_of(PAYSTACK_FILE, PAYSTACK)

    assert line.kind is LineKind.PAYMENT
    assert line.reference == "019c1406-3400-7000-8000-000000000002"
    assert (line.gross, line.fee) == (Money.of("150.00", "NGN"), Money.of("2.25", "NGN"))


def test_fees_of_flutterwave_add_up() -> None:
    (line,) = lines_of(FLUTTERWAVE_FILE, FLUTTERWAVE)

    assert line.fee == Money.of("240", "NGN")
    assert line.net == Money.of("9900", "NGN")


def test_a_column_may_be_named_by_whoever_reads() -> None:
    columns = PAYSTACK.renamed("gross", " Betrag ")

    assert len(lines_of(PAYSTACK_FILE.replace("Amount Paid", "BETRAG"), columns)) == 1


def test_every_column_that_is_missing_is_named() -> None:
    ((line, problem),) = problems_of("created,gross\n")

    assert line == 1
    assert problem == ("columns are missing: payment_metadata[reference] or payment_intent_id; currency; net; fee")
    assert problems_of("")[0][0] == 1


def test_every_line_that_is_wrong_is_named() -> None:
    header = "payment_intent_id,currency,gross,fee,net\n"
    wrong = "pi_1,usd,1.00,0.10,0.91\npi_2,xyz,1.00,0.10,0.90\npi_3,usd,1.005,0,1.005\npi_4,usd,1.00\npi_5,usd,,,\n"

    assert [line for line, _ in problems_of(header + "pi_0,usd,1.00,0.10,0.90\n" + wrong)] == [3, 4, 5, 6, 7]
    assert problems_of(header + wrong)[0][1] == "1.00 USD less fees of 0.10 USD is not 0.91 USD"


def test_blank_lines_say_nothing_and_a_line_without_a_fee_has_none() -> None:
    (line,) = lines_of("payment_intent_id,currency,gross,fee,net\n\npi_1,usd,1.00,,1.00\n\n", STRIPE)

    assert line.fee == Money.zero("USD")


def test_what_is_no_file_of_lines_is_refused() -> None:
    assert problems_of(b"\xff\xfe")[0] == (1, "this is not UTF-8")
    assert problems_of(b"x" * (SETTLEMENT_BYTES_MAX + 1))[0][0] == 1
    assert problems_of('payment_intent_id,currency,gross,fee,net\n"pi')[0][1].startswith("this is no CSV")
