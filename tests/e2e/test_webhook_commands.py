"""`bankcore webhooks`: endpoints are administered from the command line."""

import json

import pytest

from tests.worlds.program import Run

pytestmark = pytest.mark.timeout(180)


def test_an_endpoint_is_added_tested_listed_and_removed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANKCORE_WEBHOOKS_LOCAL", "true")

    added = run("webhooks", "add", "http://127.0.0.1:9/hook", "--event", "hold.placed", "--description", "Books")
    endpoint_id = added.stdout.split()[1]
    rotated, tested = run("webhooks", "rotate", endpoint_id), run("webhooks", "test", endpoint_id)
    disabled = run("webhooks", "change", endpoint_id, "--disable")
    listed = json.loads(run("webhooks", "list", "--json").stdout)
    owed = json.loads(run("webhooks", "deliveries", endpoint_id, "--status", "pending", "--json").stdout)
    recovered = run("webhooks", "recover", endpoint_id, "--since", "2026-01-31T12:00:00")
    removed = run("webhooks", "remove", endpoint_id)

    assert added.stdout.split()[3].startswith("whsec_")
    assert rotated.stdout.split()[3] != added.stdout.split()[3]
    assert "is due" in tested.stdout
    assert "is disabled" in disabled.stdout
    assert [(each["url"], each["events"], each["disabledBecause"]) for each in listed] == [
        ("http://127.0.0.1:9/hook", "hold.placed", "by_hand")
    ]
    assert [(each["type"], each["attempts"], each["last"]) for each in owed] == [("webhook.test", 0, None)]
    assert "0 events" in recovered.stdout
    assert "is removed" in removed.stdout


def test_an_address_that_is_not_public_is_refused_in_one_line(run: Run) -> None:
    refused = run("webhooks", "add", "https://127.0.0.1/")

    assert refused.exit_code == 1
    assert "not_a_public_name" in str(refused.exception)
