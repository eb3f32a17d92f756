"""Whatever is not plainly a request is refused with its place, and changes nothing."""

import pytest

from tests.worlds.http_client import RAM, UNKNOWN_ID, HttpClient

MOVEMENTS = ("deposit", "withdraw", "transfer")
BAD_AMOUNTS = {
    "zero": '"0"',
    "zero with decimals": '"0.00"',
    "negative": '"-1"',
    "negative zero": '"-0"',
    "with a plus": '"+1"',
    "too many decimals": '"1.001"',
    "five decimals": '"1.00000"',
    "leading zero": '"01"',
    "no whole part": '".5"',
    "no fraction": '"1."',
    "a comma": '"1,000"',
    "an underscore": '"1_000"',
    "an exponent": '"1e3"',
    "full-width digit": '"\uff11"',
    "Devanagari digit": '"\u0967"',
    "space before": '" 1"',
    "space after": '"1 "',
    "newline after": '"1\\n"',
    "empty": '""',
    "a word": '"ten"',
    "the word NaN": '"NaN"',
    "the word Infinity": '"Infinity"',
    "hexadecimal": '"0x10"',
    "10^40": f'"1{"0" * 40}"',
    "5,000 digits": f'"{"9" * 5000}"',
    "an integer": "1",
    "a float": "1.5",
    "a float with an exponent": "1e3",
    "true": "true",
    "null": "null",
    "a list": '["1"]',
    "an object": '{"value": "1"}',
}
NOT_JSON = {
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "a number of 5,000 digits": "9" * 5000,
    "nested 100,000 deep": "[" * 100_000,
    "no value": "",
}


@pytest.fixture
def bodies(client: HttpClient) -> dict[str, dict[str, str]]:
    """A good body for each movement, but for the amount."""
    mine, his = client.open(deposit="1000.00"), client.open(RAM)
    single = {"accountId": str(mine.id), "currency": "NPR"}
    transfer = {"fromAccountId": str(mine.id), "toAccountId": str(his.id), "currency": "NPR"}
    return {"deposit": single, "withdraw": single, "transfer": transfer}


def written(body: dict[str, str], **raw: str) -> str:
    """The body as JSON text, with values that are written as they are."""
    members = [f'"{name}": "{value}"' for name, value in body.items()]
    return "{" + ", ".join(members + [f'"{name}": {value}' for name, value in raw.items()]) + "}"


def require_nothing_moved(client: HttpClient) -> None:
    """Only the one deposit of the fixture has ever been posted."""
    assert len(client.bank.books.transactions) == 1


@pytest.mark.parametrize("movement", MOVEMENTS)
@pytest.mark.parametrize("amount", BAD_AMOUNTS.values(), ids=BAD_AMOUNTS)
def test_a_bad_amount_is_pointed_at(
    client: HttpClient, bodies: dict[str, dict[str, str]], movement: str, amount: str
) -> None:
    answer = client.send(f"/v1/transactions/{movement}", written(bodies[movement], amount=amount))

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (422, "validation_failed")
    assert [found["pointer"] for found in error["errors"]] == ["/amount"]
    require_nothing_moved(client)


@pytest.mark.parametrize(
    "amount",
    ["9223372036854775808", "92233720368547758.08", "9999999999999999999", "99999999999999999999", f"1{'0' * 39}"],
)
def test_an_amount_beyond_64_bits_is_out_of_range(
    client: HttpClient, bodies: dict[str, dict[str, str]], amount: str
) -> None:
    answer = client.send("/v1/transactions/deposit", written(bodies["deposit"], amount=f'"{amount}"'))

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "amount_out_of_range")
    require_nothing_moved(client)


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "1.5"), ("JPY", "1.0"), ("KWD", "1.0001"), ("NPR", "1.001")])
def test_an_amount_has_no_more_decimals_than_its_currency(client: HttpClient, currency: str, amount: str) -> None:
    account = client.open(currency=currency)

    answer = client.post(
        "/v1/transactions/deposit", {"accountId": str(account.id), "amount": amount, "currency": currency}
    )

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"] == "/amount"


