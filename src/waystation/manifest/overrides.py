"""An upstream's overrides: from a file's entry, to one, and in words."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final, cast

import msgspec

from waystation.dialects.draft import Path, path_of
from waystation.manifest.mistakes import Loc, Report
from waystation.manifest.override_entries import BodyRuleEntry, HeadersEntry, OverridesEntry, PathEntry, WhenEntry
from waystation.manifest.shown import mask
from waystation.manifest.variables import escape
from waystation.routing.owned import BOUNDS, header_objection, member_objection, passing_objection
from waystation.wire.dialect import Dialect
from waystation.wire.overrides import ALWAYS, Action, BodyRule, HeaderRules, Overrides, When

_ACTIONS: Final[tuple[Action, ...]] = ("set", "default", "drop", "rename")
_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9a-z]{1,128}")  # RFC 9110, 5.6.2
_TOKENS_MAX: Final = 2**31 - 1
_SHOWN_CHARS_MAX: Final = 60


def overrides_of(
    loc: Loc, entry: OverridesEntry | None, spoken: Mapping[Dialect, str], report: Report
) -> Overrides | None:
    """`spoken`: the vendor's paths by language. Mistakes go into the report; None if nothing is to be changed."""
    if entry is None:
        return None
    loc = (*loc, "overrides")
    made = Overrides(
        headers=_headers((*loc, "headers"), entry.headers, report),
        body=tuple(_rule((*loc, "body", index), rule, report) for index, rule in enumerate(entry.body)),
        prefix=entry.path.prefix or "",
        paths=_paths((*loc, "path", "replace"), entry.path, spoken, report),
    )
    return None if made == Overrides() else made


def _headers(loc: Loc, entry: HeadersEntry, report: Report) -> HeaderRules:
    found = HeaderRules(
        passed=tuple(dict.fromkeys(name.lower() for name in entry.passed)),
        drop=tuple(dict.fromkeys(name.lower() for name in entry.drop)),
        rename=tuple((name.lower(), to.lower()) for name, to in entry.rename.items()),
        set=tuple((name.lower(), value) for name, value in entry.set.items()),
    )
    for index, name in enumerate(entry.passed):
        _check_header((*loc, "pass", index), name, passing_objection(name.lower()), report)
    for index, name in enumerate(entry.drop):
        _check_header((*loc, "drop", index), name, header_objection(name.lower()), report)
    for name, to in entry.rename.items():
        for one in (name, to):
            _check_header((*loc, "rename", name), one, header_objection(one.lower()), report)
    for name in entry.set:
        _check_header((*loc, "set", name), name, header_objection(name.lower()), report)
    for what, pairs in (("rename", found.rename), ("set", found.set)):
        if len(dict(pairs)) != len(pairs):
            report.add((*loc, what), "a header is named twice: capital letters make no difference")
    return found


def _check_header(loc: Loc, name: str, objection: str | None, report: Report) -> None:
    if _NAME.fullmatch(name.lower()) is None:
        report.add(loc, f"{mask(name)[:_SHOWN_CHARS_MAX]!r} can't be a header's name")
    elif objection is not None:
        report.add(loc, f"the header {name!r} can't be overridden: {objection}")


def _rule(loc: Loc, entry: BodyRuleEntry, report: Report) -> BodyRule:
    said: dict[Action, str] = {action: member for action in _ACTIONS if (member := getattr(entry, action)) is not None}
    if len(said) != 1:
        report.add(loc, f"expected one of {', '.join(_ACTIONS)}, got {' and '.join(said) or 'none'}")
        return BodyRule(action="drop", member="x")
    ((action, member),) = said.items()
    value = entry.to
    if (value is not None) != (action != "drop"):
        told = "nothing: it is dropped" if action == "drop" else "what it becomes"
        report.add((*loc, "to") if value is not None else loc, f"expected `to` to say {told}")
    rule = BodyRule(action=action, member=member, value=value or "", when=_when((*loc, "when"), entry.when, report))
    if action == "rename":
        return _renamed(loc, rule, report)
    if action == "drop":
        rule = msgspec.structs.replace(rule, value="")
    _check_member((*loc, action), path_of(member), report)
    if value is not None and path_of(member) in BOUNDS and not _is_count(value):
        report.add((*loc, "to"), f"expected a whole number from 1 to {_TOKENS_MAX}: calls are held for it")
    return rule


def _renamed(loc: Loc, rule: BodyRule, report: Report) -> BodyRule:
    try:
        to = msgspec.json.decode(rule.value or "null", type=str)
        there = path_of(to)
    except (msgspec.MsgspecError, ValueError):
        report.add((*loc, "to"), "expected a member of the body: its new name")
        return msgspec.structs.replace(rule, value="")
    here = path_of(rule.member)
    _check_member((*loc, "rename"), here, report)
    _check_member((*loc, "to"), there, report)
    if here[: len(there)] == there or there[: len(here)] == here:
        report.add((*loc, "to"), "one is inside of the other, or they are the same")
    if there in BOUNDS and here not in BOUNDS:
        report.add((*loc, "to"), f"calls are held for {to!r}: only another bound on the output can become it")
    return msgspec.structs.replace(rule, value="", to=to)


