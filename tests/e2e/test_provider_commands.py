"""The accounts of a tenant at providers on the command line, in this process."""

import json

import pytest

from tests.worlds.program import Run

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
