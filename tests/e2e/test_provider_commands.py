"""Providers and payments on the command line, in this process."""

import json
from typing import Any, Final

import psycopg
import pytest

from bankcore.errors import InvalidRequestError, InvalidStateError, NotFoundError
from bankcore.money import Money
from bankcore.payments.captures import CaptureMethod
from bankcore.payments.create import CreatePayment, CreatePayments
from bankcore.payments.refusals import CaptureExceedsPaymentError
from bankcore.providers.orders import Payer
from bankcore.testing.provider_simulator import ProviderSimulator
from bankcore_infra.clock import SystemClock
from bankcore_infra.environment import load_settings
from bankcore_infra.installation import Installation
from bankcore_infra.wiring import Bank
from tests.worlds.program import Run

_IN_REVIEW: Final = """
    INSERT INTO bankcore.refunds (
        tenant_id, id, payment_id, account_id, clearing_id, hold_id, created_at, review_since, amount_minor, currency,
        status, owner_id, reason)
    SELECT tenant_id, gen_random_uuid(), id, account_id, account_id, gen_random_uuid(), now(), now(), 4000, currency,
        'unknown', owner_id, 'sent back'
    FROM bankcore.payments WHERE id = %s
"""
_DISPUTED: Final = """
    INSERT INTO bankcore.disputes (
        tenant_id, id, payment_id, config_id, account_id, created_at, review_since, amount_minor, currency, status,
        owner_id, provider_id, problem)
    SELECT payment.tenant_id, gen_random_uuid(), payment.id, attempt.config_id, account_id, now(), now(), amount_minor,
        currency, 'needs_response', owner_id, 'dp_1', 'amount_mismatch'
    FROM bankcore.payments AS payment JOIN bankcore.payment_attempts AS attempt ON attempt.payment_id = payment.id
    WHERE payment.id = %s
"""
_GIVEN_UP: Final = """
    INSERT INTO bankcore.provider_notices (
        tenant_id, config_id, received_at, due_at, tries, digest, name, body, subject)
    SELECT tenant_id, id, now() - number * interval '1 minute', NULL, 10, sha256(number::text::bytea), 'transfer',
        ('ref-' || number)::bytea, 'payout'
    FROM bankcore.provider_configs, generate_series(1, 3) AS number WHERE id = %s
"""
pytestmark = pytest.mark.timeout(180)


def test_a_simulated_account_is_for_a_tenant_that_moves_no_real_money(run: Run) -> None:
    words = ("providers", "add", "--name", "cards", "--provider", "paystack", "--simulated")
    run("tenant", "create", "shop", "--name", "Shop", "--kind", "test")

    refused = run(*words, "--tenant", "main")
    added = run(*words, "--tenant", "shop")

    assert (refused.exit_code, added.exit_code) == (2, 0)
    assert "--simulated is for tenants of the kind test" in refused.output
    (listed,) = json.loads(run("providers", "configured", "--tenant", "shop", "--json").output)
    assert (listed["name"], listed["hint"]) == ("cards", "ated")
    assert json.loads(run("providers", "configured", "--tenant", "main", "--json").output) == []


def test_credentials_are_asked_for_and_an_account_is_changed(run: Run) -> None:
    run("tenant", "create", "asked", "--name", "Asked", "--kind", "test")
    added = run(
        "providers",
        "add",
        "--name",
        "cards",
        "--provider",
        "paystack",
        "--tenant",
        "asked",
        given="sk_test_00000000000000000001\n",
    )
    (listed,) = json.loads(run("providers", "configured", "--tenant", "asked", "--json").output)

    words = ("providers", "change", listed["id"], "--tenant", "asked")
    changed = run(*words, "--disable", "--priority", "3", "--credentials", given="sk_test_00000000000000000002\n")

    (after,) = json.loads(run("providers", "configured", "--tenant", "asked", "--json").output)
    assert (added.exit_code, changed.exit_code) == (0, 0)
    assert listed["webhookPath"] in added.output
    assert (after["hint"], after["priority"], after["enabled"]) == ("0002", 3, False)