def _check_member(loc: Loc, path: Path, report: Report) -> None:
    objection = member_objection(path)
    if objection is not None:
        report.add(loc, f"the member {'.'.join(path)!r} can't be overridden: {objection}")


def _is_count(value: str) -> bool:
    return value.isdecimal() and 1 <= int(value) <= _TOKENS_MAX


def _when(loc: Loc, entry: WhenEntry | None, report: Report) -> When:
    if entry is None:
        return ALWAYS
    for member in entry.equals:
        try:
            path_of(member)
        except ValueError as error:
            report.add((*loc, "equals", member), f"no member of a body: {error}")
    return When(
        models=tuple(entry.model),
        stream=entry.stream,
        has=tuple(entry.has),
        lacks=tuple(entry.lacks),
        equals=tuple(entry.equals.items()),
    )


def _paths(
    loc: Loc, entry: PathEntry, spoken: Mapping[Dialect, str], report: Report
) -> tuple[tuple[Dialect, str], ...]:
    for dialect, path in entry.replace.items():
        if spoken and dialect not in spoken:
            report.add((*loc, dialect), f"expected a language of this vendor: {', '.join(spoken)}")
        elif (left := re.sub(r"\{(?:model|verb)\}", "", path)) and ("{" in left or "}" in left):
            report.add((*loc, dialect), "expected no braces but those of {model} and {verb}")
        elif "{verb}" in path and "{verb}" not in spoken.get(cast("Dialect", dialect), ""):
            report.add((*loc, dialect), "{verb} is known in Gemini's language only")
    return cast("tuple[tuple[Dialect, str], ...]", tuple(entry.replace.items()))


def overrides_text(overrides: Overrides | None) -> dict[str, str]:
    """In words, for plans: values of headers by their fingerprint."""
    if overrides is None:
        return {}
    headers = overrides.headers
    found = {
        "overrides.headers.pass": ", ".join(headers.passed),
        "overrides.headers.drop": ", ".join(headers.drop),
        "overrides.headers.rename": ", ".join(f"{name} to {to}" for name, to in headers.rename),
        "overrides.headers.set": ", ".join(f"{name} (sha256 {_fingerprint(value)})" for name, value in headers.set),
        "overrides.path.prefix": overrides.prefix,
        **{f"overrides.path.replace.{dialect}": path for dialect, path in overrides.paths},
        "overrides.body": "; ".join(map(_rule_text, overrides.body)),
    }
    return {name: text for name, text in found.items() if text}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _fingerprint(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:8]


def _rule_text(rule: BodyRule) -> str:
    value = mask(rule.value)
    shown = value if len(value) <= _SHOWN_CHARS_MAX else value[:_SHOWN_CHARS_MAX] + f"… (sha256 {_fingerprint(value)})"
    text = f"{rule.action} {rule.member}"
    if rule.action != "drop":
        text += f" to {rule.to or shown}"
    return text if rule.when == ALWAYS else f"{text} when {' and '.join(_when_texts(rule.when))}"


def _when_texts(when: When) -> list[str]:
    texts = []
    if when.models:
        texts.append(f"the model is {' or '.join(when.models)}")
    if when.stream is not None:
        texts.append("it streams" if when.stream else "it does not stream")
    texts += [f"it has {member}" for member in when.has]
    texts += [f"it lacks {member}" for member in when.lacks]
    texts += [f"{member} is {' or '.join(mask(_json(value)) for value in values)}" for member, values in when.equals]
    return texts


def overrides_fields(overrides: Overrides, hidden: Mapping[str, str]) -> dict[str, object]:
    """As a file says them. `hidden`: what stands for the value of each header that is set."""
    headers = {
        "pass": list(overrides.headers.passed),
        "drop": list(overrides.headers.drop),
        "rename": dict(overrides.headers.rename),
        "set": dict(hidden),
    }
    path = {"prefix": escape(overrides.prefix), "replace": {name: escape(path) for name, path in overrides.paths}}
    fields = {"headers": _said(headers), "body": list(map(_rule_fields, overrides.body)), "path": _said(path)}
    return _said(fields)


def _rule_fields(rule: BodyRule) -> dict[str, object]:
    fields: dict[str, object] = {rule.action: escape(rule.member)}
    if rule.action == "rename":
        fields["to"] = escape(rule.to)
    elif rule.action != "drop":
        fields["to"] = _escaped(msgspec.json.decode(rule.value))
    if rule.when != ALWAYS:
        fields["when"] = _when_fields(rule.when)
    return fields


def _when_fields(when: When) -> dict[str, object]:
    fields = _said(
        {
            "model": list(when.models),
            "has": list(map(escape, when.has)),
            "lacks": list(map(escape, when.lacks)),
            "equals": {member: _escaped(list(values)) for member, values in when.equals},
        }
    )
    return fields if when.stream is None else {**fields, "stream": when.stream}


def _said(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value}


def _escaped(value: object) -> object:
    match value:
        case str():
            return escape(value)
        case list():
            return [_escaped(one) for one in value]
        case dict():
            return {name: _escaped(one) for name, one in value.items()}
        case _:
            return value
