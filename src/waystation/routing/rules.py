"""The overrides of an upstream as its routes apply them: compiled once for each, not for each call."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from waystation.dialects.draft import Draft, Path, path_of
from waystation.routing.owned import BOUNDS
from waystation.routing.pattern import glob
from waystation.wire.catalogue import Upstream
from waystation.wire.dialect import Dialect
from waystation.wire.headers import Headers
from waystation.wire.overrides import BodyRule, HeaderRules, When

_Scalar = tuple[bool, object]  # whether it is a boolean, since True is 1


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What overrides may add to a call: the least that it is held for in output, and bytes of its input."""

    output_tokens: int
    input_bytes: int


@dataclass(frozen=True, slots=True)
class Condition:
    has: tuple[Path, ...]
    lacks: tuple[Path, ...]
    equals: tuple[tuple[Path, frozenset[_Scalar]], ...]

    def holds(self, draft: Draft) -> bool:
        return (
            all(map(draft.has, self.has))
            and not any(map(draft.has, self.lacks))
            and all(_scalar(draft.scalar(path)) in values for path, values in self.equals)
        )


@dataclass(frozen=True, slots=True)
class Edit:
    """A rule of a body. `stream`: only of calls that do, or do not, stream."""

    rule: BodyRule
    path: Path
    value: bytes
    to: Path
    stream: bool | None
    condition: Condition | None

    def make(self, draft: Draft) -> None:
        """One that finds no way to its member, or nothing there to rename, changes nothing."""
        if self.condition is not None and not self.condition.holds(draft):
            return
        match self.rule.action:
            case "set":
                draft.put(self.path, self.value)
            case "default":
                if not draft.has(self.path):
                    draft.put(self.path, self.value)
            case "drop":
                draft.drop(self.path)
            case _:
                draft.move(self.path, self.to)


@dataclass(frozen=True, slots=True)
class HeaderEdits:
    """In this order: the caller's that are passed, what is dropped, renamed, and set."""

    passed: frozenset[bytes]
    dropped: tuple[bytes, ...]
    renamed: tuple[tuple[bytes, bytes], ...]
    put: dict[bytes, bytes]

    def make(self, headers: Headers, caller_s: Headers) -> Headers:
        """Names are lower case. A renamed one that finds its new name taken is dropped."""
        found = dict(headers)
        found.update((name, value) for name, value in caller_s if name in self.passed)
        for name in self.dropped:
            found.pop(name, None)
        for name, to in self.renamed:
            value = found.pop(name, None)
            if value is not None:
                found.setdefault(to, value)
        found.update(self.put)
        return tuple(found.items())


@dataclass(frozen=True, slots=True)
class Rules:
    """Of one route. `secrets`: values of headers, which nobody is shown."""

    model: str
    edits: tuple[Edit, ...]
    header_edits: HeaderEdits | None
    prefix: str
    paths: Mapping[Dialect, str]
    secrets: tuple[str, ...]
    reckoned: Reckoned | None

    def body(self, body: bytes, *, stream: bool) -> bytes:
        """Raises: BadRequest."""
        draft: Draft | None = None
        for edit in self.edits:
            if edit.stream is None or edit.stream == stream:
                draft = draft or Draft(body)
                edit.make(draft)
        return body if draft is None else draft.text()

    def headers(self, headers: Headers, caller_s: Headers = ()) -> Headers:
        return headers if self.header_edits is None else self.header_edits.make(headers, caller_s)

    def template(self, dialect: Dialect, usual: str) -> str:
        """The path in a language, for its codec to complete; `usual` is the vendor's."""
        return self.paths.get(dialect, usual)

    def path(self, path: str) -> str:
        """A completed path as it is asked for."""
        return self.prefix + path.replace("{model}", quote(self.model, safe=""))


def rules_of(upstream: Upstream, model: str, output_tokens_max: int) -> Rules | None:
    """For the route to a model of the upstream; None if nothing is to be changed there.

    `output_tokens_max` is the bound that the public model has: what a call is held for that loses its own.
    """
    overrides = upstream.overrides
    if overrides is None:
        return None
    edits = tuple(_edit(rule) for rule in overrides.body if _fits(rule.when, model))
    header_edits = _header_edits(overrides.headers)
    if not edits and header_edits is None and not overrides.prefix and not overrides.paths:
        return None
    return Rules(
        model=model,
        edits=edits,
        header_edits=header_edits,
        prefix=overrides.prefix,
        paths=dict(overrides.paths),
        secrets=tuple(value for _, value in overrides.headers.set),
        reckoned=_reckoned(edits, output_tokens_max),
    )


def reckon(all_rules: list[Rules | None]) -> Reckoned | None:
    """What any of a model's routes may add: a call is held before it is known which one serves it."""
    found = [rules.reckoned for rules in all_rules if rules is not None and rules.reckoned is not None]
    if not found:
        return None
    return Reckoned(max(one.output_tokens for one in found), max(one.input_bytes for one in found))


def passed_names(upstreams: tuple[Upstream, ...]) -> tuple[bytes, ...] | None:
    """The callers' headers that any upstream is to see; None if there are none, as usual."""
    overrides = (upstream.overrides for upstream in upstreams)
    names = {name.encode() for one in overrides if one is not None for name in one.headers.passed}
    return tuple(sorted(names)) or None


def _fits(when: When, model: str) -> bool:
    return not when.models or any(glob(pattern).fullmatch(model) for pattern in when.models)


def _edit(rule: BodyRule) -> Edit:
    when, condition = rule.when, None
    if when.has or when.lacks or when.equals:
        equals = tuple((path_of(member), frozenset(map(_scalar, values))) for member, values in when.equals)
        condition = Condition(tuple(map(path_of, when.has)), tuple(map(path_of, when.lacks)), equals)
    to = path_of(rule.to) if rule.action == "rename" else ()
    return Edit(rule, path_of(rule.member), rule.value.encode(), to, when.stream, condition)


def _scalar(value: object) -> _Scalar:
    return isinstance(value, bool), value


def _header_edits(rules: HeaderRules) -> HeaderEdits | None:
    if not (rules.passed or rules.drop or rules.rename or rules.set):
        return None
    return HeaderEdits(
        frozenset(name.encode() for name in rules.passed),
        tuple(name.encode() for name in rules.drop),
        tuple((name.encode(), to.encode()) for name, to in rules.rename),
        {name.encode(): value.encode() for name, value in rules.set},
    )


def _reckoned(edits: tuple[Edit, ...], output_tokens_max: int) -> Reckoned | None:
    """Conditions are taken to hold: too much held comes back, too little does not."""
    output_tokens = max((_bound(edit, output_tokens_max) for edit in edits), default=0)
    input_bytes = sum(len(edit.value) for edit in edits)
    return Reckoned(output_tokens, input_bytes) if output_tokens or input_bytes else None


def _bound(edit: Edit, output_tokens_max: int) -> int:
    """What the output may come to by a rule; 0: what it may anyway."""
    if edit.path not in BOUNDS or edit.to in BOUNDS:
        return 0
    return int(edit.value) if edit.value else output_tokens_max
