"""Whatever is sent, the answer is a 4xx in the envelope, never a 5xx, and never a silent acceptance."""

import json

import pytest

from tests.http.foundations.till import ACCOUNT, FIELDS, World

PLAIN = json.dumps(FIELDS)


def with_field(name: str, text: str) -> bytes:
    """The good body with one more (or replaced) member, written as it is."""
    members = [f'"{key}":{json.dumps(value)}' for key, value in FIELDS.items() if key != name]
    return ("{" + ",".join([*members, f'"{name}":{text}']) + "}").encode("utf-8", "surrogatepass")


MALFORMED = {
    "empty": b"",
    "only spaces": b"   \n",
    "not JSON": b"amount=1",
    "a bare word": b"hello",
    "cut off": PLAIN[:-5].encode(),
    "something after it": (PLAIN + " {}").encode(),
    "trailing comma": (PLAIN[:-1] + ",}").encode(),
    "single quotes": b"{'amount':'1'}",
    "comment": (PLAIN + "// no").encode(),
    "null": b"null",
    "an array": b"[]",
    "an array of bodies": f"[{PLAIN}]".encode(),
    "a string": b'"x"',
    "a number": b"1",
    "true": b"true",
    "byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "UTF-16": PLAIN.encode("utf-16"),
    "Latin-1": with_field("reference", '"caf\u00e9"').replace("\u00e9".encode(), b"\xe9"),
    "truncated UTF-8": PLAIN.encode()[:-2] + b'\xe0\xa4"}',
    "overlong UTF-8": b'{"a":"\xc0\xaf"}',
    "surrogate in UTF-8": with_field("reference", '"\ud800"'),
    "raw NUL": with_field("reference", '"\x00"'),
    "raw newline": with_field("reference", '"a\nb"'),
    "duplicate key": with_field("x", '1,"amount":"2"').replace(b'"x":1,', b""),
    "duplicate key inside": with_field("metadata", '{"a":"1","a":"2"}'),
    "duplicate key by escape": with_field("metadata", '{"a":"1","\\u0061":"2"}'),
    "duplicate key by normal form": with_field("metadata", '{"\u00e9":"1","e\u0301":"2"}'),
    "NaN": with_field("amount", "NaN"),
    "Infinity": with_field("amount", "Infinity"),
    "minus Infinity": with_field("amount", "-Infinity"),
    "5,000 digits": with_field("amount", "9" * 5000),
    "minus 5,000 digits": with_field("amount", "-" + "9" * 5000),
    "5,000 decimals": with_field("amount", "1." + "9" * 5000),
    "a huge exponent": with_field("amount", "1e999999"),
    "a float beyond range": with_field("amount", "1e400"),
    "leading zero": with_field("amount", "007"),
    "plus sign": with_field("amount", "+1"),
    "hexadecimal": with_field("amount", "0x10"),
    "10,000 arrays deep": b"[" * 10_000 + b"]" * 10_000,
    "8,000 objects deep": b'{"a":' * 8_000 + b"1" + b"}" * 8_000,
    "50,000 open brackets": b"[" * 50_000,
    "33 deep": with_field("metadata", "[" * 33 + "]" * 33),
    "deep behind a string of brackets": with_field("metadata", '{"]]]]":' * 40 + "1" + "}" * 40),
    "many unterminated strings": b'{"' + b'\\"' * 30_000,
    "wrong escape": with_field("reference", '"\\x41"'),
    "half an escape": with_field("reference", '"\\u12"'),
}

