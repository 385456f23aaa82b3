"""The published JSON Schema of the actions (draft 2020-12)."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from gateway.actions.contract import Action, ActionAnswer, SlotsAnswer, SlotsRequested
from gateway.actions.model import VERSION

SCHEMA_ID = f"urn:practice-gateway:actions:v{VERSION}"


class _PlainJsonSchema(GenerateJsonSchema):
    """What code is generated from well: what may be left out is never null, and no field has a title of its own."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        inner = schema["schema"]
        if schema.get("default", ...) is None and inner["type"] == "nullable":
            return self.generate_inner(inner["schema"])
        return super().default_schema(schema)


def published_schema() -> dict[str, Any]:
    """Return the schema: an action or a question, as the gateway sends it, at the top; every part under ``$defs``.

    ``SlotsAnswer`` and ``ActionAnswer`` among them are what the application sends back.
    """
    parts: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        ("action", "validation", TypeAdapter(Action)),
        ("question", "validation", TypeAdapter(SlotsRequested)),
        ("slots", "validation", TypeAdapter(SlotsAnswer)),
        ("answer", "validation", TypeAdapter(ActionAnswer)),
    ]
    schemas, shared = TypeAdapter.json_schemas(parts, schema_generator=_PlainJsonSchema)
    definitions: dict[str, JsonSchemaValue] = shared["$defs"]
    definitions["Action"] = {"description": "An action, told apart by its type.", **schemas["action", "validation"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "GatewayRequest",
        "description": "The body of a request from the gateway to the practice's application.",
        "oneOf": [{"$ref": "#/$defs/Action"}, {"$ref": "#/$defs/SlotsRequested"}],
        "$defs": dict(sorted(definitions.items())),
    }


def schema_text() -> str:
    """Return the schema as the text that is published."""
    return json.dumps(published_schema(), ensure_ascii=False, indent=2).replace("``", "`") + "\n"
