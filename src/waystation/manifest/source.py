"""YAML (or JSON, which is YAML) as plain values, with the line of each, variables filled in. Everything is bounded.

The scalars are YAML 1.2's: `yes` and `2027-01-01` are strings, so nothing turns into a boolean or a date unasked.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import yaml
from yaml.composer import Composer
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from waystation.manifest.mistakes import Loc, Place, Report
from waystation.manifest.shown import mask
from waystation.manifest.variables import fill

SIZE_MAX: Final = 2 * 1024 * 1024  # some 15,000 sub-tokens
VALUES_MAX: Final = 250_000  # counted after aliases are expanded, which is where small files grow large
DEPTH_MAX: Final = 24  # the format itself is 7 deep
INSERT_MAX: Final = 64 * 1024
DIGITS_MAX: Final = 30

TAG: Final = "tag:yaml.org,2002:"
CORE: Final = {  # each with the characters that it may begin with
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+", list("-+0123456789")),
    "float": (r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
    "merge": (r"<<", ["<"]),
}


class _Broken:
    """Stands where a value could not be had; the mistake has been told."""


BROKEN: Final = _Broken()


@dataclass(frozen=True, slots=True)
class Source:
    """What a file says, and the report that knows where."""

    data: object
    report: Report


def read_source(path: Path, environ: Mapping[str, str]) -> Source:
    """Raises: Rejected when the file can't be read as YAML at all; lesser mistakes are in the report."""
    places: dict[Loc, Place] = {}
    report = Report(str(path), places)
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_MAX + 1)
    except OSError as error:
        _stop(report, 0, f"can't be read: {error.strerror}")
    if len(content) > SIZE_MAX:
        _stop(report, 0, f"larger than {SIZE_MAX} bytes")
    node = _compose(_decode(content, report), report)
    if node is None:
        _stop(report, 0, "empty: expected upstreams, models or organizations")
    return Source(_Values(path.parent, environ, report, places).of(node, (), node.start_mark.line), report)


class _Resolver(BaseResolver):
    pass


for _kind, (_form, _first) in CORE.items():
    _Resolver.add_implicit_resolver(TAG + _kind, re.compile(rf"(?:{_form})\Z"), _first)


