"""What is sent to an operation that takes a body: broken, wrong in one place, or with what only the server writes."""

import re
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from tests.http.attacks.operations import DOCUMENT, TARGETS, Letter, Target, letter
from tests.sizes import sized
from tests.worlds.estates import Estate, Estates
from tests.worlds.hostile_bodies import (
    WRONG_TEXTS,
    Place,
    Sent,
    broken,
    objects,
    places,
    with_members,
    with_text,
)
from tests.worlds.openapi import resolved

pytestmark = [pytest.mark.timeout(300), pytest.mark.security]

LONGEST_S: Final = 5.0
REFUSED: Final = frozenset({400, 413, 415, 422})
# Every so many of the wrong bodies, and of the wrong values in every place, are tried for a change, others for each
# operation.
EVERY_BODY: Final = sized(3, nightly=1)
EVERY_VALUE: Final = sized(18, nightly=1)
# An answer names so many mistakes at most.
NAMED_AT_ONCE: Final = 20

MONEY: Final = re.compile(r"(from)?amount|availableMin|balance", re.IGNORECASE)
# A limit of nothing stops everything.
MAY_BE_NOTHING: Final = frozenset({"availableMin", "balance", "limits"})
NO_AMOUNTS: Final[Mapping[str, str]] = {
    **{name: WRONG_TEXTS[name] for name in ("true", "zero", "minus one", "a fraction", "a whole float", "an exponent")},
    **{name: WRONG_TEXTS[name] for name in ("2^53", "2^63 - 1", "2^63", "a full-width digit", "NaN as a text")},
    **{name: WRONG_TEXTS[name] for name in ("an amount with spaces", "an amount with an underscore")},
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "an integer of 41 digits": "1" + "0" * 40,
    "an exponent as a text": '"1e3"',
    "a float as a text": '"1.00000"',
    "2^63 in minor units": f'"{2**63 // 100}.08"',
    "10^40": '"1' + "0" * 40 + '"',
    "40 digits": '"' + "9" * 40 + '"',
}
"""Written as they are. None of them is money in any place."""
NOTHING_OR_LESS: Final[Mapping[str, str]] = {"0": '"0"', "0.00": '"0.00"', "minus 1": '"-1"'}
GREAT: Final[Mapping[str, str]] = {
    "2^53 in minor units": f'"{2**53 // 100}.92"',
    "2^63 - 1 in minor units": f'"{(2**63 - 1) // 100}.07"',
}


def send(caller: Estate, spoiled: Letter, sent: Sent) -> TestResponse:
    """Send those bytes with the caller's token and a new key."""
    headers = {"Authorization": caller.authorization, "Idempotency-Key": f"attack-{next(caller.bank.keys)}"}
    return caller.bank.application.test_client().open(
        spoiled.path,
        method=spoiled.method,
        data=sent.content,
        headers={**headers, **sent.headers},
        content_type=sent.content_type,
        environ_overrides=dict(sent.environ),
    )


def problems(caller: Estate, spoiled: Letter, sent: Sent, *, allowed: frozenset[int] | None = None) -> Iterator[str]:
    """What is wrong with the answer to that body."""
    started = time.monotonic()
    answer = send(caller, spoiled, sent)
    took_s = time.monotonic() - started
    if answer.status_code >= 500 or (allowed and not sent.may_pass and answer.status_code not in allowed):
        yield f"{sent.name}: {answer.status_code} {answer.get_data(as_text=True)[:200]}"
    elif answer.status_code >= 400 and answer.get_json()["success"] is not False:
        yield f"{sent.name}: {answer.status_code} without an envelope"
    if took_s > LONGEST_S:
        yield f"{sent.name}: took {took_s:.1f} s"


def broken_in_some_way(good: Mapping[str, Any], number: int) -> Iterator[Sent]:
    """The bodies that are refused whatever is asked: every so many, others for each number."""
    return islice(broken(good), number % EVERY_BODY, None, EVERY_BODY)


def wrong_in_one_place(good: Mapping[str, Any], number: int) -> Iterator[Sent]:
    """The body with a wrong value in one place: every so many, others for each number."""
    all_of_them = (
        Sent(name=f"{name} at {place}", content=with_text(good, place, text))
        for place in places(good)
        for name, text in WRONG_TEXTS.items()
    )
    return islice(all_of_them, number % EVERY_VALUE, None, EVERY_VALUE)