def test_how_accounts_do_is_told_and_one_that_is_disabled_is_not_asked(run: Run) -> None:
    run("tenant", "create", "watched", "--name", "Watched", "--kind", "test")
    run("providers", "add", "--name", "cards", "--provider", "paystack", "--simulated", "--tenant", "watched")
    (listed,) = json.loads(run("providers", "configured", "--tenant", "watched", "--json").output)
    run("providers", "change", listed["id"], "--tenant", "watched", "--disable")

    told = run("providers", "health", "--tenant", "watched", "--json")

    (health,) = json.loads(told.output)
    assert health == {
        "name": "cards",
        "provider": "paystack",
        "enabled": False,
        "circuit": "closed",
        "openUntil": None,
        "failuresInARow": 0,
        "health": None,
        "checkedAt": None,
    }
    assert "closed" in run("providers", "health", "--tenant", "watched").output


def test_a_person_lists_what_needs_review_and_resolves_what_nobody_can_be_asked_about(
    run: Run, installation: Installation
) -> None:
    run("tenant", "create", "reviewed", "--name", "Reviewed", "--kind", "test")
    run("providers", "add", "--name", "cards", "--provider", "paystack", "--simulated", "--tenant", "reviewed")
    payment_id = _payment_in_review(installation)
    words = ("--tenant", "reviewed")

    (listed,) = json.loads(run("payments", "review", *words, "--json").output)
    asked = run("payments", "ask", payment_id, *words)
    wrong = run("payments", "resolve", payment_id, "failed", *words)
    resolved = run("payments", "resolve", payment_id, "failed", "--reason", "Not in their list", *words)

    assert (listed["id"], listed["problem"], listed["amount"]) == (payment_id, "contradicted", "150.00")
    assert isinstance(asked.exception, InvalidStateError)
    assert (wrong.exit_code, resolved.exit_code) == (2, 0)
    assert resolved.output == f"{payment_id} is failed\n"
    assert json.loads(run("payments", "review", *words, "--json").output) == []


