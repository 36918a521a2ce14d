"""`${NAME}` and `${NAME:-default}` inside a file's strings. `$${` is a `${` that is meant literally."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

_VARIABLE: Final = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-[^}]*)?\}|\$\{")


class Filled(NamedTuple):
    """`names`: the variables whose values are in `text`."""

    text: str
    names: tuple[str, ...]


def fill(text: str, environ: Mapping[str, str]) -> Filled:
    """A default stands in for a variable that is not set or empty. Values are not read for variables again.

    Raises: ValueError, naming the variable, never a value.
    """
    names = []

    def value(match: re.Match[str]) -> str:
        if match[0] == "$${":
            return "${"
        name, default = match["name"], match["default"]
        if name is None:
            raise ValueError("'${' does not begin a variable such as ${KEY_A}; write '$${' if it is meant literally")
        if environ.get(name) or (default is None and name in environ):
            names.append(name)
            return environ[name]
        if default is None:
            raise ValueError(f"the environment variable {name} is not set; set it, or write ${{{name}:-a default}}")
        return str(default[2:])

    return Filled(_VARIABLE.sub(value, text), tuple(names))


def escape(text: str) -> str:
    """The text so that `fill` gives it back as it was."""
    return text.replace("${", "$${")