def test_there_are_as_many_bodies_as_promised() -> None:
    expected = {"accountId": "", "version": 1}
    good = {"amount": "1.00", "currency": "NPR", "reference": "a", "metadata": {"a": "b"}, "expects": [expected]}
    everywhere = [with_text(good, place, text) for place in places(good) for text in WRONG_TEXTS.values()]

    assert len({sent.content for sent in broken(good)} | set(everywhere)) >= 500
    assert len(TARGETS) * len(list(broken(good))) >= 500


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_no_body_breaks_an_operation(world: Estates, target: Target) -> None:
    caller = world.stranger
    good, number = letter(target, caller), TARGETS.index(target)

    found = [
        *(
            problem
            for sent in broken_in_some_way(good.body, number)
            for problem in problems(caller, good, sent, allowed=REFUSED)
        ),
        *(problem for sent in wrong_in_one_place(good.body, number) for problem in problems(caller, good, sent)),
    ]

    assert found == []


def server_owned() -> list[str]:
    """The members of all answers, and of records, that no body has; and what others have called them."""
    shapes = DOCUMENT["components"]["schemas"].values()
    answered = {name for shape in shapes for name in resolved(DOCUMENT, shape).get("properties", {})}
    stored = {"tenant_id", "owner_id", "balance_minor", "held_minor", "password_hash", "id", "is_admin", "isAdmin"}
    return sorted(answered | stored | {"tenantId", "ownerId", "permissions", "__proto__", "version", "sequence"})


def accepted_by(target: Target) -> set[str]:
    """The names of what the operation's body may have, in any object of it."""
    todo, seen, names = [DOCUMENT["paths"][target.path][target.method.lower()]["requestBody"]], [], set[str]()
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            if "$ref" in node:
                if node["$ref"] in seen:
                    continue
                seen.append(node["$ref"])
                node = resolved(DOCUMENT, node)
            names |= set(node.get("properties", {}))
            todo += node.values()
        elif isinstance(node, list):
            todo += node
    return names


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_what_only_the_server_writes_is_refused_in_every_object_of_a_body(world: Estates, target: Target) -> None:
    caller = world.stranger
    good = letter(target, caller)
    before = world.rows()
    allowed = accepted_by(target)
    names = [name for name in server_owned() if name not in allowed]
    missed = []

    for place in objects(good.body):
        # Their members have names of the caller's or the provider's choice.
        if {"metadata", "credentials"} & set(place):
            continue
        for start in range(0, len(names), NAMED_AT_ONCE):
            group = names[start : start + NAMED_AT_ONCE]
            body = with_members(good.body, place, dict.fromkeys(group, "1"))
            answer = caller.send(good.method, good.path, body=body)
            told = {error["pointer"].rpartition("/")[2] for error in answer.get_json()["error"]["errors"]}
            missed += [(place, name) for name in group if answer.status_code != 422 or name not in told]

    assert missed == []
    assert world.rows() == before


def money_of(body: Mapping[str, Any]) -> list[Place]:
    """Where the body has amounts."""
    return [place for place in places(body) if MONEY.fullmatch(str(place[-1]))]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_what_is_no_amount_moves_nothing(world: Estates, target: Target) -> None:
    caller = world.stranger
    good = letter(target, caller)
    before = world.rows()

    found: list[str] = []
    for place in money_of(good.body):
        wrong = NO_AMOUNTS if MAY_BE_NOTHING.intersection(place) else {**NO_AMOUNTS, **NOTHING_OR_LESS}
        for name, text in wrong.items():
            sent = Sent(name=f"{name} at {place}", content=with_text(good.body, place, text))
            found += problems(caller, good, sent, allowed=REFUSED)

    assert found == []
    assert world.rows() == before


def test_every_amount_of_the_document_is_tried(world: Estates) -> None:
    tried = {str(place[-1]) for target in TARGETS for place in money_of(letter(target, world.stranger).body)}
    shapes = [shape for name, shape in DOCUMENT["components"]["schemas"].items() if "Body" in name]
    in_document = {
        name
        for shape in shapes
        for name, member in shape.get("properties", {}).items()
        if "[0-9]{0,39}" in member.get("pattern", "")
    }

    assert in_document - tried == set()


def test_after_the_greatest_amounts_the_books_are_square(world: Estates) -> None:
    caller = world.stranger

    found = [
        problem
        for target in TARGETS
        for good in [letter(target, caller)]
        for place in money_of(good.body)
        for name, text in GREAT.items()
        for problem in problems(
            caller, good, Sent(name=f"{name} at {place}", content=with_text(good.body, place, text))
        )
    ]

    assert found == []
    totals = caller.send("GET", "/v1/ledger/trial-balance").get_json()["data"]
    assert totals["balanced"] is True
