"""The whole document: small, complete, and true of what is served; generators and readers can work with it."""

import json
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, Final

import jsonschema_rs
import pytest

from bankcore.errors import BankcoreError
from bankcore_http.answering.errors import documented_codes, registered_errors
from bankcore_http.answering.failures import SHOWN_ELSEWHERE
from bankcore_http.answering.wire import camel_case
from tests.worlds.document import described
from tests.worlds.openapi import codes_of, resolved

BYTES_PER_OPERATION_MAX: Final = 2_250
_METHODS: Final = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document() -> Any:
    """The document of every capability, as clients get it."""
    return described()


def operations_of(document: Any) -> Iterator[Any]:
    """Every operation there is."""
    for path in document["paths"].values():
        yield from (path[method] for method in _METHODS if method in path)


def answers_of(document: Any) -> Iterator[Any]:
    """What the answers of all operations that went well hold, where it is JSON."""
    for shown in operations_of(document):
        for status, answer in shown["responses"].items():
            content = answer.get("content", {}).get("application/json", {})
            if status < "300" and "schema" in content:
                yield content


def validator_of(document: Any, schema: Any) -> jsonschema_rs.Draft202012Validator:
    """What judges whether something is as that schema of the document says."""
    return jsonschema_rs.Draft202012Validator({**schema, "components": document["components"]}, validate_formats=True)


def test_the_document_is_small_for_each_operation(document: Any) -> None:
    operations = len(list(operations_of(document)))

    assert len(json.dumps(document, separators=(",", ":"))) < BYTES_PER_OPERATION_MAX * operations


def test_it_says_where_it_is_served_and_who_is_there_for_questions(document: Any) -> None:
    assert [server["url"] for server in document["servers"]] == ["/"]
    assert document["info"]["contact"]["name"]
    assert document["info"]["license"]["identifier"] == "Apache-2.0"


def test_every_operation_tells_more_than_its_summary(document: Any) -> None:
    silent = [shown["operationId"] for shown in operations_of(document) if not shown.get("description")]

    assert silent == []


def test_operations_stand_in_groups_that_are_named_in_words_and_described_once(document: Any) -> None:
    named = [tag["name"] for tag in document["tags"]]

    assert {tag for shown in operations_of(document) for tag in shown["tags"]} == set(named)
    assert len(set(named)) == len(named)
    assert all(tag["description"] and tag["name"][0].isupper() and "-" not in tag["name"] for tag in document["tags"])


def test_only_what_some_operation_takes_is_offered_as_a_credential(document: Any) -> None:
    wanted = {name for shown in operations_of(document) for one in shown["security"] for name in one}

    assert wanted == document["components"]["securitySchemes"].keys()


def test_what_several_operations_share_is_told_once(document: Any) -> None:
    told = json.dumps(document["paths"])
    parameters = [
        json.dumps(parameter)
        for shown in operations_of(document)
        for parameter in shown.get("parameters", ())
        if parameter.get("name") in {"Idempotency-Key", "X-Tenant", "Prefer", "limit", "cursor"}
    ]

    assert parameters == []
    assert "problem+json" not in told
    assert [shown for shown in answers_of(document) if "message" in shown["schema"].get("properties", {})] == []
    assert "allOf" not in json.dumps(document["components"])


def test_every_component_is_used(document: Any) -> None:
    told = json.dumps(document)
    unused = [
        f"#/components/{kind}/{name}"
        for kind, found in document["components"].items()
        for name in found
        if kind != "securitySchemes" and f'"#/components/{kind}/{name}"' not in told
    ]

    assert unused == []


def test_an_answer_names_no_code_that_no_operation_has(document: Any) -> None:
    named = set().union(*(codes_of(document, shown) for shown in operations_of(document)))

    assert named <= documented_codes()
    assert document["components"]["examples"].keys() == named


def test_every_example_of_a_failure_is_one(document: Any) -> None:
    judge = validator_of(document, {"$ref": "#/components/schemas/Failure"})

    for code, example in document["components"]["examples"].items():
        judge.validate(example["value"])
        assert example["value"]["error"]["code"] == code


def test_every_example_of_a_body_is_one(document: Any) -> None:
    bodies = [
        shown["requestBody"]["content"]["application/json"]
        for shown in operations_of(document)
        if "requestBody" in shown
    ]

    assert len(bodies) > 10
    for body in bodies:
        validator_of(document, body["schema"]).validate(body["example"])


@pytest.mark.parametrize("error_type", registered_errors())
def test_the_facts_of_a_refusal_have_types(document: Any, error_type: type[BankcoreError]) -> None:
    shown = document["components"]["schemas"]["ErrorDetails"]["properties"]

    for fact in {field.name for field in fields(error_type)} - SHOWN_ELSEWHERE:
        assert f"`{error_type.code}`" in shown[camel_case(fact)]["description"]
        assert {"type", "example"} <= shown[camel_case(fact)].keys()


def test_a_transfer_names_its_destination_in_one_way(document: Any) -> None:
    schemas = document["components"]["schemas"]
    either = [resolved(document, choice) for choice in schemas["TransferBody"]["oneOf"]]
    example = document["paths"]["/v1/transactions/transfer"]["post"]["requestBody"]["content"]["application/json"][
        "example"
    ]

    assert [{"toAccountId", "toAccountNumber"} & choice["properties"].keys() for choice in either] == [
        {"toAccountId"},
        {"toAccountNumber"},
    ]
    assert [{"toAccountId", "toAccountNumber"} & set(choice["required"]) for choice in either] == [
        {"toAccountId"},
        {"toAccountNumber"},
    ]
    assert "toAccountNumber" not in example
    judge = validator_of(document, schemas["TransferBody"])
    assert judge.is_valid({**example})
    assert not judge.is_valid({**example, "toAccountNumber": "1000000000000038"})


def test_no_schema_is_called_as_a_member_of_another_would_be(document: Any) -> None:
    """Generators name the type of `Account.status` so; two of one name are given up, and whatever has them."""
    schemas = document["components"]["schemas"]
    named = {
        f"{name}{member[0].upper()}{member[1:]}"
        for name, schema in schemas.items()
        for member, shown in schema.get("properties", {}).items()
        if "enum" in shown or shown.get("type") == "object"
    }

    assert named.isdisjoint(schemas)
