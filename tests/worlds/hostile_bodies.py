"""Bodies that nobody honest sends, made out of a good one: broken as a whole, or wrong in one place."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Place = tuple[str | int, ...]
JSON_TYPE: Final = "application/json"
_MARK: Final = "\ue000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A body as it goes over the wire."""

    name: str
    content: bytes
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, object] = field(default_factory=dict)
    may_pass: bool = False
    """Whether it may be taken for a good one, because what is odd about it changes no meaning."""


WRONG_TEXTS: Final[Mapping[str, str]] = {
    "null": "null",
    "true": "true",
    "zero": "0",
    "minus one": "-1",
    "a fraction": "1.5",
    "a whole float": "1.0",
    "an exponent": "1e3",
    "2^53": str(2**53),
    "2^63 - 1": str(2**63 - 1),
    "2^63": str(2**63),
    "-2^63 - 1": str(-(2**63) - 1),
    "19 nines": "9" * 19,
    "a tiny float": "1e-300",
    "minus zero": "-0",
    "an empty text": '""',
    "a blank": '" "',
    "an escaped NUL": '"\\u0000"',
    "NUL inside": '"a\\u0000b"',
    "a lone high surrogate": '"\\ud800"',
    "a lone low surrogate": '"a\\udc00"',
    "an override of direction": '"\\u202e1"',
    "a line separator": '"a\\u2028b"',
    "an escape sequence": '"\\u001b[2J"',
    "line ends": '"a\\r\\nSet-Cookie: a=b"',
    "a full-width digit": '"\\uff11"',
    "Devanagari digits": '"\\u0967\\u0966"',
    "a private character": '"\\uf8ff"',
    "not a character": '"\\uffff"',
    "the last character": '"\\udbff\\udfff"',
    "a heap of accents": json.dumps("a" + "\u0301" * 400),
    "a Turkish I": '"\\u0130"',
    "a ligature": '"\\ufdfa"',
    "300 characters": json.dumps("x" * 300),
    "20,000 characters": json.dumps("x" * 20_000),
    "2,000 emoji": json.dumps("\U0001f600" * 2_000),
    "an injection": '"\' OR 1=1; DROP TABLE bankcore.accounts; --"',
    "an injection of a cast": '"1\'::text"',
    "a format": '"{0.__class__} %s %(x)s ${jndi:ldap://127.0.0.1/a}"',
    "markup": '"<script>alert(1)</script>"',
    "a formula": '"=1+1"',
    "a path": '"../../../../etc/passwd"',
    "an address": '"http://127.0.0.1:1/"',
    "a nil UUID": '"00000000-0000-0000-0000-000000000000"',
    "a UUID of capitals": '"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"',
    "a UUID in braces": '"{019c1406-3400-7000-8000-000000000001}"',
    "the first instant": '"0001-01-01T00:00:00+14:00"',
    "the last instant": '"9999-12-31T23:59:59.999999-14:00"',
    "a leap second": '"2016-12-31T23:59:60Z"',
    "an amount of 40 digits": '"' + "9" * 40 + '"',
    "an amount of 2^63 - 1": f'"{2**63 - 1}"',
    "an amount at the limit": f'"{(2**63 - 1) // 100}.07"',
    "an amount with a sign": '"-0.01"',
    "an amount with spaces": '" 1 "',
    "an amount with an underscore": '"1_000"',
    "infinity as a text": '"Infinity"',
    "NaN as a text": '"NaN"',
    "an empty list": "[]",
    "a list of nothing": "[null]",
    "a list of lists": "[[]]",
    "a long list": "[" + ",".join(["1"] * 5_000) + "]",
    "31 lists deep": "[" * 30 + "]" * 30,
    "an empty object": "{}",
    "an object": '{"a":1}',
    "an object like a prototype": '{"__proto__":{"isAdmin":true},"constructor":null}',
    "an object with an empty key": '{"":""}',
    "an object of 2,000 keys": json.dumps({str(number): number for number in range(2_000)}),
}
"""Values as they are written that some member or other must not have; where it may have one, that is well too."""


