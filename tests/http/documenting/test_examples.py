"""What the document shows as an example works when somebody sends it as it stands."""

import json
from typing import Any, Final

import pytest

from bankcore_http.answering.members import ACCOUNT_ID_EXAMPLE
from bankcore_http.wsgi import describe
from tests.worlds.documented_bank import documented_bank

# Nobody can show a token or a password that is good; it is not refused for its form.
SECRETS: Final = {
    "/v1/auth/refresh": "unauthenticated",
    "/v1/auth/logout": "unauthenticated",
    "/v1/auth/password": "validation_failed",
    "/v1/auth/second-factor": "validation_failed",
    "/v1/auth/second-factor/confirm": "not_found",
    "/v1/auth/second-factor/recovery-codes": "not_found",
    "/v1/auth/second-factor/remove": "not_found",
}


def examples() -> list[tuple[str, str, Any]]:
    """Method, path and body of every request that has one, in an order in which they can be sent."""
    document: Any = json.loads(json.dumps(describe()))
    return [
        (method, path, operation["requestBody"]["content"]["application/json"]["example"])
        for path, operations in sorted(document["paths"].items(), key=lambda found: str(found[0]).endswith("/login"))
        for method, operation in operations.items()
        if "requestBody" in operation
    ]


@pytest.mark.timeout(180)
def test_every_example_of_a_body_is_accepted_as_it_stands() -> None:
    answers = {}
    with documented_bank() as world:
        for method, path, body in examples():
            filled = path.replace("{account_id}", ACCOUNT_ID_EXAMPLE)
            if path.endswith("/close"):
                filled = path.replace("{account_id}", world.new_account())
            if "{case_id}" in path:
                filled = path.replace("{case_id}", world.new_case())
            if "{transaction_id}" in path:
                filled = path.replace("{transaction_id}", world.new_transaction())
            if "{user_id}" in path:
                filled = path.replace("{user_id}", world.new_user())
            if "{hold_id}" in path:
                filled = path.replace("{hold_id}", world.new_hold())
            if "{key_id}" in path:
                filled = path.replace("{key_id}", world.new_api_key())
            answers[path] = world.send(method, filled, body)

    assert len(answers) > 10
    refused = {path: answer.get_json()["error"] for path, answer in answers.items() if answer.status_code >= 400}
    assert {path: error["code"] for path, error in refused.items()} == SECRETS
