"""What tests ask of the OpenAPI document."""

from typing import Any


def resolved(document: Any, node: Any) -> Any:
    """What a reference leads to; anything else as it is."""
    while "$ref" in node:
        place = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            place = place[step]
        node = place
    return node


def codes_by_status(document: Any, operation: Any) -> dict[int, set[str]]:
    """The codes that the operation says it can answer, by status."""
    return {
        int(status): set(resolved(document, response)["content"]["application/json"]["examples"])
        for status, response in operation["responses"].items()
        if int(status) >= 400
    }


def codes_of(document: Any, operation: Any) -> set[str]:
    """Every code that the operation says it can answer."""
    return set().union(*codes_by_status(document, operation).values())
