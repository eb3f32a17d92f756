"""An order that is paid by a transfer to an account: Providus tells of the money, and the bank asks it about that."""

import json
from hashlib import sha512
from uuid import UUID

from bankcore.identifiers import AccountId
from bankcore.money import Money
from bankcore_http.answering.members import ACCOUNT_ID_EXAMPLE
from tests.integration.payments.paying_world import PayingWorld


def test_the_amount_that_comes_to_the_account_of_an_order_pays_it_and_providus_is_answered(world: PayingWorld) -> None:
    bank, credentials = world.bank, dict(world.simulator.credentials("providus"))
    asked = {"name": "transfers", "provider": "providus", "credentials": credentials}
    config = bank.post("/v1/admin/providers", **asked)
    main = bank.bank.tenant("main")
    owner_id = main.accounts.get(AccountId(UUID(ACCOUNT_ID_EXAMPLE))).owner_id
    account = main.accounts.open(currency="NGN", owner_id=owner_id)
    said = {"accountId": str(account.id), "amount": "250.00", "currency": "NGN", "provider": "transfers"}
    payer = {"payerEmail": "payer@example.com", "returnUrl": "https://shop.example/done"}
    payment = bank.post("/v1/payments", **said, **payer, description="Order 7")
    to = payment["nextAction"]["accountNumber"]
    told = {
        "sessionId": f"session{to}",
        "accountNumber": to,
        "tranRemarks": "FROM A PAYER",
        "transactionAmount": "250.00",
        "settledAmount": "250.00",
        "feeAmount": "0",
        "currency": "NGN",
        "settlementId": f"settlement{to}",
    }
    signature = sha512(f"{credentials['client_id']}:{credentials['client_secret']}".encode()).hexdigest()

    def tell() -> dict[str, object]:
        headers = {"X-Auth-Signature": signature}
        client = bank.application.test_client()
        answer = client.post(config["webhookPath"], data=json.dumps(told), headers=headers)
        world.work()
        return dict(answer.get_json())

    # Its sender knows the secret, but no money came.
    assert tell()["responseCode"] == "00"
    assert world.read(payment)["status"] == "requires_action"

    world.simulator.pay("providus", to, Money.of("250.00", "NGN"))
    with bank.superuser() as connection:
        connection.execute("UPDATE bankcore.provider_notices SET due_at = now() WHERE ended_at IS NULL")
    assert tell() == {
        "requestSuccessful": True,
        "sessionId": f"session{to}",
        "responseMessage": "duplicate transaction",
        "responseCode": "01",
    }

    assert world.read(payment)["status"] == "completed"
    # What is left of it after the fee of the provider.
    assert main.accounts.balance(account.id).balance == Money.of("246.25", "NGN")
    bank.send("patch", f"/v1/admin/providers/{config['id']}", {"enabled": False})
