"""A file's entries, each checked by itself, so that a mistake in one hides none in the others."""

import difflib
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from waystation.manifest.entry import Entry
from waystation.manifest.mistakes import Loc, Report
from waystation.manifest.price_entries import BookedPriceEntry, ExchangeRateEntry, MultiplierEntry
from waystation.manifest.schema import ModelEntry, OrganizationEntry, RetentionEntry, UpstreamEntry
from waystation.manifest.shown import got, mask
from waystation.manifest.source import Source

_SECTIONS: Final[dict[str, type[Entry]]] = {
    "upstreams": UpstreamEntry,
    "models": ModelEntry,
    "organizations": OrganizationEntry,
    "prices": BookedPriceEntry,
    "multipliers": MultiplierEntry,
    "exchange_rates": ExchangeRateEntry,
    "retention": RetentionEntry,
}

E = TypeVar("E", bound=Entry)


class At(NamedTuple, Generic[E]):
    """An entry and where it stands."""

    loc: Loc
    entry: E


@dataclass(frozen=True, slots=True)
class Document:
    """The entries without a mistake of their own. `faulty`: section and name of the others, for who refers to them."""

    upstreams: tuple[At[UpstreamEntry], ...]
    models: tuple[At[ModelEntry], ...]
    organizations: tuple[At[OrganizationEntry], ...]
    faulty: frozenset[tuple[str, str]]
    prices: tuple[At[BookedPriceEntry], ...] = ()
    multipliers: tuple[At[MultiplierEntry], ...] = ()
    exchange_rates: tuple[At[ExchangeRateEntry], ...] = ()
    retention: tuple[At[RetentionEntry], ...] = ()


def read_document(source: Source) -> Document:
    """Mistakes go into the source's report."""
    sections = _sections(source)
    faulty: set[tuple[str, str]] = set()

    def entries(section: str, form: type[E]) -> tuple[At[E], ...]:
        found = []
        for index, value in enumerate(sections.get(section, [])):
            loc: Loc = (section, index)
            try:
                found.append(At(loc, form.model_validate(value)))
            except ValidationError as error:
                explain(error, form, loc, source.report)
                if isinstance(value, dict) and isinstance(value.get("name"), str):
                    faulty.add((section, value["name"]))
        return tuple(found)

    return Document(
        upstreams=entries("upstreams", UpstreamEntry),
        models=entries("models", ModelEntry),
        organizations=entries("organizations", OrganizationEntry),
        prices=entries("prices", BookedPriceEntry),
        multipliers=entries("multipliers", MultiplierEntry),
        exchange_rates=entries("exchange_rates", ExchangeRateEntry),
        retention=entries("retention", RetentionEntry),
        faulty=frozenset(faulty),
    )


def explain(error: ValidationError, form: type[BaseModel], loc: Loc, report: Report) -> None:
    """Tell each of pydantic's findings, unless its place has been told of already."""
    for detail in error.errors(include_url=False):
        where: Loc = (*loc, *detail["loc"])
        if not report.told(where):
            _tell(detail, form, where, report)


def _tell(detail: ErrorDetails, form: type[BaseModel], loc: Loc, report: Report) -> None:
    context: dict[str, Any] = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            report.add_key(loc, _no_such_field(str(loc[-1]), _fields(form, detail["loc"][:-1])))
        case "missing":
            report.add(loc, f"missing: expected the field {str(loc[-1])!r}")
        case "unexpected":
            found = got(detail["input"], secret=context["secret"], origin=report.origin(loc))
            why = f": {context['why']}" if context["why"] and isinstance(detail["input"], str) else ""
            report.add(loc, f"expected {context['expected']}, got {found}{why}")
        case "too_short":
            report.add(loc, "expected at least one, got an empty list")
        case "too_long":
            report.add(loc, f"expected at most {context['max_length']}, got {context['actual_length']}")
        case kind:
            expected = "a list" if kind == "list_type" else "a mapping of fields"
            report.add(loc, f"expected {expected}, got {got(detail['input'], secret=True)}")


def _sections(source: Source) -> dict[str, list[object]]:
    report = source.report
    if not isinstance(source.data, dict):
        report.add((), f"expected {', '.join(_SECTIONS)}, got {got(source.data, secret=True)}")
        return {}
    sections: dict[str, list[object]] = {}
    for name, value in source.data.items():
        if name not in _SECTIONS:
            report.add_key((name,), _no_such_field(name, list(_SECTIONS)))
        elif isinstance(value, list):
            sections[name] = value
        elif not report.told((name,)):
            report.add((name,), f"expected a list, got {got(value, secret=True)}")
    return sections


def _no_such_field(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"there is no field {mask(name)!r}; " + (
        f"did you mean {near[0]!r}?" if near else f"expected {', '.join(known)}"
    )


def _fields(form: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The fields of the form that `loc` leads to."""
    for part in loc:
        if isinstance(part, str):
            (form,) = _forms(form.model_fields[part].annotation)
    return [field.alias or name for name, field in form.model_fields.items()]


def _forms(annotation: object) -> list[type[BaseModel]]:
    """The forms inside `X`, `X | None` or `list[X]`: one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [form for inner in get_args(annotation) for form in _forms(inner)]
