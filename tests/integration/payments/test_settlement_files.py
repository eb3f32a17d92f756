"""Settlement files over HTTP, beside payments that a simulated Stripe took."""

from typing import Any

import pytest

from tests.integration.payments.paying_world import PayingWorld

pytestmark = [pytest.mark.timeout(120)]
HEAD = "reporting_category,currency,gross,fee,net,payment_intent_id,payment_metadata[reference]\n"
FOR_EVER = {"periodFrom": "2020-01-01T00:00:00Z", "periodTo": "2120-01-01T00:00:00Z"}


def compare(world: PayingWorld, content: str, **said: str) -> Any:
    """The answer to a comparison."""
    body = {"content": content, **said}
    return world.bank.send("post", f"/v1/admin/providers/{world.config['id']}/settlements", body).get_json()


def test_each_line_is_matched_or_listed_and_what_is_missing_is_told(world: PayingWorld) -> None:
    paid, other = world.paid("500.00"), world.paid("300.00")
    lines = (
        f"charge,npr,500.00,7.50,492.50,pi_1,{world.reference(paid)}",
        f"charge,npr,301.00,4.50,296.50,pi_2,{world.reference(other)}",
        "charge,npr,10.00,0.00,10.00,pi_3,of-others",
        "dispute,npr,-20.00,15.00,-35.00,pi_4,",
    )

    found = compare(world, HEAD + "\n".join(lines))["data"]

    assert (found["matched"], found["onlyOurs"]) == (1, [])
    (differs,) = found["differences"]
    assert (differs["theirs"]["gross"], differs["ours"]["paymentId"]) == ("301.00", other["id"])
    assert differs["reason"] == "we booked 300.00 NPR"
    assert [(each["line"], each["reference"]) for each in found["onlyTheirs"]] == [(4, "of-others")]
    assert [(each["kind"], each["word"], each["reference"]) for each in found["others"]] == [
        ("other", "dispute", "pi_4")
    ]
    assert found["net"] == [{"currency": "NPR", "amount": "764.00"}]
    missing = compare(world, HEAD + lines[0], **FOR_EVER)["data"]["onlyOurs"]
    assert other["id"] in [each["paymentId"] for each in missing]
    assert paid["id"] not in [each["paymentId"] for each in missing]


def test_a_file_with_wrong_lines_is_refused_with_each_of_them(world: PayingWorld) -> None:
    wrong = HEAD + "charge,npr,1.00,0.10,1.00,pi_1,a\ncharge,npr,1.005,0,1.005,pi_2,b\n"

    errors = compare(world, wrong)["error"]["errors"]

    assert [each["detail"][:7] for each in errors] == ["line 2:", "line 3:"]
    assert {each["pointer"] for each in errors} == {"/content"}


@pytest.mark.parametrize("period", [{}, {"periodTo": "2020-01-01T00:00:00Z"}])
def test_a_period_is_whole_or_left_out(world: PayingWorld, period: dict[str, str]) -> None:
    (error,) = compare(world, HEAD, periodFrom="2120-01-01T00:00:00Z", **period)["error"]["errors"]

    assert error["pointer"] == "/periodTo"


def test_a_provider_whose_files_nobody_knows_is_named(world: PayingWorld) -> None:
    said = {"name": "khalti", "provider": "khalti", "credentials": dict(world.simulator.credentials("khalti"))}
    config = world.bank.post("/v1/admin/providers", **said, priority=9)

    path = f"/v1/admin/providers/{config['id']}/settlements"
    (error,) = world.bank.send("post", path, {"content": HEAD}).get_json()["error"]["errors"]

    assert error["pointer"] == "/configId"
    assert "no settlement file of khalti" in error["detail"]
    nowhere = path.replace(config["id"], world.config["id"][:-4] + "0bad")
    assert world.bank.send("post", nowhere, {"content": HEAD}).status_code == 404
