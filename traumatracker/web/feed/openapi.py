"""The OpenAPI description of the live feed, made from the published schema and the answers there are."""

from copy import deepcopy
from functools import cache
from typing import Any

from traumatracker import __version__
from traumatracker.sources.feed.body import MANY, MESSAGES, ONE
from traumatracker.sources.feed.shape import schema
from traumatracker.web.feed.problems import PROBLEMS

VERDICTS = ("accepted", "duplicate", "superseded", "conflict", "quarantined")
_JSON = "application/json"
_LINES = {
    "type": "string",
    "pattern": r"\S",
    "description": f"Up to {MESSAGES} messages, one on each line; blank lines between them count for nothing.",
}
_TITLES = {
    400: "Not a message at all", 401: "No valid token", 403: "Not for this installation", 413: "Too large",
    415: "Neither JSON nor NDJSON", 429: "Too fast", 503: "Could not be stored",
}  # fmt: skip


@cache
def description() -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of every address of the feed."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Traumatracker live feed",
            "version": __version__,
            "description": "Each message is answered once it is on the disk; sending one again is always safe.",
        },
        "paths": {
            "/feed/v1/messages": {"post": _post()},
            "/feed/v1/schema.json": {"get": _get("message_schema", "application/schema+json")},
            "/feed/v1/openapi.json": {"get": _get("openapi", _JSON)},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**_message(), "Verdicts": _verdicts(), "Problem": _problem()},
        },
    }


def _post() -> dict[str, Any]:
    return {
        "operationId": "send_messages",
        "summary": "Send one message, or many, one on each line",
        "security": [{"token": []}],
        "requestBody": {
            "required": True,
            "content": {
                ONE: {"schema": _ref("Message")},
                MANY: {"schema": _LINES},
            },
        },
        "responses": {
            "200": _answer("The verdict on every message, in their order", "Verdicts"),
            **{str(status): _answer(title, "Problem") for status, title in _TITLES.items()},
        },
    }


def _get(name: str, media_type: str) -> dict[str, Any]:
    content = {media_type: {"schema": {"type": "object"}}}
    return {"operationId": name, "responses": {"200": {"description": "This description", "content": content}}}


def _answer(title: str, name: str) -> dict[str, Any]:
    return {"description": title, "content": {_JSON: {"schema": _ref(name)}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _message() -> dict[str, Any]:
    """Return the message and its parts as components, each pointing at the others here."""
    message = deepcopy(schema())
    parts = {_component(name): part for name, part in message.pop("$defs").items()}
    for name in ("$schema", "$id"):
        message.pop(name)
    return _pointing({"Message": message, **parts})


def _pointing(value: Any) -> Any:
    if isinstance(value, list):
        return [_pointing(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: f"#/components/schemas/{_component(each.rpartition('/')[2])}" if name == "$ref" else _pointing(each)
        for name, each in value.items()
    }


def _component(name: str) -> str:
    return f"Message{name.capitalize()}"


def _verdicts() -> dict[str, Any]:
    one = {
        "type": "object",
        "required": ["line", "verdict"],
        "additionalProperties": False,
        "properties": {
            "line": {"type": "integer", "minimum": 1},
            "verdict": {"enum": list(VERDICTS)},
            "reason": {"type": "string"},
            "place": {"type": "string", "description": "A JSON Pointer into the message"},
            "what_to_do": {"type": "string"},
        },
    }
    return {
        "type": "object",
        "required": ["messages", "counts", "verdicts"],
        "additionalProperties": False,
        "properties": {
            "messages": {"type": "integer", "minimum": 1, "maximum": MESSAGES},
            "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
            "verdicts": {"type": "array", "minItems": 1, "items": one},
        },
    }


def _problem() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["error", "what_to_do"],
        "additionalProperties": False,
        "properties": {"error": {"enum": sorted(PROBLEMS)}, "what_to_do": {"type": "string"}},
    }