@pytest.mark.parametrize("value", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_json_is_malformed(client: HttpClient, bodies: dict[str, dict[str, str]], value: str) -> None:
    answer = client.send("/v1/transactions/deposit", written(bodies["deposit"], amount=value))

    assert answer.status_code in {400, 413}
    assert answer.get_json()["error"]["code"] in {"malformed_json", "payload_too_large"}
    require_nothing_moved(client)


def test_a_name_that_occurs_twice_is_malformed(client: HttpClient, bodies: dict[str, dict[str, str]]) -> None:
    twice = written(bodies["deposit"], amount='"1.00"').replace("{", '{"amount": "999.00", ')

    answer = client.send("/v1/transactions/deposit", twice)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "malformed_json")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("currency", '"npr"'),
        ("currency", '"XYZ"'),
        ("currency", '"\uff2e\uff30\uff32"'),
        ("currency", "null"),
        ("accountId", '"1"'),
        ("accountId", "1"),
        ("accountId", '"019c1406340070008000000000000001"'),
        ("accountId", '"{019c1406-3400-7000-8000-000000000001}"'),
        ("reference", '""'),
        ("reference", '" "'),
        ("reference", f'"{"x" * 141}"'),
        ("reference", '"a\\u0000b"'),
        ("reference", '"a\\ud800b"'),
        ("reference", '"a\\u202eb"'),
        ("reference", '"a\\nb"'),
        ("reference", "7"),
        ("metadata", '"x"'),
        ("metadata", '["x"]'),
    ],
)
def test_a_bad_field_is_pointed_at(
    client: HttpClient, bodies: dict[str, dict[str, str]], field: str, value: str
) -> None:
    body = {name: text for name, text in {**bodies["deposit"], "amount": "1.00"}.items() if name != field}

    answer = client.send("/v1/transactions/deposit", written(body, **{field: value}))

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (422, "validation_failed")
    assert error["errors"][0]["pointer"] == f"/{field}"
    require_nothing_moved(client)


@pytest.mark.parametrize("metadata", ['{"a": 1}', '{"a": null}', '{"a": {"b": "c"}}', '{"a": "x\\u0000"}'])
def test_metadata_holds_texts_only(client: HttpClient, bodies: dict[str, dict[str, str]], metadata: str) -> None:
    answer = client.send("/v1/transactions/deposit", written(bodies["deposit"], amount='"1.00"', metadata=metadata))

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"] == "/metadata/a"


@pytest.mark.parametrize("field", ["accountId", "amount", "currency"])
def test_a_missing_field_is_pointed_at(client: HttpClient, bodies: dict[str, dict[str, str]], field: str) -> None:
    body = {name: text for name, text in {**bodies["deposit"], "amount": "1.00"}.items() if name != field}

    answer = client.post("/v1/transactions/deposit", body)

    assert answer.status_code == 422
    assert [found["pointer"] for found in answer.get_json()["error"]["errors"]] == [f"/{field}"]


@pytest.mark.parametrize(
    "field",
    [
        *("id", "tenantId", "kind", "status", "postedAt", "effectiveAt", "entries", "balanceAfter", "sequence"),
        *("source", "sourceId", "reverses", "idempotencyKey", "ownerId", "account_id", "Amount", "__class__"),
    ],
)
@pytest.mark.parametrize("movement", MOVEMENTS)
def test_a_field_that_is_not_asked_for_is_refused(
    client: HttpClient, bodies: dict[str, dict[str, str]], movement: str, field: str
) -> None:
    answer = client.post(f"/v1/transactions/{movement}", {**bodies[movement], "amount": "1.00", field: "x"})

    assert answer.status_code == 422
    assert [found["pointer"] for found in answer.get_json()["error"]["errors"]] == [f"/{field}"]
    require_nothing_moved(client)


