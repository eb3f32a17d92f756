"""Shapes as JSON Schema: what pydantic makes of them, in the form in which OpenAPI 3.1 shows it."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema
from typing_extensions import override

from bankcore_http.answering.members import COMPONENT
from bankcore_http.reading.shapes import BodyShape

_SUFFIX: Final = "Shape"
_PLACE: Final = "#/components/schemas/"


def reference_to(shape: type) -> dict[str, object]:
    """The reference to the component of this shape."""
    return {"$ref": f"{_PLACE}{component_name(shape.__name__)}"}


def component_name(class_name: str) -> str:
    """The name of a shape in the document: `AccountShape` is `Account`."""
    return class_name.removesuffix(_SUFFIX)


def components_of(shape: type) -> dict[str, dict[str, Any]]:
    """The schemas of this shape and of all shapes in it, by component name."""
    schema = _schema_of(shape)
    found = {shape.__name__: schema, **schema.pop("$defs", {})}
    components = {component_name(name): _tidied(each) for name, each in found.items()}
    if issubclass(shape, BodyShape) and shape.alternatives:
        components |= _either(components, component_name(shape.__name__), shape.alternatives)
    return components


def example_of(body: type[BodyShape]) -> dict[str, object]:
    """A body that is valid as it stands, of the examples of its members; of alternatives it has the first."""
    schemas, name = components_of(body), component_name(body.__name__)
    return _example_in(schemas, _name_with(name, body.alternatives[0]) if body.alternatives else name)


def parameters_of(query: type) -> list[dict[str, object]]:
    """The parameters of a query, one for each of its members."""
    schema = _tidied(_schema_of(query))
    return [
        {
            "in": "query",
            "name": name,
            "required": name in schema.get("required", ()),
            **({"description": shown.pop("description")} if "description" in shown else {}),
            "schema": shown,
        }
        for name, shown in schema["properties"].items()
    ]


class _OpenApiSchema(GenerateJsonSchema):
    """Says null as one of the types, and nothing of titles and of what is None where it is left out."""

    @override
    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        inner = self.generate_inner(schema["schema"])
        return {**inner, "type": [inner["type"], "null"]} if "type" in inner else {"anyOf": [inner, {"type": "null"}]}

    @override
    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        # A factory makes what is empty.
        has_default = schema.get("default") is not None
        return super().default_schema(schema) if has_default else self.generate_inner(schema["schema"])

    @override
    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        return {"additionalProperties": False, **super().typed_dict_schema(schema)}

    @override
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _schema_of(shape: type) -> dict[str, Any]:
    """The schema of the shape, for the caller to change."""
    return deepcopy(_generated(shape))


@cache
def _generated(shape: type) -> dict[str, Any]:
    """Kept, because several operations have the same shape, and to generate it costs forty times a copy."""
    return TypeAdapter(shape).json_schema(ref_template=_PLACE + "{model}", schema_generator=_OpenApiSchema)


def _either(schemas: Mapping[str, Any], name: str, alternatives: Sequence[str]) -> dict[str, dict[str, Any]]:
    """One whole schema for each alternative: what only some clients understand, such as `not`, leads others astray."""
    whole = schemas[name]
    found = {name: {"description": whole["description"], "oneOf": []}}
    for chosen in alternatives:
        others = {member for member in alternatives if member != chosen}
        members = {member: schema for member, schema in whole["properties"].items() if member not in others}
        said = f"With `{chosen}`: {whole['description']}"
        required = sorted([*whole["required"], chosen])
        found[_name_with(name, chosen)] = {**whole, "description": said, "properties": members, "required": required}
        found[name]["oneOf"].append({"$ref": _PLACE + _name_with(name, chosen)})
    return found


def _name_with(name: str, member: str) -> str:
    return f"{name}With{member[0].upper()}{member[1:]}"


def _example_in(schemas: Mapping[str, Any], name: str) -> dict[str, object]:
    shown = {member: _value_in(schemas, schema) for member, schema in schemas[name]["properties"].items()}
    return {member: value for member, value in shown.items() if value is not None}


def _value_in(schemas: Mapping[str, Any], schema: Mapping[str, Any]) -> object:
    """An example of that schema, or None if it shows none."""
    if "$ref" in schema:
        return _example_in(schemas, schema["$ref"].removeprefix(_PLACE))
    if "oneOf" in schema:
        return _value_in(schemas, schema["oneOf"][0])
    if "items" in schema and "example" not in schema:
        return [_value_in(schemas, schema["items"])]
    return schema.get("example")


def _tidied(node: Any) -> Any:
    """The same without titles, its references by component name, and what is required in one order."""
    if isinstance(node, list):
        return [_tidied(each) for each in node]
    if not isinstance(node, dict):
        return node
    if COMPONENT in node:
        return {"$ref": _PLACE + node[COMPONENT]}
    kept = {key: _tidied(each) for key, each in node.items() if key != "title" or not isinstance(each, str)}
    if isinstance(kept.get("$ref"), str):
        kept["$ref"] = component_name(kept["$ref"])
    if isinstance(kept.get("required"), list):
        kept["required"].sort()
    return kept
