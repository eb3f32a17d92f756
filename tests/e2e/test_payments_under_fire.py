"""Payments while processes die on both sides: no payer is charged twice, none is lost, and the books agree."""

import http.client
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from statistics import median
from typing import Any, Final
from urllib.parse import urlsplit

import psutil
import pytest

from tests.e2e.retrying_client import RetryingClient
from tests.worlds.paying_bank import SIMULATED, PayingBank
from tests.worlds.payment_shocks import EVERY_SHOCK, Shocks
from tests.worlds.payments_under_fire import Fire, payments_under_fire
from tests.worlds.program import bankcore
from tests.worlds.running_client import wait_for

# The small campaign is for every day. `make campaign` is the large one, of which docs/performance.md tells.
SMALL: Final = 100
PAYMENTS: Final = int(os.environ.get("BANKCORE_TEST_PAYMENTS", str(SMALL)))
IS_SMALL: Final = PAYMENTS <= SMALL
THREADS: Final = 8
SEED: Final = int(os.environ.get("BANKCORE_TEST_SEED", "20260131"))
CALM_S: Final = 120 + PAYMENTS / 10
PER_SHOCK: Final = PAYMENTS // 3 if IS_SMALL else 250
SHOCKS: Final = ("simulator", "api process", "worker") if IS_SMALL else EVERY_SHOCK
# Two of five meet one of the troubles that the last two digits of an amount choose.
TROUBLES: Final = range(1, 15)
TROUBLED: Final = 0.4
# The provider takes the order at once, and answers a second later.
HELD_BACK: Final = "150.14"

pytestmark = [pytest.mark.timeout(300 + PAYMENTS / 4), pytest.mark.enable_socket, pytest.mark.usefixtures("unmeasured")]


@pytest.fixture(scope="module")
def fire() -> Iterator[Fire]:
    with payments_under_fire() as opened:
        yield opened


@dataclass
class Paid:
    """The ids of acknowledged payments, how often something was sent again, and how long each took."""

    ids: list[str] = field(default_factory=list)
    retries: int = 0
    times_s: list[float] = field(default_factory=list)


def amount_of(dice: random.Random) -> str:
    digits = dice.choice(TROUBLES) if dice.random() < TROUBLED else 0
    return f"{dice.randint(10, 900)}.{digits:02}"


def pay_all(bank: PayingBank, shocks: Shocks) -> Paid:
    """All payments of the campaign, some of them asked for twice."""
    numbers, one_at_a_time = count(), threading.Lock()

    def work(seed: int) -> Paid:
        dice, paid = random.Random(f"{SEED}-{seed}"), Paid()
        client = RetryingClient(bank.running.url, "", time.monotonic() + CALM_S, api_key=bank.api_key)
        while (number := next(numbers)) < PAYMENTS:
            provider = dice.choice(SIMULATED).name
            has_card = provider == "stripe" and dice.random() < 0.7
            order = bank.order(amount_of(dice), provider, "pm_card_visa" if has_card else None)
            begun = time.monotonic()
            paid.ids.append(client.post("/v1/payments", order, key=f"payment-{number}")["id"])
            paid.times_s.append(time.monotonic() - begun)
            if dice.random() < 0.1:
                assert client.post("/v1/payments", order, key=f"payment-{number}")["id"] == paid.ids[-1]
            if number % PER_SHOCK == PER_SHOCK - 1:
                with one_at_a_time:
                    shocks.next(number // PER_SHOCK)
        client.close()
        paid.retries = client.retries
        return paid

    every = Paid()
    with ThreadPoolExecutor(THREADS) as pool:
        for share in pool.map(work, range(THREADS)):
            every.ids += share.ids
            every.retries += share.retries
            every.times_s += share.times_s
    return every


def test_no_payer_is_charged_twice_and_none_is_lost_while_everything_dies(fire: Fire) -> None:
    bank = fire.bank
    shocks = Shocks(bank, fire.simulator, SHOCKS, None if IS_SMALL else random.Random(SEED))
    began = time.monotonic()

    with fire.hurried(asks_max=3):
        paid = pay_all(bank, shocks)
    paid_s = time.monotonic() - began
    with fire.hurried(asks_max=1_000):
        assert wait_for(fire.is_settled, within_s=CALM_S)
    settled_s = time.monotonic() - began

    attempts, charged = fire.known(), fire.charged()
    # Each key is one payment, and each charge one booking.
    assert len(paid.ids) == PAYMENTS
    assert sorted(each.payment_id for each in attempts) == sorted(paid.ids)
    assert charged == {each.reference for each in attempts if each.is_booked}
    assert sorted(fire.booked()) == sorted(each.payment_id for each in attempts if each.is_booked)
    # Whoever has no key is believed nothing.
    unpaid = [each for each in attempts if not each.is_booked]
    assert fire.lie(unpaid) == {401}
    assert fire.is_settled()
    fire.require_equal_books()
    verified = bankcore("verify", "--json", data_dir=bank.running.data_dir, timeout_s=CALM_S)
    assert [tenant["findings"] for tenant in json.loads(verified.stdout)["tenants"]] == [[], []]

    # What no provider ever got cannot be known for certain: it is for a person after the last question.
    fire.let_a_week_pass()
    assert wait_for(lambda: not [each for each in fire.known() if each.is_open], within_s=CALM_S)
    assert {each.reference for each in fire.known() if each.is_booked} == charged
    print(  # noqa: T201 - shown with -s
        f"{PAYMENTS} payments in {paid_s:.0f} s, settled after {settled_s:.0f} s; p50"
        f" {median(paid.times_s) * 1_000:.0f} ms; {paid.retries} sent again; {len(charged)} charged, {len(unpaid)} not;"
        f" {sum(each.is_persons for each in fire.known())} for a person; shocks {shocks.done}"
    )


def pay(bank: PayingBank, key: str) -> tuple[int, Any]:
    """Status and data of the answer; 0 if there was none."""
    connection = http.client.HTTPConnection(urlsplit(bank.running.url).netloc, timeout=20)
    headers = bank.headers | {"Idempotency-Key": key}
    try:
        connection.request("POST", "/v1/payments", json.dumps(bank.order(HELD_BACK)), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())["data"]
    except (OSError, http.client.HTTPException):
        return 0, None
    finally:
        connection.close()


def kill_api(bank: PayingBank) -> None:
    """With all of its processes, at once."""
    for pid in bank.running.description()["pids"]["api"]:
        api = psutil.Process(pid)
        for process in (api, *api.children(recursive=True)):
            os.kill(process.pid, signal.SIGKILL)


def test_an_api_that_dies_while_the_provider_charges_neither_loses_the_payment_nor_charges_again(fire: Fire) -> None:
    before, key = fire.charged(), "held-back"
    with ThreadPoolExecutor(1) as payer:
        asked = payer.submit(pay, fire.bank, key)
        assert wait_for(lambda: fire.charged() > before, within_s=20)
        kill_api(fire.bank)
        assert asked.result() == (0, None)
    assert wait_for(lambda: pay(fire.bank, key)[0] == 201, within_s=60)
    (reference,) = fire.charged() - before

    with fire.hurried(asks_max=1_000):
        assert wait_for(lambda: pay(fire.bank, key)[1]["status"] == "completed", within_s=60)

    (payment_id,) = (each.payment_id for each in fire.known() if each.reference == reference)
    assert fire.charged() - before == {reference}
    assert fire.booked().count(payment_id) == 1
    assert pay(fire.bank, key)[1]["id"] == payment_id
