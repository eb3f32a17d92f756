"""`bankcore providers`: what there is, and a simulator that ends when it is told to."""

import json
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from bankcore_infra.cli.providers import providers
from bankcore_infra.providers.registry import PROVIDERS


def test_the_list_names_each_provider_and_what_it_needs() -> None:
    said = json.loads(CliRunner().invoke(providers, ["list", "--json"], catch_exceptions=False).output)

    assert {each["name"]: each["credentials"].split() for each in said} == {
        name: list(each.credentials) for name, each in PROVIDERS.items()
    }


@pytest.mark.parametrize("webhooks", ["paystack", "unheard-of=http://127.0.0.1:1/"])
def test_webhooks_go_somewhere_for_a_provider(webhooks: str) -> None:
    result = CliRunner().invoke(providers, ["simulate", "--webhooks", webhooks])

    assert result.exit_code == 2
    assert "NAME=URL, with one of: paystack" in result.output


def test_the_simulator_listens_until_it_is_told_to_end() -> None:
    command = [sys.executable, "-m", "bankcore_infra", "providers", "simulate", "--port", "0"]
    with subprocess.Popen(
        [*command, "--webhooks", "paystack=http://127.0.0.1:1/"], stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        said = running.stdout.readline()
        running.send_signal(signal.SIGTERM)

        assert running.wait(20) == 0
    assert "http://127.0.0.1:" in said
