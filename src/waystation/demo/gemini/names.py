"""Google reads member names in camel case and in snake case, and null as nothing; the double reads camel case."""

import re
from typing import Final

# What stands below these is the caller's own.
_FREE: Final = frozenset(
    {"args", "response", "properties", "parametersJsonSchema", "responseJsonSchema", "default", "example", "labels"}
)
_SNAKE: Final = re.compile(r"_([a-z0-9])")


def camel(value: object) -> object:
    if isinstance(value, list):
        return [camel(one) for one in value]
    if not isinstance(value, dict):
        return value
    named = {
        _SNAKE.sub(lambda found: found[1].upper(), str(name)): part for name, part in value.items() if part is not None
    }
    return {name: _below(name, part) for name, part in named.items()}


def _below(name: str, part: object) -> object:
    if name == "properties" and isinstance(part, dict):
        return {key: camel(schema) for key, schema in part.items()}
    return part if name in _FREE else camel(part)
