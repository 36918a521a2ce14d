"""What models are called by, where their routes lead for it, and what those can take: read and written."""

from collections.abc import Iterator

from waystation.manifest.mistakes import Loc, Report
from waystation.manifest.schema import ModelEntry
from waystation.routing.pattern import Pattern, is_template, places_of
from waystation.wire.catalogue import Modality, Model, ModelRoute

Fields = dict[str, object]


def routes_of(loc: Loc, entry: ModelEntry, report: Report) -> tuple[ModelRoute, ...]:
    routes = [
        ModelRoute(
            route.upstream,
            route.model,
            tags=tuple(dict.fromkeys(route.tags)),
            context_length=route.context_length,
            max_output_tokens=route.max_output_tokens,
            inputs=inputs_of(route.inputs),
        )
        for route in entry.routes
    ]
    places = [(route.upstream, route.model) for route in routes]
    for index, place in enumerate(places):
        if place in places[:index]:
            report.add((*loc, "routes", index), f"the same as routes[{places.index(place)}]")
        _check_template((*loc, "routes", index, "model"), place[1], entry, report)
    if entry.aliases and any(is_template(route.model) for route in routes):
        report.add(
            (*loc, "aliases"), "a route's name is made of what a pattern captures, and an alias has none of that"
        )
    return tuple(routes)


def inputs_of(inputs: list[Modality] | None) -> tuple[Modality, ...] | None:
    return None if inputs is None else tuple(dict.fromkeys(inputs))


def _check_template(loc: Loc, template: str, entry: ModelEntry, report: Report) -> None:
    places = places_of(template)
    if places and not entry.matches:
        report.add(loc, "what stands in braces comes from a pattern, and this model has no 'matches'")
        return
    for text in entry.matches:
        groups = Pattern(text).groups
        lacking = next((place for place in places if place != "name" and int(place) > groups), None)
        if lacking is not None:
            report.add(loc, f"{{{lacking}}} is more than {text!r} captures, which is {groups}")
            return


def naming_fields(model: Model) -> Fields:
    """As a file says it, beside the model's name."""
    lists = {"aliases": model.aliases, "matches": model.matches, "fallbacks": model.fallbacks}
    return {name: list(values) for name, values in lists.items() if values} | _limits(model)


def route_fields(route: ModelRoute) -> Fields:
    """As a file says it, beside the route's upstream."""
    tags: Fields = {"tags": list(route.tags)} if route.tags else {}
    bound: Fields = {} if route.max_output_tokens is None else {"max_output_tokens": route.max_output_tokens}
    return {"model": route.model, **tags, **bound, **_limits(route)}


def _limits(one: Model | ModelRoute) -> Fields:
    length: Fields = {} if one.context_length is None else {"context_length": one.context_length}
    return length if one.inputs is None else {**length, "inputs": list(one.inputs)}


def naming_text(model: Model) -> dict[str, str | None]:
    """In words, for plans."""
    return {
        "aliases": ", ".join(model.aliases) or None,
        "matches": ", ".join(model.matches) or None,
        "fallbacks": ", ".join(model.fallbacks) or None,
        "context_length": None if model.context_length is None else str(model.context_length),
        "inputs": None if model.inputs is None else ", ".join(model.inputs),
    }


def route_text(route: ModelRoute) -> str:
    more = "; ".join(_route_words(route))
    return f"{route.upstream}/{route.model}" + (f" ({more})" if more else "")


def _route_words(route: ModelRoute) -> Iterator[str]:
    if route.tags:
        yield ", ".join(route.tags)
    if route.context_length is not None:
        yield f"context {route.context_length}"
    if route.max_output_tokens is not None:
        yield f"output {route.max_output_tokens}"
    if route.inputs is not None:
        yield f"takes {', '.join(route.inputs)}"
