"""Patterns of models' names, and the names that routes make of what a pattern has captured."""

import re
from typing import Final

from waystation.routing.regex import Regex

REGEX: Final = "regex:"
NAME_MAX: Final = 128
# What may be called by a pattern. It goes on to vendors, in Gemini's language as a part of the path.
_NAME: Final = re.compile(rf"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._:/@+-]{{0,{NAME_MAX - 1}}}")
_PLACE: Final = re.compile(r"\{(name|[1-9])\}")


class Pattern:
    """`gpt-*`, where each * stands for any characters or none, or `regex:` and a regular expression.

    `groups`: how many parts it captures, one for each * or group. Raises: ValueError, with what is wrong in words.
    """

    __slots__ = ("_match", "groups", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        if text.startswith(REGEX):
            regex = Regex(text.removeprefix(REGEX))
            self.groups = regex.groups
            self._match = regex.match
            return
        compiled = glob(text)
        self.groups = compiled.groups

        def match(name: str) -> tuple[str, ...] | None:
            found = compiled.fullmatch(name)
            return None if found is None else found.groups()

        self._match = match

    def match(self, name: str) -> tuple[str, ...] | None:
        """What it captures of a name, None if that is another one, or can't be a model's."""
        return self._match(name) if _NAME.fullmatch(name) else None


def glob(text: str) -> re.Pattern[str]:
    """Takes time in proportion to the lengths: the first place where a part fits is as good as any later one."""
    first, *rest = map(re.escape, text.split("*"))
    if not rest:
        return re.compile(first)
    middle = "".join(f"(?>(.*?){part})" for part in rest[:-1])
    return re.compile(f"{first}{middle}(.*){rest[-1]}", re.DOTALL)


def is_template(model: str) -> bool:
    return "{" in model


def places_of(template: str) -> tuple[str, ...]:
    """Of what is put into it: "name" (all that was asked) or the number of a part. Raises: ValueError."""
    if not set("{}").isdisjoint(_PLACE.sub("", template)):
        raise ValueError("what stands in braces is name, or the number of a captured part, from 1 to 9")
    return tuple(_PLACE.findall(template))


def filled(template: str, name: str, parts: tuple[str, ...]) -> str | None:
    """None if that can't be a model's name."""
    made = _PLACE.sub(lambda place: name if place[1] == "name" else parts[int(place[1]) - 1], template)
    return made if _NAME.fullmatch(made) else None
