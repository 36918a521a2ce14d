"""What an upstream offers beside what routes use of it, and the entries that would serve the rest: to be looked at."""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from waystation.manifest.export import dump, model_fields
from waystation.manifest.facets import time_text
from waystation.manifest.fields import MODEL
from waystation.routing.pattern import Pattern, is_template
from waystation.vendors.model_list import Offered
from waystation.wire.catalogue import Catalogue, Model

_MASKED: Final = re.compile(r"[^ -~]")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A model of the upstream. `public`: the models that have a route to it."""

    model: str
    offered: bool
    public: tuple[str, ...] = ()
    output_tokens: int | None = None


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """By the model's name at the upstream."""

    upstream: str
    models: tuple[Line, ...]

    @property
    def unused(self) -> tuple[Line, ...]:
        return tuple(line for line in self.models if not line.public)

    @property
    def missing(self) -> tuple[Line, ...]:
        """Those that routes use although the upstream does not list them."""
        return tuple(line for line in self.models if not line.offered)


def compare(catalogue: Catalogue, upstream: str, offered: tuple[Offered, ...]) -> Comparison:
    known = {one.name: one for one in offered}
    routed: dict[str, list[str]] = {}
    for model in catalogue.models:
        for route in model.routes:
            for name in _reached(model, route.model, known) if route.upstream == upstream else ():
                routed.setdefault(name, []).append(model.name)
    lines = (
        Line(
            model=name,
            offered=name in known,
            public=tuple(dict.fromkeys(routed.get(name, ()))),
            output_tokens=known[name].output_tokens if name in known else None,
        )
        for name in sorted(known.keys() | routed.keys())
    )
    return Comparison(upstream=upstream, models=tuple(lines))


def _reached(model: Model, template: str, offered: Iterable[str]) -> Iterable[str]:
    """The upstream's models that a route leads to, as far as it leaves names as they are."""
    if not is_template(template):
        return (template,)
    patterns = [Pattern(text) for text in model.matches] if template == "{name}" else []
    return (name for name in offered if any(pattern.match(name) for pattern in patterns))


def propose(catalogue: Catalogue, compared: Comparison, at: float) -> str | None:
    """A file with an entry for each that is not used, as `apply` takes it once prices are in it; None: all are used.

    A public model of the same name keeps its routes and gets one more.
    """
    entries = [_entry(catalogue, compared.upstream, line) for line in compared.unused if MODEL.fullmatch(line.model)]
    if not entries:
        return None
    odd = [line.model for line in compared.unused if not MODEL.fullmatch(line.model)]
    return "".join(f"# {line}\n" for line in _preface(compared.upstream, odd, at)) + dump({"models": entries})


def _entry(catalogue: Catalogue, upstream: str, line: Line) -> dict[str, object]:
    route = {"upstream": upstream.replace("${", "$${"), "model": line.model}
    known = next((model for model in catalogue.models if model.name == line.model), None)
    if known is not None:
        fields = model_fields(known)
        routes = fields["routes"]
        assert isinstance(routes, list)
        return fields | {"routes": [*routes, route]}
    bound = {} if line.output_tokens is None else {"max_output_tokens": line.output_tokens}
    return {"name": line.model, "routes": [route], **bound}


def _preface(upstream: str, odd: list[str], at: float) -> list[str]:
    lines = [
        f"What the upstream {_MASKED.sub('?', upstream)} offers and no route uses, as of {time_text(int(at))}.",
        "Nothing of it is in force. Take out what is not to be served, give each new model a price (or free: true),",
        "and apply it; without --prune, so that everything else stays.",
    ]
    if odd:
        names = ", ".join(_MASKED.sub("?", name) for name in odd)
        lines.append(f"Left out, since a model can't be called so here: {names}")
    return lines