def test_what_a_payer_agreed_to_is_captured_once_and_what_is_not_there_says_why(
    run: Run, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ProviderSimulator(SystemClock()) as simulator:
        monkeypatch.setenv("BANKCORE_PROVIDER_SIMULATOR_URL", simulator.url)
        run("tenant", "create", "later", "--name", "Later", "--kind", "test")
        run("providers", "add", "--name", "cards", "--provider", "stripe", "--simulated", "--tenant", "later")
        manual = {"capture_method": CaptureMethod.MANUAL, "method": "pm_card_visa"}
        payment_id, words = _payment(installation, "later", simulator.url, **manual), ("--tenant", "later")

        wrong = run("payments", "capture", payment_id, "--amount", "120.001", *words)
        too_much = run("payments", "capture", payment_id, "--amount", "150.01", *words)
        captured = run("payments", "capture", payment_id, "--amount", "120.00", "--key", "ship-7", *words)
        again = run("payments", "capture", payment_id, "--amount", "120.00", "--key", "ship-7", *words)
        late = run("payments", "capture", payment_id, *words)

    assert isinstance(wrong.exception, InvalidRequestError)
    assert isinstance(too_much.exception, CaptureExceedsPaymentError)
    assert (captured.exit_code, captured.output) == (0, f"{payment_id} is completed: 120.00 of 150.00 NGN captured\n")
    assert again.output == captured.output
    assert isinstance(late.exception, InvalidStateError)


def test_a_person_lists_refunds_that_need_review_and_says_how_they_ended(run: Run, installation: Installation) -> None:
    run("tenant", "create", "returns", "--name", "Returns", "--kind", "test")
    run("providers", "add", "--name", "cards", "--provider", "paystack", "--simulated", "--tenant", "returns")
    payment_id, words = _payment_in_review(installation, "returns"), ("--tenant", "returns")
    assert installation.superuser_url is not None
    with psycopg.connect(installation.superuser_url) as connection:
        connection.execute(_IN_REVIEW, (payment_id,))

    (listed,) = json.loads(run("refunds", "review", *words, "--json").output)
    resolved = run("refunds", "resolve", listed["id"], "failed", "--reason", "Not in their list", *words)

    assert (listed["status"], listed["amount"], listed["payment"]) == ("unknown", "40.00", payment_id)
    assert (resolved.exit_code, resolved.output) == (0, f"{listed['id']} is failed\n")
    assert json.loads(run("refunds", "review", *words, "--json").output) == []


def test_a_person_sees_what_payers_banks_took_back(run: Run, installation: Installation) -> None:
    run("tenant", "create", "claims", "--name", "Claims", "--kind", "test")
    run("providers", "add", "--name", "cards", "--provider", "stripe", "--simulated", "--tenant", "claims")
    payment_id, words = _payment_in_review(installation, "claims"), ("--tenant", "claims", "--json")
    assert installation.superuser_url is not None
    with psycopg.connect(installation.superuser_url) as connection:
        connection.execute(_DISPUTED, (payment_id,))

    (listed,) = json.loads(run("disputes", "list", *words).output)
    (shown,) = json.loads(run("disputes", "show", listed["id"], *words).output)

    assert listed == shown == json.loads(run("disputes", "list", "--review", *words).output)[0]
    resolved = run("disputes", "resolve", listed["id"], "--reason", "Written off", *words[:2])
    assert (resolved.exit_code, resolved.output) == (0, f"{listed['id']} is needs_response\n")
    assert json.loads(run("disputes", "list", "--review", *words).output) == []
    assert (listed["amount"], listed["problem"], listed["payment"]) == ("150.00", "amount_mismatch", payment_id)


def test_a_person_lists_what_was_tried_in_vain_and_has_it_tried_again(run: Run, installation: Installation) -> None:
    run("tenant", "create", "told", "--name", "Told", "--kind", "test")
    run("providers", "add", "--name", "naira", "--provider", "paystack", "--simulated", "--tenant", "told")
    words = ("--tenant", "told")
    (config,) = json.loads(run("providers", "configured", *words, "--json").output)
    assert installation.superuser_url is not None
    with psycopg.connect(installation.superuser_url) as connection:
        connection.execute(_GIVEN_UP, (config["id"],))

    listed = json.loads(run("providers", "notices", "--json").output)
    one = run("providers", "redrive", listed[0]["id"], *words)
    gone = run("providers", "redrive", listed[0]["id"], *words)
    left = json.loads(run("providers", "notices", *words, "--limit", "1", "--json").output)
    wrong = [
        run("providers", "redrive", *more, *words)
        for more in ((), ("naira:zz",), ("other:00",), ("naira:00", "--all"), ("--all", "--account", "other"))
    ]
    rest = run("providers", "redrive", "--all", "--account", "naira", *words)

    assert [(each["tenant"], each["config"], each["about"], each["tries"]) for each in listed] == [
        ("told", "naira", f"ref-{number}", 10) for number in (3, 2, 1)
    ]
    assert (one.output, rest.output) == ("1 notices are tried again\n", "2 notices are tried again\n")
    assert isinstance(gone.exception, NotFoundError)
    assert left == listed[1:2]
    assert [each.exit_code for each in wrong] == [2] * len(wrong)
    assert json.loads(run("providers", "notices", "--json").output) == []


def _payment_in_review(installation: Installation, slug: str = "reviewed") -> str:
    """A payment whose provider could not be reached, and says all the same that it was paid."""
    payment_id = _payment(installation, slug, "http://127.0.0.1:9")
    assert installation.superuser_url is not None
    with psycopg.connect(installation.superuser_url) as connection:
        connection.execute(
            "UPDATE bankcore.payments SET review_since = now(), problem = 'contradicted' WHERE id = %s", (payment_id,)
        )
    return payment_id


def _payment(installation: Installation, slug: str, simulator_url: str, **more: Any) -> str:
    """The id of a payment through the provider at that simulator."""
    settings = load_settings(data_dir=installation.data_dir, provider_simulator_url=simulator_url)
    bank = Bank(installation, settings)
    tenant = bank.tenant(slug)
    account = tenant.accounts.open(currency="NGN", owner_id="shop")
    order = CreatePayment(
        account.id,
        Money.of("150.00", "NGN"),
        description="Order 7",
        payer=Payer(email="payer@example.com"),
        return_url="https://shop.example/done",
        **more,
    )
    payment = tenant.get(CreatePayments)(order).value
    bank.disconnect()
    return str(payment.id)