REFUSED_VALUES = {
    "escaped NUL": with_field("reference", '"\\u0000"'),
    "lone high surrogate": with_field("reference", '"\\ud800"'),
    "lone low surrogate": with_field("reference", '"\\udc00x"'),
    "swapped surrogates": with_field("reference", '"\\udc00\\ud800"'),
    "surrogate in a key": with_field("metadata", '{"\\ud800":"1"}'),
    "bidirectional override": with_field("reference", '"pay \u202egnp.exe"'),
    "bidirectional isolate": with_field("reference", '"\\u2066x"'),
    "right-to-left mark in a key": with_field("metadata", '{"a\u200f":"1"}'),
    "control character": with_field("reference", '"a\\u0007"'),
    "line separator": with_field("reference", '"a\\u2028b"'),
    "blank reference": with_field("reference", '"   "'),
    "empty reference": with_field("reference", '""'),
    "long reference": with_field("reference", json.dumps("x" * 141)),
    "null reference": with_field("reference", "null"),
    "reference as a number": with_field("reference", "1"),
    "no fields": b"{}",
    "unknown field": with_field("isAdmin", "true"),
    "snake case": with_field("account_id", f'"{ACCOUNT}"'),
    "unknown field called _schema": with_field("_schema", "1"),
    "unknown empty key": with_field("", "1"),
    "prototype": with_field("__proto__", "{}"),
    "amount as an integer": with_field("amount", "1"),
    "amount as a float": with_field("amount", "1.5"),
    "amount true": with_field("amount", "true"),
    "amount null": with_field("amount", "null"),
    "amount an array": with_field("amount", '["1"]'),
    "amount an object": with_field("amount", '{"minor":1}'),
    "amount empty": with_field("amount", '""'),
    "amount minus": with_field("amount", '"-1"'),
    "amount plus": with_field("amount", '"+1"'),
    "amount with spaces": with_field("amount", '" 1"'),
    "amount with a newline": with_field("amount", '"1\\n"'),
    "amount 007": with_field("amount", '"007"'),
    "amount 1.": with_field("amount", '"1."'),
    "amount .5": with_field("amount", '".5"'),
    "amount 1e3": with_field("amount", '"1e3"'),
    "amount 1,000": with_field("amount", '"1,000"'),
    "amount 1_000": with_field("amount", '"1_000"'),
    "amount 0x10": with_field("amount", '"0x10"'),
    "amount NaN": with_field("amount", '"NaN"'),
    "amount Infinity": with_field("amount", '"Infinity"'),
    "amount fullwidth": with_field("amount", '"\uff11"'),
    "amount Devanagari": with_field("amount", '"\u0967\u0966"'),
    "amount of five decimals": with_field("amount", '"1.00000"'),
    "amount of 21 digits": with_field("amount", '"' + "1" * 21 + '"'),
    "amount of 5,000 digits": with_field("amount", '"' + "1" * 5000 + '"'),
    "currency in small letters": with_field("currency", '"npr"'),
    "currency of four letters": with_field("currency", '"NPRX"'),
    "currency in Cyrillic": with_field("currency", '"\u041d\u0420\u0420"'),
    "currency a number": with_field("currency", "524"),
    "id without hyphens": with_field("accountId", f'"{ACCOUNT.hex}"'),
    "id in braces": with_field("accountId", f'"{{{ACCOUNT}}}"'),
    "id as a URN": with_field("accountId", f'"{ACCOUNT.urn}"'),
    "id with an injection": with_field("accountId", '"\' OR 1=1 --"'),
    "id a number": with_field("accountId", "1"),
    "time without an offset": with_field("effectiveAt", '"2026-01-31T12:00:00"'),
    "time a number": with_field("effectiveAt", "1769860800"),
    "time a date": with_field("effectiveAt", '"2026-01-31"'),
    "time with a space": with_field("effectiveAt", '"2026-01-31 12:00:00Z"'),
    "time impossible": with_field("effectiveAt", '"2026-02-30T12:00:00Z"'),
    "time before time": with_field("effectiveAt", '"0001-01-01T00:00:00+14:00"'),
    "time after time": with_field("effectiveAt", '"9999-12-31T23:59:59-14:00"'),
    "time of an offset of 99 hours": with_field("effectiveAt", '"2026-01-31T12:00:00+99:00"'),
    "NUL in an array": with_field("metadata", '["\\u0000"]'),
    "many shallow arrays": with_field("metadata", "[" + ",".join(["[1]"] * 50) + ',"\u00e9"]'),
    "metadata a string": with_field("metadata", '"x"'),
    "metadata with a number": with_field("metadata", '{"a":1}'),
    "metadata nested": with_field("metadata", '{"a":{"b":"c"}}'),
    "metadata with an empty key": with_field("metadata", '{"":"x"}'),
    "metadata with a long key": with_field("metadata", json.dumps({"k" * 65: "x"})),
    "metadata with a long value": with_field("metadata", json.dumps({"k": "x" * 501})),
    "metadata of 33 keys": with_field("metadata", json.dumps({str(n): "x" for n in range(33)})),
    "32 deep": with_field("metadata", "[" * 31 + "]" * 31),
    "a thousand unknown fields": json.dumps({str(n): n for n in range(1000)}).encode(),
}

