"""Check that the two READMEs say the same: equal headings by level, and equal code blocks."""

import re
import sys
from pathlib import Path
from typing import Final, NamedTuple

READMES: Final = ("README.md", "README.zh-CN.md")
_FENCED = re.compile(r"^```(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#+) +(.+)$", re.MULTILINE)


class Outline(NamedTuple):
    """A page's headings (level and text) and its fenced blocks (language and code)."""

    headings: list[tuple[int, str]]
    blocks: list[tuple[str, str]]


def outline(markdown: str) -> Outline:
    blocks = [(block[1].strip(), block[2]) for block in _FENCED.finditer(markdown)]
    prose = _FENCED.sub("", markdown)
    return Outline([(len(heading[1]), heading[2]) for heading in _HEADING.finditer(prose)], blocks)


def differences(one: Outline, other: Outline) -> list[str]:
    """A line for the first heading and the first block at which the pages part."""
    problems = []
    if len(one.headings) != len(other.headings):
        problems.append(f"{len(one.headings)} headings against {len(other.headings)}")
    for (level, text), (other_level, other_text) in zip(one.headings, other.headings, strict=False):
        if level != other_level:
            problems.append(f"heading {text!r} is on level {level}, {other_text!r} on level {other_level}")
            break
    if len(one.blocks) != len(other.blocks):
        problems.append(f"{len(one.blocks)} code blocks against {len(other.blocks)}")
    for number, (block, other_block) in enumerate(zip(one.blocks, other.blocks, strict=False), start=1):
        if block != other_block:
            problems.append(f"code block {number} differs")
            break
    return problems


def main(root: Path) -> int:
    one, other = (outline((root / name).read_text(encoding="utf-8")) for name in READMES)
    problems = differences(one, other)
    for problem in problems:
        print(f"{' and '.join(READMES)}: {problem}")
    if not problems:
        print(f"headings: {len(one.headings)} headings and {len(one.blocks)} code blocks agree")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parents[1]))
