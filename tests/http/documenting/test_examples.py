"""What the document shows as an example works when somebody sends it as it stands."""

from typing import Any, Final
from uuid import UUID

import pytest

from bankcore.identity.users import Role
from bankcore_http.answering.members import ACCOUNT_ID_EXAMPLE
from tests.worlds.document import described
from tests.worlds.documented_bank import documented_bank

# Nobody can show a token or a password that is good; it is not refused for its form.
SECRETS: Final = {
    "/v1/auth/refresh": "unauthenticated",
    "/v1/auth/logout": "unauthenticated",
    "/v1/auth/password": "validation_failed",
    "/v1/auth/step-up": "not_found",
    # No name is looked up in a test.
    "/v1/webhook-endpoints": "validation_failed",
    "/v1/webhook-endpoints/{endpoint_id}": "validation_failed",
    "/v1/auth/second-factor": "validation_failed",
    "/v1/auth/second-factor/confirm": "not_found",
    "/v1/auth/second-factor/recovery-codes": "not_found",
    "/v1/auth/second-factor/remove": "not_found",
    "/v1/auth/password-reset/confirm": "validation_failed",
    # Its provider has said how it ended.
    "/v1/admin/payments/{payment_id}/resolve": "invalid_state",
    # It was paid at once.
    "/v1/payments/{payment_id}/capture": "invalid_state",
    # It is of an account of whoever says so.
    "/v1/refunds/{refund_id}/resolve": "second_person_required",
    # Nobody has to look at it.
    "/v1/disbursements/{disbursement_id}/resolve": "invalid_state",
}


def examples() -> list[tuple[str, str, Any]]:
    """Method, path and body of every request that has one, in an order in which they can be sent."""
    document: Any = described()
    return [
        (method, path, operation["requestBody"]["content"]["application/json"]["example"])
        for path, operations in sorted(document["paths"].items(), key=lambda found: str(found[0]).endswith("/login"))
        for method, operation in operations.items()
        if "requestBody" in operation
    ]


def test_a_settlement_file_names_our_attempts_and_no_orders_of_merchants() -> None:
    document: Any = described()
    (content,) = [body["content"] for _method, path, body in examples() if path.endswith("/settlements")]
    reference = document["components"]["schemas"]["SettlementLine"]["properties"]["reference"]["example"]

    assert str(UUID(reference)) == content.splitlines()[1].split(",")[0]


@pytest.mark.timeout(180)
def test_every_example_of_a_body_is_accepted_as_it_stands() -> None:
    answers = {}
    with documented_bank() as world:
        makers = {
            "{case_id}": world.new_case,
            "{approval_id}": world.new_approval,
            "{disbursement_id}": world.new_disbursement,
            "{transaction_id}": world.new_transaction,
            "/users/{user_id}": world.new_user,
            "/members/{user_id}": lambda: world.new_user(Role.VIEWER),
            "{hold_id}": world.new_hold,
            "{key_id}": world.new_api_key,
            "{config_id}": world.new_provider,
            "{payment_id}": world.new_payment,
            "{refund_id}": world.new_refund,
            "{dispute_id}": lambda: world.disputed(world.new_payment()),
            "{endpoint_id}": world.new_webhook_endpoint,
        }
        for method, path, body in examples():
            filled = path.replace("{account_id}", ACCOUNT_ID_EXAMPLE)
            if path.endswith("/close"):
                filled = path.replace("{account_id}", world.new_account())
            for parameter, make in makers.items():
                if parameter in path:
                    filled = path.replace(parameter[parameter.index("{") :], make())
            answers[path] = world.send(method, filled, body)

    assert len(answers) > 10
    refused = {path: answer.get_json()["error"] for path, answer in answers.items() if answer.status_code >= 400}
    assert {path: error["code"] for path, error in refused.items()} == SECRETS
