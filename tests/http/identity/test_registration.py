import pytest

from tests.http.identity.conftest import Door
from tests.worlds.sql_bank import SqlBank


def test_registering_answers_the_user_and_the_first_account(door: Door) -> None:
    answer = door.register({"currency": "USD"})

    data = answer.get_json()["data"]
    assert answer.status_code == 201
    assert set(data) == {"user", "account"}
    assert data["user"].items() >= {"email": "sita@example.com", "fullName": "Sita Sharma", "tenant": "main"}.items()
    assert data["user"]["roles"] == ["holder"]
    account = {"currency": "USD", "balance": "0.00", "held": "0.00", "available": "0.00", "status": "active"}
    assert data["account"].items() >= {**account, "kind": "customer"}.items()
    assert "password" not in answer.get_data(as_text=True).lower()


def test_only_address_and_password_are_needed_and_the_currency_is_npr(door: Door) -> None:
    body = {"email": "gita@example.com", "password": "correct horse battery staple"}

    answer = door.client.post("/v1/auth/register", json=body, headers={"Idempotency-Key": "k"})

    assert answer.status_code == 201
    assert answer.get_json()["data"]["account"]["currency"] == "NPR"
    assert answer.get_json()["data"]["user"]["fullName"] is None


def test_a_replay_is_the_first_answer_with_a_header_that_says_so(door: Door) -> None:
    first = door.register()

    again = door.register()

    assert again.status_code == 201
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert again.get_json()["data"] == first.get_json()["data"]


def test_the_quoted_key_is_the_same_key(door: Door) -> None:
    door.register(key="first")

    assert door.register(key='"first"').headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("change", [{"currency": "USD"}, {"fullName": "Somebody"}, {"password": "another good one"}])
def test_the_key_with_another_request_is_refused(door: Door, change: dict[str, object]) -> None:
    door.register()

    answer = door.register(change)

    assert answer.status_code == 409
    assert answer.get_json()["error"]["code"] == "idempotency_key_reused"


def test_a_taken_address_is_refused(door: Door) -> None:
    door.register()

    answer = door.register({"email": "SITA@example.com"}, key="second")

    assert answer.status_code == 409
    assert answer.get_json()["error"]["code"] == "email_taken"


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "caf\u00e9", '""', "a\tb"])
def test_a_missing_or_unusable_key_is_refused(door: Door, key: str) -> None:
    answer = door.register(key=key)

    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "idempotency_key_required"
    assert door.identity.count("users") == 0


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"email": "sita"}, "/email"),
        ({"email": None}, "/email"),
        ({"email": 7}, "/email"),
        ({"email": "x" * 300 + "@example.com"}, "/email"),
        ({"password": "short"}, "/password"),
        ({"password": "password123"}, "/password"),
        ({"password": ["correct horse battery staple"]}, "/password"),
        ({"password": "x" * 1_025}, "/password"),
        ({"currency": "XXX"}, "/currency"),
        ({"currency": "npr"}, "/currency"),
        ({"fullName": "x" * 101}, "/fullName"),
        ({"fullName": "Sita\u0007"}, "/fullName"),
        ({"roles": ["admin"]}, "/roles"),
        ({"id": "01890a5d-ac96-774b-bcce-b302099a8057"}, "/id"),
        ({"status": "active"}, "/status"),
        ({"tenantId": "01890a5d-ac96-774b-bcce-b302099a8057"}, "/tenantId"),
        ({"passwordHash": "x"}, "/passwordHash"),
    ],
)
def test_a_field_that_is_wrong_or_not_the_callers_to_say_is_named(
    door: Door, change: dict[str, object], pointer: str
) -> None:
    answer = door.register(change)

    assert answer.status_code == 422
    assert [found["pointer"] for found in answer.get_json()["error"]["errors"]] == [pointer]
    assert door.identity.count("users") == 0


def test_people_choose_their_tenant_by_its_slug(door: Door, other_bank: SqlBank) -> None:
    door.register()

    elsewhere = door.register(slug="other")

    assert elsewhere.status_code == 201
    assert elsewhere.get_json()["data"]["user"]["tenant"] == "other"


@pytest.mark.parametrize("slug", ["nobody", "", "MAIN", "' OR 1=1", "x" * 1_000, "\u00e9"])
def test_a_tenant_that_is_not_there_is_not_found(door: Door, slug: str) -> None:
    answer = door.register(slug=slug)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "not_found")


def test_neither_password_nor_address_is_logged(door: Door) -> None:
    door.register()
    door.login(password="not her password")

    assert all("sita" not in repr(line) and "password" not in repr(line) for line in door.lines)