QUERIES = {
    "unknown": "x=1",
    "unknown and empty": "x=",
    "without a value": "x",
    "twice": "limit=1&limit=2",
    "twice by escape": "limit=1&%6cimit=1",
    "zero": "limit=0",
    "101": "limit=101",
    "minus": "limit=-1",
    "plus": "limit=%2B1",
    "space": "limit=%201",
    "float": "limit=1.0",
    "leading zero": "limit=01",
    "empty": "limit=",
    "words": "limit=ten",
    "fullwidth": "limit=%EF%BC%91",
    "5,000 digits": "limit=" + "9" * 3000,
    "not UTF-8": "currency=%ff%fe",
    "overlong": "currency=%c0%af",
    "surrogate": "currency=%ed%a0%80",
    "NUL": "currency=NPR%00",
    "bidirectional": "currency=%E2%80%AE",
    "small letters": "currency=npr",
    "33 parameters": "&".join(f"p{n}=1" for n in range(33)),
    "too long": "currency=" + "N" * 5000,
    "cursor of nothing": "cursor=",
    "cursor of words": "cursor=hello",
    "cursor of brackets": "cursor=W1tbW1tbW1tbW1tb",
    "cursor not ASCII": "cursor=%E0%A4%95",
    "cursor of a number": "cursor=MQ",
    "cursor of an object": "cursor=e30",
    "cursor too long": "cursor=" + "W" * 600,
    "page zero": "page=0",
    "page too far": "page=10002",
    "page and limit too far": "page=5000&limit=100",
}


def is_refused(world: World, body: bytes, status: int, code: str) -> bool:
    answer = world.client.post("/v1/till/money", data=body, content_type="application/json")
    envelope = answer.get_json()
    return (answer.status_code, envelope["success"], envelope["error"]["code"]) == (status, False, code)


def test_the_corpus_is_as_large_as_promised() -> None:
    assert len(MALFORMED) + len(REFUSED_VALUES) + len(QUERIES) >= 60


@pytest.mark.parametrize("name", MALFORMED)
def test_a_body_that_is_not_strict_json_is_malformed(world: World, name: str) -> None:
    assert is_refused(world, MALFORMED[name], 400, "malformed_json")


@pytest.mark.parametrize("name", REFUSED_VALUES)
def test_a_value_that_is_not_allowed_fails_validation(world: World, name: str) -> None:
    assert is_refused(world, REFUSED_VALUES[name], 422, "validation_failed")


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_that_is_not_allowed_fails_validation(world: World, name: str) -> None:
    answer = world.client.get(f"/v1/till/rows?{QUERIES[name]}")

    assert answer.status_code == 422
    assert answer.get_json()["error"]["errors"][0]["pointer"].startswith("/query")


@pytest.mark.parametrize("query", ["x=1", "limit=1", "x", "%ff"])
def test_a_route_that_takes_no_query_refuses_any(world: World, query: str) -> None:
    assert world.client.get(f"/v1/till/plain?{query}").status_code == 422


def test_the_pointer_names_each_wrong_place(world: World) -> None:
    body = {**FIELDS, "amount": 1, "metadata": {"a/b~": 1}, "extra/one": 1}

    answer = world.client.post("/v1/till/money", json=body)

    pointers = [error["pointer"] for error in answer.get_json()["error"]["errors"]]
    assert pointers == ["/amount", "/extra~1one", "/metadata/a~1b~0"]


