"""What one person may not move alone, one person does not resolve alone over HTTP."""

from collections.abc import Iterator

import pytest

from bankcore.origin import Origin
from bankcore.tenancy.change_setting import ChangeTenantSetting
from tests.integration.payments.paying_world import PayingWorld

pytestmark = [pytest.mark.timeout(120)]


@pytest.fixture
def limited(world: PayingWorld) -> Iterator[PayingWorld]:
    """The bank while no one person moves more than 200.00 rupees."""
    origin, setting = (
        Origin(actor_type="system", actor_id="test"),
        world.bank.bank.tenant("main").get(ChangeTenantSetting),
    )
    setting("approval_minor", "NPR=20000", origin=origin)
    yield world
    setting("approval_minor", None, origin=origin)


def resolve(world: PayingWorld, path: str, outcome: str) -> tuple[int, str | None]:
    """The status of what is answered to a person's word, and the advice of a refusal."""
    answer = world.bank.send("post", path, {"outcome": outcome, "reason": "Seen in their list"})
    error = answer.get_json().get("error")
    return answer.status_code, error and error["details"].get("advice")


@pytest.mark.parametrize(
    ("amount", "outcome", "status"),
    [("200.04", "completed", 403), ("200.04", "failed", 200), ("199.05", "completed", 200)],
)
def test_a_payment(limited: PayingWorld, amount: str, outcome: str, status: int) -> None:
    payment = limited.pay(amount)
    if (outcome, status) == ("completed", 200):
        # The books of the provider, with which another test compares, have what a person says.
        limited.simulator.pay("stripe", limited.reference(payment))
    with limited.bank.superuser() as connection:
        connection.execute(
            "UPDATE bankcore.payments SET review_since = now(), owner_id = 'shop' WHERE id = %s", (payment["id"],)
        )

    told, advice = resolve(limited, f"/v1/admin/payments/{payment['id']}/resolve", outcome)

    assert told == status
    assert (status == 403) == (advice is not None and "command line" in advice)
    assert limited.read(payment)["status"] == ("processing" if status == 403 else outcome)


@pytest.mark.parametrize(("outcome", "status"), [("succeeded", 403), ("failed", 200)])
def test_a_refund(world: PayingWorld, outcome: str, status: int, request: pytest.FixtureRequest) -> None:
    refund = world.give_back(world.paid("500.00"), amount="200.04")
    with world.bank.superuser() as connection:
        connection.execute(
            "UPDATE bankcore.refunds SET review_since = now(), owner_id = 'shop' WHERE id = %s", (refund["id"],)
        )
    request.getfixturevalue("limited")

    told, advice = resolve(world, f"/v1/refunds/{refund['id']}/resolve", outcome)

    assert told == status
    assert (status == 403) == (advice is not None and "command line" in advice)
    assert world.read_refund(refund)["status"] == ("unknown" if status == 403 else outcome)
