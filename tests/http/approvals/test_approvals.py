"""Approvals over HTTP: above the tenant's limit nobody moves money alone, and a second person lets it move once."""

import pytest

from bankcore.permissions import Permission
from bankcore.tenancy.change_setting import ChangeTenantSetting
from tests.http.approvals.conftest import PATH, SOMEBODY, Person, World, service

pytestmark = [pytest.mark.timeout(180), pytest.mark.security]


def test_above_the_limit_nobody_moves_money_alone_and_no_service(world: World) -> None:
    before = world.balance()
    deposit = world.sita.data("POST", "/v1/transactions/deposit", world.money("150.00"))
    half = {"kind": "withdrawal", **world.money("50.01")}
    asked = [
        world.sita.send("POST", "/v1/transactions/withdraw", world.money()),
        world.sita.send("POST", "/v1/transactions/transfer", world.transfer()),
        world.sita.send("POST", "/v1/holds", {**world.money(), "expiresIn": 60}),
        world.sita.send("POST", "/v1/transactions/batch", {"items": [half, half]}),
        world.asha.send("POST", f"/v1/admin/transactions/{deposit['id']}/reverse", {"reason": "sent twice"}),
        world.service.send("POST", "/v1/transactions/withdraw", world.money()),
        world.service.send("POST", f"/v1/admin/transactions/{deposit['id']}/reverse", {"reason": "sent twice"}),
    ]

    assert {(answer.status_code, answer.get_json()["error"]["code"]) for answer in asked} == {
        (403, "approval_required")
    }
    details = {"limit": "100.00", "currency": "NPR", "advice": "request an approval of it"}
    assert asked[0].get_json()["error"]["details"] == details
    assert asked[2].get_json()["error"]["details"]["advice"].startswith("request an approval of the withdrawal")
    assert asked[3].get_json()["error"]["details"]["advice"].startswith("send no more than the limit at once")
    world.asha.data("POST", f"/v1/admin/transactions/{deposit['id']}/reverse", {"amount": "100.00", "reason": "part"})
    world.sita.data("POST", "/v1/transactions/withdraw", world.money("50.00"))
    assert world.balance() == before


def test_a_payout_is_asked_for_by_its_sum_and_a_repeat_of_a_started_one_is_answered(world: World) -> None:
    half = {"toAccountId": str(world.other.id), "amount": "50.01"}
    small = {"accountId": str(world.account.id), "items": [half]}
    before = world.sita.data("GET", f"/v1/accounts/{world.account.id}/balance")

    refused = [
        who.send("POST", "/v1/payouts", {**small, "items": [half, half]}, "p-1") for who in (world.sita, world.service)
    ]
    untouched = world.sita.data("GET", f"/v1/accounts/{world.account.id}/balance")
    started, again = (world.sita.send("POST", "/v1/payouts", small, "p-1") for _ in range(2))

    assert {answer.get_json()["error"]["code"] for answer in refused} == {"approval_required"}
    assert (untouched["balance"], untouched["held"]) == (before["balance"], before["held"])
    assert (started.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    world.sita.data("POST", f"/v1/payouts/{started.get_json()['data']['id']}/cancel")


@pytest.mark.parametrize("said", [{}, {"amount": "100.01"}], ids=["all of it", "an amount"])
def test_a_hold_that_is_older_than_the_limit_is_captured_in_parts(world: World, said: dict[str, str]) -> None:
    setting, to = world.bank.bank.tenant("main").get(ChangeTenantSetting), {"toAccountId": str(world.other.id)}
    setting("approval_minor", None, origin=SOMEBODY)
    hold = world.sita.data("POST", "/v1/holds", {**world.money(), "expiresIn": 600})["id"]
    setting("approval_minor", "NPR=10000", origin=SOMEBODY)

    refused = world.sita.send("POST", f"/v1/holds/{hold}/capture", {**to, **said})
    part = {**to, "amount": "100.00", "final": False}
    captured = [world.sita.send("POST", f"/v1/holds/{hold}/capture", each) for each in (part, to)]

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "approval_required")
    assert refused.get_json()["error"]["details"]["advice"].startswith("capture no more than the limit at once")
    assert [answer.status_code for answer in captured] == [201, 201]
    world.bank.bank.tenant("main").ledger.deposit(world.account.id, world.bank.money("100.01"))


