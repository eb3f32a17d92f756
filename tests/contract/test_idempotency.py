from datetime import timedelta

from bankcore.idempotency.answers import Rejected
from bankcore.idempotency.keys import IdempotencyInProgressError, IdempotencyKeyReusedError
from bankcore.identifiers import AccountId
from bankcore.ledger.accounts import AccountStatus
from bankcore.ledger.commands import Deposit, OpenAccount, PostTransaction, Transfer, Withdraw
from bankcore.ledger.outcomes import Opened
from bankcore.ledger.rejections import SourceReusedError
from bankcore.ledger.transactions import Source
from bankcore.origin import Origin
from tests.contract.adapters import LedgerWorld
from tests.worlds.values import NPR, npr, posted, words

PAYOUT = Source("payout", "2026-01/7")


def test_every_kind_of_outcome_is_replayed_as_it_was(world: LedgerWorld, alice: AccountId) -> None:
    commands = [
        Withdraw(alice, npr("1"), idempotency_key="w"),
        Deposit(alice, npr("10"), idempotency_key="d", reference="salary", metadata={"month": "1"}),
        OpenAccount("carol", NPR, name="Savings", floor_minor=-5, idempotency_key="o"),
    ]
    refused, deposited, opened = world.ledger.execute(commands)
    assert isinstance(refused, Rejected)
    assert isinstance(opened, Opened)
    world.ledger.deposit(opened.account.id, npr("1"))
    world.change_status(alice, AccountStatus.FROZEN)

    again = world.ledger.execute(commands)

    assert again[0] == Rejected(refused.reason, replayed=True)
    assert posted(again[1]).transaction == posted(deposited).transaction
    assert again[2] == Opened(opened.account, replayed=True)
    assert words(again) == ["again:insufficient_funds", "again:posted", "again:opened"]
    assert world.accounts.balance(alice).balance == npr("10")