@pytest.mark.parametrize(
    "field", ["id", "number", "kind", "status", "balance", "held", "floor", "floorMinor", "version", "ownerId"]
)
def test_an_account_is_opened_with_nothing_that_is_ours_to_say(client: HttpClient, field: str) -> None:
    answer = client.post("/v1/accounts", {"currency": "NPR", field: "1"})

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"] == f"/{field}"
    assert client.data("/v1/accounts") == []


@pytest.mark.parametrize(
    ("path", "query", "parameter"),
    [
        ("/v1/accounts", "owner=ram", "owner"),
        ("/v1/accounts", "limit=0", "limit"),
        ("/v1/accounts", "limit=101", "limit"),
        ("/v1/accounts", "limit=%EF%BC%91", "limit"),
        ("/v1/accounts", "limit=1&limit=2", "limit"),
        ("/v1/accounts", "cursor=nonsense", "cursor"),
        ("/v1/accounts", "page=1", "page"),
        ("/v1/accounts/{id}", "x=1", "x"),
        ("/v1/accounts/{id}/balance", "at=yesterday", "at"),
        ("/v1/accounts/{id}/balance", "at=2026-01-30T12:00:00", "at"),
        ("/v1/accounts/{id}/balance", "from=2026-01-30T12:00:00Z", "from"),
        ("/v1/accounts/{id}/entries", "before=3", "before"),
        ("/v1/accounts/{id}/statement", "format=xml", "format"),
        ("/v1/accounts/{id}/statement", "format=JSON", "format"),
        ("/v1/accounts/{id}/statement", "from=2026-01-30", "from"),
        ("/v1/accounts/{id}/statement", "from=2026-01-30T00:00:00Z&to=2026-01-29T00:00:00Z", "from"),
        ("/v1/accounts/{id}/statement", "from=2026-03-01T00:00:00Z", "from"),
        ("/v1/transactions", "accountId=1", "accountId"),
        ("/v1/transactions", "min=-1", "min"),
        ("/v1/transactions", "max=1e3", "max"),
        ("/v1/transactions", "min=NaN", "min"),
        ("/v1/transactions", "kind=", "kind"),
        ("/v1/transactions", "reference=%00", "reference"),
        ("/v1/transactions", "page=0", "page"),
        ("/v1/transactions", "page=1&cursor=eyJ9", "cursor"),
        ("/v1/transactions", "page=10001&limit=100", "page"),
        ("/v1/transactions", "ownerId=x", "ownerId"),
    ],
)
def test_a_bad_query_parameter_is_pointed_at(client: HttpClient, path: str, query: str, parameter: str) -> None:
    account = client.open()

    answer = client.get(f"{path.format(id=account.id)}?{query}")

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"] == f"/query/{parameter}"


@pytest.mark.parametrize(
    "instant",
    [
        "2026-01-31T12:00:00.123456789Z",
        "2026-01-31t12:00:00z",
        "2026-01-31T17:45:00%2B05:45",
        "2026-01-31T12:00:00.1-00:00",
        "0001-01-01T00:00:00Z",
    ],
)
def test_every_spelling_of_an_instant_in_the_standard_is_taken(client: HttpClient, instant: str) -> None:
    account = client.open()

    assert client.get(f"/v1/accounts/{account.id}/balance?at={instant}").status_code == 200


def test_a_plus_that_a_query_has_lost_is_explained(client: HttpClient) -> None:
    account = client.open()

    answer = client.get(f"/v1/accounts/{account.id}/balance?at=2026-01-31T12:00:00+05:45")

    assert answer.status_code == 422
    assert "%2B" in answer.get_json()["error"]["errors"][0]["detail"]


@pytest.mark.parametrize("path", ["/v1/accounts/1", "/v1/transactions/x", f"/v1/transactions/{UNKNOWN_ID}/chain"])
def test_a_path_that_is_none_is_not_found(client: HttpClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/transactions", f"/v1/accounts/{UNKNOWN_ID}"])
def test_nobody_learns_anything_without_a_token(client: HttpClient, path: str) -> None:
    answer = client.flask.get(f"{path}?nonsense=1")

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "unauthenticated")
