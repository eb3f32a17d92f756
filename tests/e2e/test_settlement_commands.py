"""A provider's settlement file, compared with the program."""

import json
from pathlib import Path

import pytest

from bankcore.errors import NotFoundError
from bankcore.origin import LIBRARY
from bankcore.payments.configure import ConfigureProviders, WantedConfig
from bankcore_infra import open_bank
from bankcore_infra.installation import Installation
from tests.worlds.program import Run

pytestmark = pytest.mark.timeout(180)
CARDS = "cards"
HEAD = "Reference,Amount Paid,Paystack Fee,Amount Due,Currency"


@pytest.fixture(scope="module")
def provider(installation: Installation) -> str:
    """The name of an account at Paystack."""
    wanted = WantedConfig(name=CARDS, provider="paystack", credentials={"secret_key": "sk_live_" + "0" * 40})
    with open_bank(data_dir=installation.data_dir) as bank:
        bank.tenant("main").get(ConfigureProviders).create(wanted, origin=LIBRARY)
    return CARDS


def test_a_file_is_compared_and_what_is_left_over_is_listed(run: Run, provider: str, tmp_path: Path) -> None:
    file = tmp_path / "settlement.csv"
    file.write_text(f"{HEAD}\nan-order-of-others,150.00,2.25,147.75,NGN\n")

    told = run("providers", "reconcile", provider, str(file), "--period", "2026-11-01", "2026-12-01", "--json")

    assert told.exit_code == 1
    assert json.loads(told.stdout) == [
        {
            "line": 2,
            "found": "only theirs",
            "paymentId": None,
            "reference": "an-order-of-others",
            "gross": "150.00 NGN",
            "fee": "2.25 NGN",
            "reason": None,
        }
    ]
    assert told.stderr == "0 of 1 lines matched; the file settles 147.75 NGN\n"

    file.write_text(HEAD + "\n")
    assert run("providers", "reconcile", provider, str(file)).exit_code == 0


def test_a_file_that_cannot_be_read_is_told_with_its_lines(run: Run, provider: str, tmp_path: Path) -> None:
    file = tmp_path / "settlement.csv"
    file.write_text(f"{HEAD}\na,1.00,0.10,1.00,NGN\nb,1.005,0,1.005,NGN\n")

    refused = run("providers", "reconcile", provider, str(file))

    assert refused.exit_code == 1
    assert f"{file}:2: 1.00 NGN less fees of 0.10 NGN is not 1.00 NGN" in refused.output
    assert f"{file}:3: " in refused.output


def test_what_is_named_wrongly_is_told(run: Run, provider: str, tmp_path: Path) -> None:
    file = tmp_path / "settlement.csv"
    file.write_text(HEAD.replace("Reference", "Ref") + "\n")

    assert isinstance(run("providers", "reconcile", "nobody", str(file)).exception, NotFoundError)
    assert "columns are missing: reference number" in run("providers", "reconcile", provider, str(file)).output
    assert run("providers", "reconcile", provider, str(file), "--column", "reference=Ref").exit_code == 0
    wrong = run("providers", "reconcile", provider, str(file), "--column", "colour=Ref")
    assert (wrong.exit_code, "WHAT=NAME" in wrong.output) == (2, True)
    wrong = run("providers", "reconcile", provider, str(file), "--period", "2026-12-01", "2026-11-01")
    assert (wrong.exit_code, "FROM is before TO" in wrong.output) == (2, True)
