"""What the names of several models come to together."""

from collections.abc import Mapping

from waystation.manifest.document import Document
from waystation.manifest.mistakes import Loc, Report
from waystation.manifest.outcome import Outcome
from waystation.manifest.schema import ModelEntry
from waystation.routing.pattern import Pattern


def check_names(document: Document, result: Outcome, report: Report) -> None:
    """A name is one model's; fallbacks are there. Mistakes go into the report."""
    owners: dict[str, str] = {}
    for model in result.models.values():
        for alias in model.aliases:
            owners.setdefault(alias, model.name)
    for at in document.models:
        for index, alias in enumerate(at.entry.aliases):
            loc: Loc = (*at.loc, "aliases", index)
            if alias in result.models:
                report.add(loc, f"{alias!r} is the name of a model")
            elif owners[alias] != at.entry.name:
                report.add(loc, f"{alias!r} is an alias of {owners[alias]!r} already")
        _check_fallbacks(at.loc, at.entry, result, owners, report)


def _check_fallbacks(loc: Loc, entry: ModelEntry, result: Outcome, owners: Mapping[str, str], report: Report) -> None:
    patterns = [Pattern(text) for model in result.models.values() for text in model.matches]
    for index, name in enumerate(entry.fallbacks):
        if name == entry.name or owners.get(name) == entry.name:
            report.add((*loc, "fallbacks", index), "is the model itself")
        elif (
            name not in result.models
            and name not in owners
            and ("models", name) not in result.faulty
            and not any(pattern.match(name) for pattern in patterns)
        ):
            known = ", ".join(sorted(result.models)) or "none"
            report.add((*loc, "fallbacks", index), f"there is no model {name!r}; there are: {known}")
