"""A connection that breaks around COMMIT: the effect is there once or not at all, and nobody guesses which."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import pytest

from bankcore.errors import OutcomeUnknownError
from bankcore.ledger.command import Command
from bankcore.ledger.commands import OpenAccount, Transfer
from bankcore.ledger.transactions import Source
from bankcore_infra.db.engine import Database
from tests.integration.ledger.books import require_sound
from tests.integration.ledger.cutting_proxy import Cut, CuttingProxy
from tests.sizes import sized
from tests.worlds.sql_bank import APP, ScratchDatabase, SqlBank, sql_bank
from tests.worlds.values import NPR, npr, words

POSTS: Final = sized(20, nightly=60)
LATE_POSTS: Final = 6
THREADS: Final = 4
MANY: Final = 60


@pytest.fixture
def proxy_and_url(scratch: ScratchDatabase) -> Iterator[tuple[CuttingProxy, str]]:
    """A network that breaks when told to, and the address of the bank behind it."""
    (sockets,) = parse_qs(urlsplit(scratch.url()).query)["host"]
    with CuttingProxy.running(Path(sockets)) as (proxy, folder):
        yield proxy, f"postgresql://{APP}@/{scratch.name}?host={folder}"


@pytest.fixture
def proxy(proxy_and_url: tuple[CuttingProxy, str]) -> CuttingProxy:
    """That network."""
    return proxy_and_url[0]


@pytest.fixture
def far_bank(scratch: ScratchDatabase, proxy_and_url: tuple[CuttingProxy, str]) -> Iterator[SqlBank]:
    """A bank behind that network."""
    database = Database(proxy_and_url[1])
    yield sql_bank(scratch, database)
    database.close()


@pytest.mark.security
@pytest.mark.parametrize("cut", Cut)
@pytest.mark.parametrize("name", ["keyed", "sourced", "opening"])
def test_what_can_be_sent_again_has_one_effect_and_its_true_answer(
    far_bank: SqlBank, proxy: CuttingProxy, cut: Cut, name: str
) -> None:
    alice, bob = far_bank.open_account(balance="1000.00"), far_bank.open_account("bob")

    posts = LATE_POSTS if cut is Cut.LATE else POSTS
    for number in range(posts):
        command: Command
        match name:
            case "keyed":
                command = Transfer(alice.id, bob.id, npr("1.00"), idempotency_key=f"{number}")
            case "sourced":
                command = Transfer(alice.id, bob.id, npr("1.00"), source=Source("job", f"{number}"))
            case _:
                command = OpenAccount("carol", NPR, idempotency_key=f"{number}")
        proxy.cut_next(cut)
        answer = words(far_bank.ledger.execute([command]))

        what = "opened" if name == "opening" else "posted"
        assert answer == [what if cut is Cut.BEFORE else f"again:{what}"]

    assert proxy.cuts == posts
    opened = far_bank.scratch.scalar("SELECT count(*) FROM bankcore.accounts WHERE owner_id = 'carol'")
    assert (far_bank.balance(bob), opened) == (("0.00", posts) if name == "opening" else (f"{posts}.00", 0))
    require_sound(far_bank)


def test_a_refusal_that_got_lost_is_given_again(far_bank: SqlBank, proxy: CuttingProxy) -> None:
    alice, bob = far_bank.open_account(balance="1.00"), far_bank.open_account("bob")
    proxy.cut_next(Cut.AFTER)

    answers = words(far_bank.ledger.execute([Transfer(alice.id, bob.id, npr("1.01"), idempotency_key="k")]))

    assert answers == ["again:insufficient_funds"]
    assert far_bank.scratch.scalar("SELECT count(*) FROM bankcore.audit_log WHERE action = 'transfer.rejected'") == 1


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER])
def test_without_a_key_the_outcome_is_said_to_be_unknown(far_bank: SqlBank, proxy: CuttingProxy, cut: Cut) -> None:
    alice, bob = far_bank.open_account(balance="1000.00"), far_bank.open_account("bob")
    rounds = 20

    for _ in range(rounds):
        proxy.cut_next(cut)
        with pytest.raises(OutcomeUnknownError):
            far_bank.ledger.transfer(alice.id, bob.id, npr("1.00"))

    expected = f"{rounds}.00" if cut is Cut.AFTER else "0.00"
    deadline = time.monotonic() + 10
    # The answer to the last COMMIT was cut off, not the COMMIT: the server may still be at it.
    while far_bank.balance(bob) != expected and time.monotonic() < deadline:
        time.sleep(0.02)
    assert far_bank.balance(bob) == expected
    require_sound(far_bank)


def test_a_batch_is_sent_again_only_if_every_command_in_it_can_be(far_bank: SqlBank, proxy: CuttingProxy) -> None:
    alice, bob = far_bank.open_account(balance="10.00"), far_bank.open_account("bob")
    batch = [
        Transfer(alice.id, bob.id, npr("1.00"), idempotency_key="k"),
        Transfer(alice.id, bob.id, npr("1.00")),
    ]
    proxy.cut_next(Cut.AFTER)

    with pytest.raises(OutcomeUnknownError):
        far_bank.ledger.execute(batch)

    # The server may still be at the first one, and then says so.
    deadline = time.monotonic() + 5
    while (answer := words(far_bank.ledger.execute(batch[:1]))) == ["idempotency_in_progress"]:
        assert time.monotonic() < deadline
    assert answer == ["again:posted"]
    assert words(far_bank.ledger.execute(batch)) == ["again:posted", "posted"]
    assert far_bank.balance(bob) == "3.00"


def test_a_network_that_breaks_again_and_again_is_outlasted(far_bank: SqlBank, proxy: CuttingProxy) -> None:
    alice, bob = far_bank.open_account(balance="10.00"), far_bank.open_account("bob")
    cuts = [Cut.AFTER, *[Cut.BEFORE] * 6]
    proxy.cut_next(*cuts)

    answers = words(far_bank.ledger.execute([Transfer(alice.id, bob.id, npr("1.00"), idempotency_key="k")]))

    assert answers == ["again:posted"]
    assert proxy.cuts == len(cuts)
    assert far_bank.balance(bob) == "1.00"


def test_many_at_once_over_a_bad_network_have_one_effect_each(far_bank: SqlBank, proxy: CuttingProxy) -> None:
    alice, bob = far_bank.open_account(balance="1000.00"), far_bank.open_account("bob")
    choose = random.Random(1)

    def post(number: int) -> str:
        if choose.random() < 0.5:
            proxy.cut_next(choose.choice([Cut.BEFORE, Cut.AFTER]))
        command = Transfer(alice.id, bob.id, npr("1.00"), idempotency_key=f"{number // 2}")
        while True:
            # Every try of one call may be cut; then the caller does what the error says.
            with suppress(OutcomeUnknownError):
                return words(far_bank.ledger.execute([command]))[0]

    with ThreadPoolExecutor(THREADS) as pool:
        answers = set(pool.map(post, range(2 * MANY)))

    assert answers <= {"posted", "again:posted", "idempotency_in_progress"}
    assert proxy.cuts > MANY // 3
    assert far_bank.balance(bob) == f"{MANY}.00"
    require_sound(far_bank)
