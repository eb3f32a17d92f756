"""The simulator where no dialect of ours goes: browsers, other programs, strangers, and what is no request at all."""

import json
import socket
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha512
from pathlib import Path

import pytest
from urllib3 import PoolManager, Timeout

from bankcore import Money
from bankcore.testing import FrozenClock
from bankcore.testing.provider_simulator import ProviderSimulator, Scenario
from bankcore.testing.provider_simulator.books import SimulatedBooks
from bankcore.testing.provider_simulator.scenarios import scenario_of
from tests.worlds.simulator_clients import KEYS, ORDER, hanging_up, order


@pytest.fixture
def simulator() -> Iterator[ProviderSimulator]:
    with ProviderSimulator(FrozenClock()) as running:
        yield running


@pytest.fixture
def browser() -> Iterator[PoolManager]:
    with PoolManager(timeout=Timeout(10), retries=False) as pool:
        yield pool


@pytest.mark.parametrize(("decision", "status"), [("pay", "paid"), ("decline", "declined")])
def test_a_payer_decides_on_the_page_once(
    simulator: ProviderSimulator, browser: PoolManager, decision: str, status: str
) -> None:
    page = order(simulator, browser)
    assert "250.00 NGN" in browser.request("GET", page).data.decode()

    fields = {"decision": decision}
    went = browser.request("POST", page, fields=fields, encode_multipart=False, redirect=False)
    again = browser.request("POST", page, fields={"decision": "pay"}, encode_multipart=False, redirect=False)

    assert (went.status, went.headers["Location"]) == (303, "http://127.0.0.1:1/back?trxref=order-1&reference=order-1")
    assert f"This charge is {status}." in again.data.decode()
    assert simulator.books("paystack").charges["order-1"].status == status


def test_other_programs_read_the_books_and_say_where_webhooks_go(
    simulator: ProviderSimulator, browser: PoolManager
) -> None:
    order(simulator, browser)
    simulator.pay("paystack", "order-1")

    said = browser.request("GET", f"{simulator.url}/paystack/books").json()
    hooks = f"{simulator.url}/paystack/hooks"
    statuses = [
        browser.request("POST", hooks, fields={"url": url}, encode_multipart=False).status
        for url in ("http://127.0.0.1:1/hooks", "https://127.0.0.1:1/", "http://shop.example:80/", "")
    ]

    charge = {"reference": "order-1", "amount": "250.00", "currency": "NGN", "status": "paid"}
    assert said == {"charges": [{**charge, "fee": "3.75", "refunded": "0.00"}], "net": {"NGN": "246.25"}}
    assert statuses == [204, 400, 400, 400]


def test_payers_may_all_pay_at_once(browser: PoolManager) -> None:
    with ProviderSimulator(FrozenClock(), payers_pay=True) as simulator:
        order(simulator, browser)
        order(simulator, browser, reference="order-2", amount=25_001)

        paid = {reference: each.status for reference, each in simulator.books("paystack").charges.items()}
    assert paid == {"order-1": "paid", "order-2": "declined"}