def test_another_request_under_the_same_key_is_refused_and_changes_nothing(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    first = Transfer(bob, alice, npr("1"), idempotency_key="rent")
    world.ledger.execute([first])

    outcomes = world.ledger.execute(
        [
            Transfer(bob, alice, npr("1.01"), idempotency_key="rent"),
            Transfer(alice, bob, npr("1"), idempotency_key="rent"),
            Transfer(bob, alice, npr("1"), idempotency_key="rent", reference="x"),
            Transfer(bob, alice, npr("1"), idempotency_key="rent", metadata={"x": "y"}),
            Deposit(alice, npr("1"), idempotency_key="rent"),
            OpenAccount("alice", NPR, idempotency_key="rent"),
        ]
    )

    assert outcomes == [Rejected(IdempotencyKeyReusedError(idempotency_key="rent"))] * 6
    assert words(world.ledger.execute([first])) == ["again:posted"]
    assert world.accounts.balance(alice).balance == npr("1")


def test_a_key_comes_back_several_times_in_a_batch(world: LedgerWorld, alice: AccountId) -> None:
    ten, eleven = (Deposit(alice, npr(amount), idempotency_key="d") for amount in ("10", "11"))

    refused = Withdraw(alice, npr("5"), idempotency_key="w")
    opening = OpenAccount("carol", NPR, idempotency_key="o")

    outcomes = world.ledger.execute([refused, ten, ten, eleven, refused, opening, opening])

    assert words(outcomes) == [
        "insufficient_funds",
        "posted",
        "again:posted",
        "idempotency_key_reused",
        "again:insufficient_funds",
        "opened",
        "again:opened",
    ]
    assert posted(outcomes[2]).transaction == posted(outcomes[1]).transaction
    assert words(world.ledger.execute([eleven, ten])) == ["idempotency_key_reused", "again:posted"]
    assert world.accounts.balance(alice).balance == npr("10")


def test_a_key_lives_for_24_hours(world: LedgerWorld, alice: AccountId) -> None:
    command = Deposit(alice, npr("10"), idempotency_key="salary")
    world.ledger.execute([command])

    world.let_keys_age(timedelta(hours=23, minutes=55))
    assert words(world.ledger.execute([command])) == ["again:posted"]
    world.let_keys_age(timedelta(minutes=5))
    assert words(world.ledger.execute([command])) == ["posted"]
    assert words(world.ledger.execute([command])) == ["again:posted"]
    assert world.accounts.balance(alice).balance == npr("20")


def test_an_expired_key_may_name_another_request_and_protects_anew(world: LedgerWorld, alice: AccountId) -> None:
    world.ledger.deposit(alice, npr("10"), idempotency_key="salary")

    world.let_keys_age(timedelta(hours=25))

    other = Deposit(alice, npr("11"), idempotency_key="salary")
    assert words(world.ledger.execute([other])) == ["posted"]
    assert words(world.ledger.execute([other])) == ["again:posted"]


def test_a_key_held_elsewhere_is_refused_at_once_and_disturbs_no_other(world: LedgerWorld, alice: AccountId) -> None:
    commands = [Deposit(alice, npr("1"), idempotency_key=key) for key in ("free", "busy")]

    with world.hold_key("busy"):
        atomic = world.ledger.execute(commands, atomic=True)
        during = world.ledger.execute(commands)

    assert words(atomic) == ["batch_rejected", "idempotency_in_progress"]
    assert words(during) == ["posted", "idempotency_in_progress"]
    assert during[1] == Rejected(IdempotencyInProgressError(idempotency_key="busy"))
    with world.hold_key("free"):
        assert words(world.ledger.execute(commands[:1])) == ["again:posted"]
    assert words(world.ledger.execute(commands)) == ["again:posted", "posted"]


def test_callers_do_not_share_their_keys(world: LedgerWorld, alice: AccountId) -> None:
    command = Deposit(alice, npr("1"), idempotency_key="1")

    outcomes = [
        outcome
        for scope in ("", "alice", "bob", "alice")
        for outcome in world.ledger.execute([command], origin=Origin(key_scope=scope))
    ]

    assert words(outcomes) == ["posted", "posted", "posted", "again:posted"]


def test_a_failed_atomic_batch_spends_only_the_key_that_failed_it(
    world: LedgerWorld, alice: AccountId, bob: AccountId
) -> None:
    fund = Deposit(alice, npr("10"), idempotency_key="fund")
    pay = Transfer(alice, bob, npr("11"), idempotency_key="pay")
    assert words(world.ledger.execute([fund, pay], atomic=True)) == ["batch_rejected", "insufficient_funds"]
    world.ledger.deposit(alice, npr("100"))

    assert words(world.ledger.execute([fund, pay], atomic=True)) == ["batch_rejected", "again:insufficient_funds"]
    assert words(world.ledger.execute([fund, pay])) == ["posted", "again:insufficient_funds"]


def test_a_key_reused_within_an_atomic_batch_is_not_remembered(world: LedgerWorld, alice: AccountId) -> None:
    ten, eleven = (Deposit(alice, npr(amount), idempotency_key="d") for amount in ("10", "11"))

    assert words(world.ledger.execute([ten, eleven], atomic=True)) == ["batch_rejected", "idempotency_key_reused"]
    assert words(world.ledger.execute([eleven])) == ["posted"]


def test_a_source_pays_once_for_ever(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    command = Deposit(alice, npr("10"), source=PAYOUT)
    first, twice = world.ledger.execute([command, command])
    lines = command.postings(posted(first).transaction.tenant_id)
    in_other_words = PostTransaction(lines, source=PAYOUT, reference="second try")
    world.let_keys_age(timedelta(days=400))

    later = world.ledger.execute(
        [
            command,
            Deposit(alice, npr("10"), source=PAYOUT, idempotency_key="k"),
            Deposit(alice, npr("10"), source=PAYOUT, idempotency_key="k"),
            in_other_words,
            Deposit(alice, npr("11"), source=PAYOUT),
            Deposit(bob, npr("10"), source=PAYOUT),
            Transfer(alice, bob, npr("10"), source=PAYOUT),
            Deposit(alice, npr("10"), source=Source("payout", "2026-01/8")),
            Deposit(alice, npr("10"), source=Source("refund", "2026-01/7")),
        ]
    )

    assert words([first, twice]) == ["posted", "again:posted"]
    assert words(later) == ["again:posted"] * 4 + ["source_reused"] * 3 + ["posted"] * 2
    assert later[4] == Rejected(SourceReusedError(source_type="payout", source_id="2026-01/7"))
    assert posted(later[0]).transaction == posted(first).transaction
    assert world.accounts.balance(alice).balance == npr("30")


def test_what_is_refused_does_not_use_up_its_source(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    command = Transfer(alice, bob, npr("10"), source=PAYOUT)
    assert words(world.ledger.execute([command, command])) == ["insufficient_funds", "insufficient_funds"]
    world.ledger.deposit(alice, npr("10"))
    failed = world.ledger.execute([command, Transfer(alice, bob, npr("11"))], atomic=True)

    assert words(failed) == ["batch_rejected", "insufficient_funds"]
    assert words(world.ledger.execute([command])) == ["posted"]


def test_a_source_with_several_lines_is_recognised(world: LedgerWorld, alice: AccountId, bob: AccountId) -> None:
    world.ledger.deposit(bob, npr("10"))
    command = Transfer(bob, alice, npr("10"), source=PAYOUT)

    assert words([*world.ledger.execute([command]), *world.ledger.execute([command])]) == ["posted", "again:posted"]