def test_what_is_refused_comes_before_anything_is_looked_up(world: World) -> None:
    nowhere = {**world.money(), "accountId": "019c1406-3400-7000-8000-00000000dead"}

    assert world.sita.send("POST", "/v1/transactions/withdraw", nowhere).status_code == 403


def test_a_second_person_lets_it_move_once(world: World) -> None:
    before = float(world.balance())
    wanted = world.wanted()
    own = world.sita.send("POST", f"{PATH}/{wanted}/approve")

    approved, again = (world.asha.send("POST", f"{PATH}/{wanted}/approve", key="decision-1") for _ in range(2))
    late = world.bina.send("POST", f"{PATH}/{wanted}/approve")

    shown = approved.get_json()["data"]
    assert (own.status_code, own.get_json()["error"]["code"]) == (403, "forbidden")
    assert (shown["status"], shown["endedBy"], shown["requestedBy"]) == (
        *("approved", world.asha.user_id),
        world.sita.user_id,
    )
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (late.status_code, late.get_json()["error"]["details"]["state"]) == (409, "approved")
    assert round(before - float(world.balance()), 2) == 100.01
    moved = world.sita.data("GET", f"/v1/transactions/{shown['transactionId']}")
    assert (moved["kind"], moved["amount"]) == ("transfer", "100.01")


def test_an_operator_approves_neither_his_own_request_nor_one_about_an_account_of_his(world: World) -> None:
    deposit = world.sita.data("POST", "/v1/transactions/deposit", world.money("150.00"))
    reversal = {"kind": "reversal", "transactionId": deposit["id"], "reason": "sent twice"}
    wanted = world.asha.data("POST", PATH, {"movement": reversal})["id"]
    account = world.bank.bank.tenant("main").accounts.open(currency="NPR", owner_id=world.bina.user_id)
    for_bina = {"kind": "transfer", **world.transfer(), "toAccountId": str(account.id)}
    to_bina = world.sita.data("POST", PATH, {"movement": for_bina})["id"]

    refused = [
        world.asha.send("POST", f"{PATH}/{wanted}/approve"),
        world.bina.send("POST", f"{PATH}/{to_bina}/approve"),
    ]

    assert {answer.get_json()["error"]["code"] for answer in refused} == {"second_person_required"}
    assert world.bina.data("POST", f"{PATH}/{wanted}/approve")["status"] == "approved"


def test_what_the_books_refuse_waits_on(world: World) -> None:
    movement = {"kind": "withdrawal", **world.money("100000.00")}
    wanted = world.sita.data("POST", PATH, {"movement": movement})["id"]

    refused = world.asha.send("POST", f"{PATH}/{wanted}/approve")

    assert (refused.status_code, refused.get_json()["error"]["code"]) == (422, "insufficient_funds")
    assert world.sita.data("GET", f"{PATH}/{wanted}")["status"] == "pending"
    rejected = world.asha.data("POST", f"{PATH}/{wanted}/reject", {"reason": "too much"})
    assert (rejected["status"], rejected["reason"], rejected["transactionId"]) == ("rejected", "too much", None)


def test_everybody_sees_the_own_ones_and_staff_see_all(world: World) -> None:
    of_sita, of_service = world.wanted(), world.wanted(world.service)
    withdrawn = world.sita.data("POST", f"{PATH}/{of_sita}/withdraw")

    def listed(who: Person, query: str = "") -> list[str]:
        return [each["id"] for each in who.data("GET", f"{PATH}?limit=100{query}")]

    assert withdrawn["status"] == "withdrawn"
    assert (of_sita in listed(world.sita), of_service in listed(world.sita)) == (True, False)
    assert {of_sita, of_service} <= set(listed(world.asha))
    assert (
        of_sita in listed(world.asha, "&status=withdrawn"),
        of_service in listed(world.asha, "&status=withdrawn"),
    ) == (
        True,
        False,
    )
    assert world.sita.send("GET", f"{PATH}/{of_service}").status_code == 404
    assert world.service.send("POST", f"{PATH}/{of_sita}/approve").status_code == 403
    assert world.service.send("POST", f"{PATH}/{of_service}/approve").status_code == 403


