"""From the name that a caller asks for to a public model: its own name, an alias, or what a pattern of it matches."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from waystation.routing.pattern import Pattern, filled, is_template
from waystation.routing.route import Route, Served
from waystation.routing.rules import reckon, rules_of
from waystation.wire.wish import SUFFIXES, Sort

# Claude Code offers its user only models whose names begin so (code.claude.com/docs, llm-gateway-protocol, 2026-11).
ALIAS: Final = "anthropic/"


class Named(NamedTuple):
    """What a name stands for. `sort`: what its suffix wishes. `made`: its routes were made for this very name."""

    served: Served
    sort: Sort | None = None
    made: bool = False


class Names:
    """Of one board. Nothing is kept of what was asked: names are whatever callers write."""

    __slots__ = ("_known", "_patterns")

    def __init__(self, served: Mapping[str, Served]) -> None:
        plain = [one for one in served.values() if is_callable(one)]
        self._known: dict[str, Served] = {alias: one for one in plain for alias in one.model.aliases}
        self._known |= {one.model.name: one for one in plain}
        self._patterns = tuple((Pattern(text), one) for one in served.values() for text in one.model.matches)

    def find(self, name: str) -> Named | None:
        """Own names first, then aliases, then patterns in the order in which the models and they were written."""
        known = self._known.get(name) or self._known.get(name.removeprefix(ALIAS))
        if known is not None:
            return Named(known)
        suffix = next((suffix for suffix in SUFFIXES if name.endswith(suffix)), None)
        if suffix is None:
            return self._match(name)
        found = self.find(name.removesuffix(suffix))
        return None if found is None else Named(found.served, SUFFIXES[suffix], found.made)

    def _match(self, name: str) -> Named | None:
        for pattern, served in self._patterns:
            parts = pattern.match(name)
            if parts is not None:
                return _made(served, name, parts)
        return None


def is_callable(served: Served) -> bool:
    """By its own name and its aliases: not if a route needs what a pattern captures."""
    return not any(is_template(route.model) for tier in served.tiers for route in tier)


def _made(served: Served, name: str, parts: tuple[str, ...]) -> Named | None:
    """With the names that its routes have for this one. What is known of a route is so for all names of its pattern."""
    if is_callable(served):
        return Named(served)
    tiers = []
    for tier in served.tiers:
        routes = [made for route in tier if (made := _route(served, route, name, parts)) is not None]
        if routes:
            tiers.append(tuple(routes))
    if not tiers:
        return None
    rules = [route.rules for tier in tiers for route in tier]
    return Named(replace(served, tiers=tuple(tiers), reckoned=reckon(rules)), made=True)


def _route(served: Served, route: Route, name: str, parts: tuple[str, ...]) -> Route | None:
    if not is_template(route.model):
        return route
    model = filled(route.model, name, parts)
    if model is None:
        return None
    return replace(route, model=model, made=True, rules=rules_of(route.upstream, model, served.model.max_output_tokens))
