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


def is_failure(status: str) -> bool:
    """Whether an answer of the document with this status, or for all that are not told, is a failure."""
    return status == "default" or status >= "400"


def codes_by_status(document: Any, operation: Any) -> dict[str, set[str]]:
    """The codes that the operation says it can answer, by status."""
    return {
        status: set(resolved(document, response)["content"]["application/json"]["examples"])
        for status, response in operation["responses"].items()
        if is_failure(status)
    }


def codes_of(document: Any, operation: Any) -> set[str]:
    """Every code that the operation says it can answer."""
    return set().union(*codes_by_status(document, operation).values())