def test_a_holder_asks_for_no_reversal_and_for_nothing_of_others(world: World) -> None:
    deposit = world.sita.data("POST", "/v1/transactions/deposit", world.money("1.00"))
    reversal = {"kind": "reversal", "transactionId": deposit["id"], "reason": "mine"}
    of_other = {"kind": "withdrawal", **world.money(), "accountId": str(world.other.id)}

    assert world.sita.send("POST", PATH, {"movement": reversal}).status_code == 403
    assert world.sita.send("POST", PATH, {"movement": of_other}).status_code == 404


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"amount": "0.00"}, "/movement/amount"),
        ({"amount": "1.001"}, "/movement/amount"),
        ({"kind": "loan"}, "/movement"),
        ({"expects": []}, "/movement/expects"),
        ({"#strange": 1}, "/movement/#strange"),
        ({"metadata": {"": "x"}}, "/movement/metadata/"),
    ],
)
def test_a_wrong_member_is_named(world: World, changes: dict[str, object], pointer: str) -> None:
    movement = {"kind": "withdrawal", **world.money(), **changes}

    answer = world.sita.send("POST", PATH, {"movement": movement})

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"] == pointer


def test_an_amount_of_a_reversal_has_its_currency(world: World) -> None:
    deposit = world.sita.data("POST", "/v1/transactions/deposit", world.money("1.00"))
    reversal = {"kind": "reversal", "transactionId": deposit["id"], "reason": "half", "amount": "0.50"}

    answer = world.asha.send("POST", PATH, {"movement": reversal})
    wanted = world.asha.data("POST", PATH, {"movement": {**reversal, "currency": "NPR"}})

    assert answer.get_json()["error"]["errors"][0]["pointer"] == "/movement/currency"
    assert wanted["movement"] == {**reversal, "currency": "NPR", "reference": None, "metadata": {}}


def test_every_step_is_in_the_audit_log_with_who(world: World) -> None:
    wanted = world.wanted()
    world.asha.data("POST", f"{PATH}/{wanted}/approve")

    with world.bank.superuser() as connection:
        rows = connection.execute(
            "SELECT convert_from(body, 'UTF8') FROM bankcore.audit_log"
            " WHERE convert_from(body, 'UTF8') LIKE %s ORDER BY id",
            (f"%{wanted}%",),
        ).fetchall()

    bodies = " ".join(row[0] for row in rows)
    assert bodies.index("approval.requested") < bodies.index("approval.approved")
    assert world.asha.user_id in bodies
    assert world.sita.user_id in bodies


def test_a_service_that_may_only_reverse_asks_for_reversals_and_for_nothing_else(world: World) -> None:
    reverser = service(world.bank, frozenset({Permission.TRANSACTIONS_REVERSE}))
    transaction_id = world.sita.data("POST", "/v1/transactions/deposit", world.money("1.00"))["id"]
    reversal = {"kind": "reversal", "transactionId": transaction_id, "reason": "a mistake"}

    asked = reverser.data("POST", PATH, {"movement": reversal})
    refused = reverser.send("POST", PATH, {"movement": {"kind": "withdrawal", **world.money("1.00")}})
    withdrawn = reverser.data("POST", f"{PATH}/{asked['id']}/withdraw", {})

    assert withdrawn["status"] == "withdrawn"
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (403, "forbidden")
    reader = service(world.bank, frozenset({Permission.APPROVALS_READ}))
    assert reader.send("POST", PATH, {"movement": reversal}).status_code == 403