def test_nobody_pays_what_was_not_ordered(simulator: ProviderSimulator) -> None:
    with pytest.raises(KeyError, match="nothing"):
        simulator.pay("paystack", "nothing")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nobody/v1/charges", {}, 404),
        ("GET", "/paystack/pages/1", {}, 404),
        ("GET", "/paystack/elsewhere", {}, 404),
        ("GET", "/paystack/refund/7", {}, 404),
        ("GET", "/paystack/dispute/7", {}, 404),
        ("POST", "/paystack/refund", {"transaction": "nothing"}, 404),
        ("POST", "/paystack/transaction/initialize", {"amount": "ten"}, 404),
        ("POST", "/paystack/transaction/initialize", {"amount": 0, "currency": "NGN"}, 404),
        ("POST", "/paystack/transaction/initialize", {**ORDER, "email": ""}, 400),
        ("GET", "/stripe/v1/refunds", {}, 200),
        ("GET", "/stripe/v1/refunds/re_1", {}, 404),
        ("POST", "/stripe/v1/refunds", {}, 404),
        ("GET", "/stripe/v1/disputes/dp_1", {}, 404),
        ("POST", "/stripe/v1/payment_intents/pi_1/capture", {}, 404),
        ("POST", "/flutterwave/v3/payments", {"amount": "1.005", "currency": "NGN"}, 404),
        ("POST", "/flutterwave/v3/transactions/1/refund", {}, 400),
        ("GET", "/flutterwave/v3/refunds/1", {}, 404),
        ("POST", "/khalti/v2/epayment/initiate/", {"amount": 999, "purchase_order_id": "order-1"}, 400),
        ("GET", "/imepay/v1/refunds/1", {}, 404),
        ("GET", "/esewa/elsewhere", {}, 404),
    ],
)
def test_what_is_not_there_is_refused(
    simulator: ProviderSimulator, browser: PoolManager, method: str, path: str, body: dict[str, object], status: int
) -> None:
    headers = KEYS.get(path.split("/")[1], {})

    answer = browser.request(method, simulator.url + path, headers=headers, json=body)

    assert answer.status == status


def test_refunds_are_listed_the_newest_first(simulator: ProviderSimulator, browser: PoolManager) -> None:
    order(simulator, browser)
    simulator.pay("paystack", "order-1")
    refunds = f"{simulator.url}/paystack/refund"
    for reference in ("refund-1", "refund-2"):
        body = {"transaction": "order-1", "amount": 100, "merchant_note": reference}
        browser.request("POST", refunds, headers=KEYS["paystack"], json=body)
    simulator.finish_refunds("paystack", "failed")

    listed = browser.request("GET", refunds, headers=KEYS["paystack"]).json()["data"]

    assert [(each["merchant_note"], each["status"]) for each in listed] == [
        ("refund-2", "failed"),
        ("refund-1", "failed"),
    ]


def test_a_form_of_esewa_is_taken_once(simulator: ProviderSimulator, browser: PoolManager) -> None:
    # Signed with the key of the simulator: total_amount=100,transaction_uuid=form-1,product_code=EPAYTEST.
    fields = {
        "total_amount": "100",
        "transaction_uuid": "form-1",
        "product_code": "EPAYTEST",
        "signed_field_names": "total_amount,transaction_uuid,product_code",
        "signature": "jKbygOjtnu6FM75JmdfL/asRt/efgXgOgvsAc5LdIoA=",
        "success_url": "http://127.0.0.1:1/back",
    }
    form = f"{simulator.url}/esewa/api/epay/main/v2/form"

    statuses = [
        browser.request("POST", form, fields=fields, encode_multipart=False, redirect=False).status for _try in range(2)
    ]

    assert statuses == [302, 409]


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: y\r\n" % each for each in range(200)),
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n{",
    ],
)
def test_what_is_no_request_is_not_answered(simulator: ProviderSimulator, sent: bytes) -> None:
    port = int(simulator.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)

        assert not client.recv(100).startswith(b"HTTP/1.1 2")


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([b"HTTP/1.1 500 No\r\n\r\n", b"HTTP/1.1 204 Yes\r\n\r\n"], [500, 204]),
        ([b"HTTP/1.1 401 No\r\n\r\n"], [401]),
        ([b"nonsense\r\n", None], [0, 0, 0, 0, 0]),
        ([], [0, 0, 0, 0, 0]),
    ],
)
def test_a_webhook_is_sent_again_until_it_is_taken_or_refused(
    simulator: ProviderSimulator, browser: PoolManager, answers: list[bytes | None], told: list[int]
) -> None:
    url, thread = hanging_up(answers)
    simulator.send_webhooks("paystack", url)
    order(simulator, browser)
    if not answers:
        thread.join(10)

    simulator.pay("paystack", "order-1")
    simulator.wait_until_told()

    assert simulator.told == told