def broken(good: Mapping[str, Any]) -> Iterator[Sent]:
    """Bodies that are refused whatever is asked: not JSON as it is wanted, cut, of another type, or too deep."""
    plain = json.dumps(good)
    raw = plain.encode()
    for name, content in {
        "empty": b"",
        "blank": b" \r\n\t",
        "a word": b"hello",
        "a form": b"amount=1&currency=NPR",
        "cut in the middle": raw[: len(raw) // 2],
        "cut before its end": raw[:-1],
        "something after it": raw + b"{}",
        "twice": raw + raw,
        "a comma too many": raw[:-1] + b",}",
        "a comment": raw + b"/* no */",
        "quotes of another kind": plain.replace('"', "'").encode() + b"'",
        "null": b"null",
        "a list of it": b"[" + raw + b"]",
        "a text of it": json.dumps(plain).encode(),
        "a number": b"-0.0",
        "a byte order mark": b"\xef\xbb\xbf" + raw,
        "UTF-16": plain.encode("utf-16"),
        "UTF-32": plain.encode("utf-32-be"),
        "Latin-1": b'{"x":"\xe9",' + raw[1:],
        "overlong UTF-8": b'{"x":"\xc0\xaf",' + raw[1:],
        "a surrogate in UTF-8": b'{"x":"\xed\xa0\x80",' + raw[1:],
        "NUL before it": b"\x00" + raw,
        "raw NUL": b'{"x":"\x00",' + raw[1:],
        "a raw line end": b'{"x":"\n",' + raw[1:],
        "a key twice": b'{"x":1,"x":2,' + raw[1:],
        "a key twice, once escaped": b'{"x":1,"\\u0078":2,' + raw[1:],
        "NaN": b'{"x":NaN,' + raw[1:],
        "Infinity": b'{"x":-Infinity,' + raw[1:],
        "an integer of 5,000 digits": b'{"x":' + b"9" * 5_000 + b"," + raw[1:],
        "an integer of 60,000 digits": b'{"x":' + b"1" * 60_000 + b"," + raw[1:],
        "a float out of range": b'{"x":1e400,' + raw[1:],
        "a float of 20,000 digits": b'{"x":0.' + b"3" * 20_000 + b"," + raw[1:],
        "10,000 lists deep": b"[" * 10_000 + b"]" * 10_000,
        "60,000 open lists": b"[" * 60_000,
        "8,000 objects deep": b'{"x":' * 8_000 + b"1" + b"}" * 8_000,
        "33 deep inside": b'{"x":' + b"[" * 33 + b"]" * 33 + b"," + raw[1:],
        "quotes without an end": b'{"' + b'\\"' * 30_000,
        "an escape that is none": b'{"x":"\\x41",' + raw[1:],
        "half an escape": b'{"x":"\\u12",' + raw[1:],
    }.items():
        yield Sent(name=name, content=content)
    yield from _in_other_clothes(raw)


def _in_other_clothes(raw: bytes) -> Iterator[Sent]:
    for content_type in (
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/json; charset=utf-16",
        "application/json\x0b;",
    ):
        yield Sent(name=f"of the type {content_type[:40]!r}", content=raw, content_type=content_type)
    for odd in ("application/json; charset=\xff", "application/json; " + "a=b; " * 1_000, "application/json\x0b"):
        yield Sent(name=f"of the type {odd[:40]!r}", content=raw, content_type=odd, may_pass=True)
    for encoding in ("gzip", "br", "identity, deflate", "\xff"):
        yield Sent(name=f"encoded as {encoding!r}", content=raw, headers={"Content-Encoding": encoding})
    short: dict[str, object] = {"CONTENT_LENGTH": str(len(raw) + 900)}
    yield Sent(name="shorter than it says", content=raw, environ=short)
    yield Sent(name="of a length that is no number", content=raw, environ={"CONTENT_LENGTH": "-1"})
    endless = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": False}
    yield Sent(name="in chunks without an end", content=raw, environ=endless)


def places(value: object, above: Place = ()) -> Iterator[Place]:
    """Where the members of a body are, also of objects inside it; of a list only the first item."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield (*above, name)
            yield from places(member, (*above, name))
    elif isinstance(value, list) and value:
        yield (*above, 0)
        yield from places(value[0], (*above, 0))


def objects(value: object, above: Place = ()) -> Iterator[Place]:
    """Where the objects of a body are, beginning with the body itself."""
    if isinstance(value, dict):
        yield above
        for name, member in value.items():
            yield from objects(member, (*above, name))
    elif isinstance(value, list) and value:
        yield from objects(value[0], (*above, 0))


def with_text(good: Mapping[str, Any], place: Place, text: str) -> bytes:
    """The body with this written in that place, as it is."""
    made = json.loads(json.dumps(good))
    inner = _at(made, place[:-1])
    inner[place[-1]] = _MARK
    return json.dumps(made).replace(json.dumps(_MARK), text).encode()


def with_members(good: Mapping[str, Any], place: Place, members: Mapping[str, object]) -> dict[str, Any]:
    """The body with these members more in the object in that place."""
    made: dict[str, Any] = json.loads(json.dumps(good))
    _at(made, place).update(members)
    return made


def _at(value: Any, place: Place) -> Any:
    for step in place:
        value = value[step]
    return value
