"""Whoever keeps an audit receipt can hold the log to it, from the moment that money has moved."""

import json
import runpy
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from bankcore.ledger.transactions import Transaction
from bankcore_infra.audit import standalone_verifier
from bankcore_infra.audit.laws.findings import CannotVerifyError
from bankcore_infra.audit.laws.signatures import PromiseKeys
from bankcore_infra.audit.verifying.export import ExportRequest
from bankcore_infra.keys.receipt_keys import jwk_set
from tests.worlds.receipts import ReceiptWorld, receipts_of
from tests.worlds.sealing import SealingRole
from tests.worlds.sql_bank import ScratchDatabase, SqlBank
from tests.worlds.values import npr

Payload = dict[str, object]


@pytest.fixture
def world(bank: SqlBank, scratch: ScratchDatabase, role: SealingRole, tmp_path: Path) -> ReceiptWorld:
    """A bank of which something is sealed already."""
    made = ReceiptWorld(bank=bank, scratch=scratch, role=role, folder=tmp_path)
    bank.open_account(balance="100.00")
    made.seal()
    return made


@pytest.fixture
def deposit(world: ReceiptWorld) -> Transaction:
    """A deposit of which nothing is sealed."""
    return world.bank.ledger.deposit(world.bank.open_account("bob").id, npr("1.00"))


def test_a_log_that_holds_what_was_promised_is_clean_before_and_after_the_seal(
    world: ReceiptWorld, deposit: Transaction
) -> None:
    receipts = [world.receipt(deposit), world.receipt(deposit)]

    before = world.verification(receipts)
    world.seal()
    after = world.verification(receipts)

    assert (before.findings, after.findings) == ([], [])
    assert before.summary().endswith(", 2 newer records not sealed yet, 2 receipts kept")
    assert after.summary().endswith(", 2 receipts kept")


@pytest.mark.parametrize("log_only", [False, True])
def test_a_record_that_was_taken_away_before_it_was_sealed_is_named(
    world: ReceiptWorld, deposit: Transaction, *, log_only: bool
) -> None:
    receipt = world.receipt(deposit)
    world.take_away(deposit)
    world.seal()

    (told,) = world.told([receipt], world.export(ExportRequest(log_only=log_only)))

    assert told.startswith("DELETED: receipt 0.jws: promises record ")
    assert f" for transaction {deposit.id} posted at " in told
    assert "; the log does not hold it (since 2" in told


def test_a_record_that_was_rewritten_before_it_was_sealed_is_named(world: ReceiptWorld, deposit: Transaction) -> None:
    receipt = world.receipt(deposit)
    world.rewrite(deposit)
    world.seal()

    (told,) = world.told([receipt])

    assert told.startswith("EDITED: receipt 0.jws: promises record ")
    assert "; the log does not hold it, its record " in told


def test_a_receipt_that_nobody_signed_promises_nothing(world: ReceiptWorld, deposit: Transaction) -> None:
    header, payload, signature = world.receipt(deposit).split(".")
    other = world.receipt(world.bank.ledger.deposit(deposit.entries[1].account_id, npr("1.00"))).split(".")
    world.seal()
    unsigned = "eyJhbGciOiJub25lIn0"

    told = world.told(
        [
            f"{header}.{other[1]}.{signature}",
            f"{header}.{payload}.{other[2]}",
            f"{header}.{payload}.{signature[:-4]}",
            f"{unsigned}.{payload}.{signature}",
            f"{payload}.{payload}.{signature}",
        ]
    )

    assert [finding.partition(" is ")[::2] for finding in told] == [
        (f"FORGED: receipt {number}.jws:", "not signed as a receipt with a key of the bank") for number in range(5)
    ]


def test_a_receipt_of_another_tenant_is_named(world: ReceiptWorld, other_bank: SqlBank, deposit: Transaction) -> None:
    theirs = other_bank.ledger.deposit(other_bank.open_account().id, npr("1.00"))
    receipt = receipts_of(other_bank, world.keys, "other").get_receipt(theirs).signed
    world.seal()

    (told,) = world.told([receipt, world.receipt(deposit)])

    assert told.startswith("FORGED: receipt 0.jws: promises ")
    assert f" of bankcore/other/{other_bank.tenant_id}, the export is of bankcore/main/" in told


def test_a_receipt_that_shows_somebody_elses_record_is_named(world: ReceiptWorld, deposit: Transaction) -> None:
    theirs = world.bank.ledger.deposit(deposit.entries[1].account_id, npr("2.00"))
    changed = world.with_payload(world.receipt(deposit), lambda payload: payload.update(transactionId=str(theirs.id)))
    world.seal()

    (told,) = world.told([changed])

    assert told.startswith("CONTRADICTION: receipt 0.jws: ")
    assert "is that record, and tells of something else" in told