class _Loader(Reader, Scanner, Parser, Composer, _Resolver):
    """YAML's own composer, with a bound on depth: it recurses."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        _Resolver.__init__(self)
        self._depth = 0

    def compose_node(self, parent: Node | None, index: object) -> Node | None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # not in the stubs
            raise yaml.composer.ComposerError(None, None, f"nested deeper than {DEPTH_MAX} levels", mark)
        node = super().compose_node(parent, index)  # type: ignore[arg-type]  # the stubs know only int indexes
        self._depth -= 1
        return node


def _compose(text: str, report: Report) -> Node | None:
    try:
        loader = _Loader(text)
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:  # its own text would quote the file, secrets and all
        mark = error.problem_mark or error.context_mark
        _stop(report, mark.line + 1 if mark else 0, f"not YAML: {mask(error.problem or error.context or '')}")
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        _stop(report, line, f"a character that YAML does not allow: U+{error.character:04X}")


def _decode(content: bytes, report: Report) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _stop(report, content.count(b"\n", 0, error.start) + 1, "not UTF-8 text")
    # The only JSON that YAML does not read is indented by tabs; JSON has none inside strings.
    return text.replace("\t", " ") if "\t" in text and _is_json(text) else text


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


class _Values:
    """Turns YAML's nodes into values, noting their places."""

    def __init__(self, folder: Path, environ: Mapping[str, str], report: Report, places: dict[Loc, Place]) -> None:
        self._folder = folder
        self._environ = environ
        self._report = report
        self._places = places
        self._count = 0
        self._merging = 0

    def of(self, node: Node, loc: Loc, key_line: int) -> object:
        self._count += 1
        self._bound(node, len(loc))
        self._places[loc] = Place(node.start_mark.line + 1, key_line)
        if isinstance(node, MappingNode):
            return self._mapping(node, loc)
        if isinstance(node, SequenceNode):
            return [self.of(item, (*loc, index), item.start_mark.line + 1) for index, item in enumerate(node.value)]
        assert isinstance(node, ScalarNode)
        try:
            return self._scalar(node, loc)
        except ValueError as error:
            self._report.add(loc, str(error))
            return BROKEN

    def _bound(self, node: Node, depth: int) -> None:
        if self._count > VALUES_MAX or depth > DEPTH_MAX:  # a bomb, or an anchor that holds its own alias
            message = f"aliases make it more than {VALUES_MAX} values or {DEPTH_MAX} levels"
            _stop(self._report, node.start_mark.line + 1, message)

    def _mapping(self, node: MappingNode, loc: Loc) -> dict[str, object]:
        merged: dict[str, object] = {}
        own: dict[str, object] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            if key.tag == f"{TAG}merge":
                for base in reversed(value.value if isinstance(value, SequenceNode) else [value]):
                    merged |= self._merged(base, loc)
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.tag == f"{TAG}merge":
                continue
            if not isinstance(key, ScalarNode) or key.tag != f"{TAG}str":
                self._report.add_at(line, "expected a field's name, in letters", loc)
            elif key.value in own:
                self._report.add_at(line, f"given twice, first in line {lines[key.value]}", (*loc, key.value))
            else:
                lines[key.value] = line
                own[key.value] = self.of(value, (*loc, key.value), line)
        return merged | own

    def _merged(self, node: Node, loc: Loc) -> dict[str, object]:
        if not isinstance(node, MappingNode):
            self._report.add_at(node.start_mark.line + 1, "expected '<<' to name a mapping", loc)
            return {}
        self._count += 1
        self._merging += 1
        self._bound(node, self._merging)
        merged = self._mapping(node, loc)
        self._merging -= 1
        return merged

    def _scalar(self, node: ScalarNode, loc: Loc) -> object:
        """Raises: ValueError."""
        if node.tag == "!file":
            return self._insert(node, loc)
        kind = node.tag.removeprefix(TAG)
        if kind == "str":
            return self._text(node.value, loc)
        if kind not in CORE:
            raise ValueError(f"the tag {node.tag!r} is not known; the only one is !file")
        if len(node.value) > DIGITS_MAX or re.fullmatch(CORE[kind][0], node.value) is None:
            raise ValueError(f"no {kind} that can be read")  # "!!int twelve", or a number of very many digits
        match kind:
            case "bool":
                return node.value[0] in "tT"
            case "int":
                return int(node.value)
            case "float":
                return float(node.value)
            case _:
                raise ValueError("empty: give a value, or leave the field out")

    def _text(self, text: str, loc: Loc) -> str:
        filled = fill(_joined(text), self._environ)
        if filled.names:
            self._hide(loc, "the value of " + " and ".join(f"${{{name}}}" for name in filled.names))
        return filled.text

    def _insert(self, node: ScalarNode, loc: Loc) -> str:
        name = str(node.value)
        if not name:
            raise ValueError("!file needs the path of a file")
        self._hide(loc, f"the content of !file {name}")
        try:
            with (self._folder / name).open("rb") as file:
                content = file.read(INSERT_MAX + 1)
            if len(content) > INSERT_MAX:
                raise ValueError(f"!file {name} is larger than {INSERT_MAX} bytes")
            return content.decode().strip()
        except OSError as error:
            raise ValueError(f"!file {name} can't be read: {error.strerror}") from error
        except UnicodeDecodeError:
            raise ValueError(f"!file {name} is not UTF-8 text") from None

    def _hide(self, loc: Loc, origin: str) -> None:
        self._places[loc] = self._places[loc]._replace(origin=origin)


def _joined(text: str) -> str:
    """JSON writes a character beyond U+FFFF as two escaped halves; YAML leaves them apart. Raises: ValueError."""
    try:
        return str(text.encode("utf-16", "surrogatepass"), "utf-16")
    except UnicodeDecodeError:
        raise ValueError("half of a surrogate pair: not text") from None


def _stop(report: Report, line: int, message: str) -> NoReturn:
    """Raises: Rejected, always."""
    report.add_at(line, message)
    report.stop()
