"""The OpenAPI schemas of shapes, from msgspec, and examples composed of those of their fields."""

from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

REF = "#/components/schemas/"
Schema = dict[str, Any]


class ShapeExtension(OpenApiSerializerExtension):
    """Describes a msgspec struct and the structs in it."""

    target_class = msgspec.Struct
    match_subclasses = True

    def get_name(self, auto_schema: AutoSchema, direction: str) -> str:  # noqa: ARG002 (drf-spectacular's signature)
        """Return the name of the struct."""
        return str(self.target.__name__)

    def get_identity(self, auto_schema: AutoSchema, direction: str) -> str:  # noqa: ARG002
        """Return the name of the struct, as msgspec refers to nested structs by name."""
        return str(self.target.__name__)

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Schema:  # noqa: ARG002
        """Register the schemas of the struct and of the structs in it; return the struct's."""
        schemas = components_of(self.target)
        for name, schema in schemas.items():
            auto_schema.registry.register_on_missing(
                ResolvedComponent(name, ResolvedComponent.SCHEMA, schema=schema, object=name)
            )
        return schemas[self.target.__name__]


def components_of(shape: type[msgspec.Struct]) -> dict[str, Schema]:
    """Return the schemas of a shape and of all shapes in it, by name."""
    _, found = msgspec.json.schema_components([shape], ref_template=f"{REF}{{name}}")
    return {name: _as_it_is_sent(schema) for name, schema in found.items()}


def example_of_shape(shape: type[msgspec.Struct]) -> Any:
    """Return an example of the shape, composed of the examples of its required fields."""
    return _example({"$ref": f"{REF}{shape.__name__}"}, components_of(shape))


def _as_it_is_sent(schema: Schema) -> Schema:
    """Return the schema for an answer: fields with a default are required too, since only UNSET fields are left out."""
    fields = schema.get("properties", {})
    required = [*schema.get("required", ()), *(name for name, field in fields.items() if "default" in field)]
    for field in fields.values():
        field.pop("default", None)
    schema.pop("title", None)
    return schema | ({"required": sorted(required)} if required else {})


def _example(schema: Schema, components: dict[str, Schema]) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return _example(components[schema["$ref"].removeprefix(REF)], components)
    if "anyOf" in schema:
        return _example(schema["anyOf"][0], components)
    match schema.get("type"):
        case "object":
            fields = schema["properties"]
            return {name: _example(fields[name], components) for name in schema.get("required", ())}
        case "array":
            return [_example(schema["items"], components)]
    raise ValueError(f"This schema has no example: {schema}")
