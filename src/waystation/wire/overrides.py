"""What the operator changes of the requests to an upstream: headers, members of the body, the path."""

from typing import Literal

import msgspec

from waystation.wire.dialect import Dialect

Action = Literal["set", "default", "drop", "rename"]
Scalar = bool | int | float | str


class When(msgspec.Struct, frozen=True, kw_only=True):
    """All that is said must be so; nothing said is always so.

    `models`: patterns with `*` of the model's name at the upstream, one of which must fit. `has`, `lacks`: members of
    the body; null counts as absent. `equals`: members, each with the values of which it must have one.
    """

    models: tuple[str, ...] = ()
    stream: bool | None = None
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    equals: tuple[tuple[str, tuple[Scalar, ...]], ...] = ()


ALWAYS = When()


class BodyRule(msgspec.Struct, frozen=True, kw_only=True):
    """`member` and `to` are paths, as `dialects.draft.path_of` reads them. `value`: the JSON to set."""

    action: Action
    member: str
    value: str = ""
    to: str = ""
    when: When = ALWAYS


class HeaderRules(msgspec.Struct, frozen=True, kw_only=True):
    """Lower-case names. `passed`: those of the caller that go on to the upstream. Values of `set` may be secrets."""

    passed: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    rename: tuple[tuple[str, str], ...] = ()
    set: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"HeaderRules(passed={self.passed!r}, set={[name for name, _ in self.set]!r}, …)"


NO_HEADER_RULES = HeaderRules()


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """`prefix` goes before every path, `paths` are in place of the vendor's own, by language."""

    headers: HeaderRules = NO_HEADER_RULES
    body: tuple[BodyRule, ...] = ()
    prefix: str = ""
    paths: tuple[tuple[Dialect, str], ...] = ()