def test_an_answer_does_not_grow_with_the_number_of_mistakes(world: World) -> None:
    answer = world.client.post("/v1/till/money", json={"k" * 500 + str(n): n for n in range(50)})

    assert len(answer.get_json()["error"]["errors"]) == 20
    assert len(answer.get_data()) < 4000


def test_text_arrives_in_one_normal_form(world: World) -> None:
    answer = world.client.post("/v1/till/money", json={**FIELDS, "reference": "cafe\u0301"})

    assert answer.get_json()["data"]["reference"] == "caf\u00e9"


def test_a_whole_pair_of_surrogates_is_a_character(world: World) -> None:
    answer = world.client.post(
        "/v1/till/money", data=with_field("reference", '"\\ud83d\\ude00"'), content_type="application/json"
    )

    assert answer.get_json()["data"]["reference"] == "\U0001f600"


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/vnd.api+json",
        "application/json; charset=latin-1",
        "application/jsonp",
        "application/json,text/x",
    ],
)
def test_another_media_type_is_not_supported(world: World, content_type: str) -> None:
    answer = world.client.post("/v1/till/money", data=PLAIN, content_type=content_type)

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON", 'application/json; charset="UTF-8"'])
def test_every_spelling_of_plain_json_is_taken(world: World, content_type: str) -> None:
    assert world.client.post("/v1/till/money", data=PLAIN, content_type=content_type).status_code == 201


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
def test_an_encoded_body_is_not_supported(world: World, encoding: str) -> None:
    answer = world.client.post(
        "/v1/till/money", data=PLAIN, content_type="application/json", headers={"Content-Encoding": encoding}
    )

    assert answer.status_code == 415


def test_a_body_over_the_limit_is_too_large(world: World) -> None:
    answer = world.client.post("/v1/till/money", json={"reference": "x" * 70_000})

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"], error["details"]) == (413, "payload_too_large", {"limitBytes": 65536})


@pytest.mark.parametrize(
    ("size", "terminated", "status", "code"),
    [
        (70_000, True, 413, "payload_too_large"),
        (65_500, True, 422, "validation_failed"),
        (10, False, 400, "bad_request"),
    ],
)
def test_a_chunked_body_is_read_to_its_end_or_refused(
    world: World, *, size: int, terminated: bool, status: int, code: str
) -> None:
    chunked = {"wsgi.input_terminated": terminated, "CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}

    answer = world.client.post(
        "/v1/till/money",
        data=json.dumps({"reference": "x" * size}),
        content_type="application/json",
        environ_overrides=chunked,
    )

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code)


def test_a_body_that_ends_early_cannot_be_read(world: World) -> None:
    answer = world.client.post(
        "/v1/till/money",
        data=PLAIN,
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": "9000"},
    )

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "bad_request")


def test_a_route_without_a_body_takes_none_or_an_empty_object(world: World) -> None:
    path = f"/v1/till/money/{ACCOUNT}/void"

    assert world.client.post(path).status_code == 200
    assert world.client.post(path, json={}).status_code == 200
    assert world.client.post(path, json={"amount": "1"}).status_code == 422
    assert world.client.post(path, json=[]).status_code == 400
    assert world.client.post(path, data="x").status_code == 415


@pytest.mark.parametrize("money_id", ["1", "..", str(ACCOUNT) + "0", "%00", "%ff", "a" * 5000, "%F0%9F%98%80"])
def test_an_id_that_is_none_is_not_found(world: World, money_id: str) -> None:
    assert world.client.post(f"/v1/till/money/{money_id}/void").status_code in {404, 405}


@pytest.mark.parametrize("host", ["", "evil.example", "a b", "[::1", "x:99999999", "\xff", "a" * 5000])
def test_the_host_header_changes_nothing(world: World, host: str) -> None:
    assert world.client.get("/v1/till/plain", headers={"Host": host}).status_code == 200