def test_an_altered_leaf_is_named_even_if_the_bank_signed_it(world: ReceiptWorld, deposit: Transaction) -> None:
    changed = world.with_payload(world.receipt(deposit), lambda payload: payload.update(leafHash="00" * 32))
    world.seal()

    assert [finding.partition(":")[0] for finding in world.told([changed])] == ["EDITED"]


def test_a_body_that_is_gone_keeps_the_promise_of_its_leaf_and_is_named_for_itself(
    world: ReceiptWorld, deposit: Transaction
) -> None:
    receipt = world.receipt(deposit)
    world.seal()
    world.take_away(deposit)

    verification = world.verification([receipt])

    assert verification.findings
    assert verification.summary().endswith(", 1 receipts kept")


UNKNOWN: Final = "019c1406-3400-7000-8000-00000000dead"


def late(payload: Payload) -> None:
    payload.update(auditId=UNKNOWN, iat=int(datetime(2999, 1, 1, tzinfo=UTC).timestamp()))


def early(payload: Payload) -> None:
    payload.update(auditId=UNKNOWN, iat=1, postedAt="2020-01-01T00:00:00.000000Z")


def recent(payload: Payload) -> None:
    payload.update(auditId=UNKNOWN)


@pytest.mark.parametrize(
    ("change", "is_until", "is_since"),
    [(late, False, False), (early, False, True), (recent, True, False)],
    ids=["younger than the export", "older than the part", "perhaps younger than the part"],
)
def test_a_receipt_that_is_not_of_the_time_of_the_export_is_neither_kept_nor_broken(
    world: ReceiptWorld, deposit: Transaction, change: Callable[[Payload], None], *, is_until: bool, is_since: bool
) -> None:
    world.seal()
    between = world.scratch.scalar("SELECT clock_timestamp()")
    assert isinstance(between, datetime)
    until = datetime(2000, 1, 1, tzinfo=UTC) if is_until else None
    request = ExportRequest(since=between if is_since else None, until=until)
    world.bank.open_account("carol")
    world.seal()
    receipt, export = world.receipt(deposit), world.export(request)

    assert world.verification([], export).findings == []
    with pytest.raises(CannotVerifyError, match="not of the time of this export"):
        world.verification([world.with_payload(receipt, change)], export)


def nothing(payload: Payload) -> None:
    payload.clear()


def odd_ids(payload: Payload) -> None:
    payload.update(auditId=[], transactionId=5)


def far_future(payload: Payload) -> None:
    payload.update(iat=10**30)


@pytest.mark.parametrize("change", [nothing, odd_ids, far_future])
def test_what_says_nothing_that_a_receipt_says_is_none(
    world: ReceiptWorld, deposit: Transaction, change: Callable[[Payload], None]
) -> None:
    receipt = world.with_payload(world.receipt(deposit), change)

    with pytest.raises(CannotVerifyError, match="says nothing that a receipt says"):
        world.verification([receipt])


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c.d", "not a receipt", "a.b.\u00e9"])
def test_what_is_no_receipt_at_all_is_refused(world: ReceiptWorld, text: str) -> None:
    with pytest.raises(CannotVerifyError, match=r"receipt 0\.jws is not a compact JWS"):
        world.verification([text])


@pytest.mark.parametrize(("is_kept", "code"), [(True, 0), (False, 1), (None, 2)])
def test_the_verifier_that_runs_alone_takes_receipts_too(
    world: ReceiptWorld,
    deposit: Transaction,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    is_kept: bool | None,
    code: int,
) -> None:
    (world.folder / "note").write_text(world.note)
    (world.folder / "r.jws").write_text(world.receipt(deposit) + "\n")
    (world.folder / "key.pem").write_bytes(world.role.keys.public.pem())
    (world.folder / "keys.json").write_text(json.dumps(jwk_set(world.keys)))
    if is_kept is False:
        world.take_away(deposit)
    words = [str(world.export()), "--checkpoint", "note", "--public-key", "key.pem", "--receipt", "r.jws"]
    words += [] if is_kept is None else ["--receipt-keys", "keys.json"]
    monkeypatch.chdir(world.folder)
    monkeypatch.setattr(sys, "argv", ["verify", *words])

    with pytest.raises(SystemExit) as ended:
        runpy.run_path(standalone_verifier.__file__, run_name="__main__")

    said = capsys.readouterr()
    assert ended.value.code == code, said
    assert ("DELETED: receipt r.jws: " in said.out) is (code == 1)
    assert ("there are no keys to verify it with" in said.err) is (code == 2)


def test_without_the_package_for_signatures_the_promises_are_still_compared(
    world: ReceiptWorld, deposit: Transaction, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, broken = world.receipt(deposit), world.bank.ledger.deposit(deposit.entries[1].account_id, npr("1.00"))
    receipts = [kept, world.receipt(broken)]
    world.take_away(broken)
    world.seal()
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)

    (told,) = world.told(receipts)

    assert told.startswith("DELETED: receipt 1.jws: ")
    assert PromiseKeys(b'{"keys":[]}').check is False