def test_an_order_says_where_it_is_told_of_which_is_on_this_machine(browser: PoolManager, tmp_path: Path) -> None:
    url, thread = hanging_up([b"HTTP/1.1 204 Yes\r\n\r\n"])
    with ProviderSimulator(FrozenClock(), journal=tmp_path / "journal") as simulator:
        for reference, to in (("order-1", url), ("order-2", "https://shop.example/hooks")):
            order(simulator, browser, {"Webhooks-To": to}, reference=reference)
        simulator.pay("paystack", "order-2")

        with ProviderSimulator(FrozenClock(), journal=tmp_path / "journal") as again:
            again.pay("paystack", "order-1")
            again.wait_until_told()

            assert (simulator.told, again.told) == ([], [204])
    thread.join(10)


def test_a_simulator_ends_with_clients_that_stay_and_webhooks_under_way(browser: PoolManager) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        with ProviderSimulator(FrozenClock()) as simulator:
            simulator.send_webhooks("paystack", f"http://127.0.0.1:{silent.getsockname()[1]}/")
            order(simulator, browser)
            simulator.pay("paystack", "order-1")
            heard = silent.accept()[0]
            heard.recv(10)
        heard.close()

    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(simulator.url.rsplit(":", 1)[1])), timeout=10)


def test_what_goes_on_slowly_or_ends_unpaid_is_told_in_its_time(
    simulator: ProviderSimulator, browser: PoolManager
) -> None:
    for scenario in (Scenario.SLOW, Scenario.SLOW_AFTER):
        slow = ProviderSimulator(FrozenClock(), slow=timedelta(milliseconds=1))
        with slow:
            slow.treat("order-1", scenario)
            assert order(slow, browser).startswith(slow.url)
            assert slow.books("paystack").charges.keys() == {"order-1"}

    simulator.send_webhooks("providus", "http://127.0.0.1:1/")
    headers = {
        "Client-Id": "simulated-client",
        "X-Auth-Signature": sha512(b"simulated-client:simulated-secret").hexdigest(),
    }
    account = f"{simulator.url}/providus/PiPCreateDynamicAccountNumber"
    assert browser.request("POST", account, headers=headers, body=b"no document").status == 404
    browser.request("POST", account, headers=headers, json={"account_name": "order-1"})
    simulator.decline("providus", "order-1")
    simulator.wait_until_told()
    assert simulator.told == []


def test_books_outlive_a_simulator_that_was_killed(browser: PoolManager, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with ProviderSimulator(FrozenClock(), journal=journal) as simulator:
        order(simulator, browser)
        order(simulator, browser, reference="order-2")
        simulator.pay("paystack", "order-1")
        for amount in (100, 200):
            body = {"transaction": "order-1", "amount": amount, "merchant_note": f"refund-{amount}"}
            browser.request("POST", f"{simulator.url}/paystack/refund", headers=KEYS["paystack"], json=body)
        simulator.finish_refunds("paystack")
        won, _lost = simulator.dispute("paystack", "order-1"), simulator.dispute("paystack", "order-1")
        simulator.move_dispute("paystack", won, "won")
        before = simulator.books("paystack").document()
    with journal.open("a", encoding="utf-8") as file:
        file.write('{"number": "1000003", "refer')

    with ProviderSimulator(FrozenClock(), journal=journal) as again:
        assert again.books("paystack").document() == before
        simulated = again.books("paystack")
        assert [refund.charge for refund in simulated.refunds] == [simulated.charges["order-1"]] * 2
        assert [dispute.status for dispute in simulated.disputes] == ["won", "needs_response"]
        again.pay("paystack", "order-2")
    with ProviderSimulator(FrozenClock(), journal=journal) as once_more:
        assert once_more.books("paystack").charges["order-2"].status == "paid"


def test_the_last_digits_of_an_amount_choose_what_happens() -> None:
    chosen = [scenario_of(Money.of(f"250.{digits:02}", "NGN")) for digits in range(16)]

    assert chosen == [*Scenario, Scenario.SUCCESS]


def test_books_without_charges_owe_nothing() -> None:
    assert SimulatedBooks().document() == {"charges": [], "net": {}}
    assert json.dumps(SimulatedBooks().document())
