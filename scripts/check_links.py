"""Check that every relative link in the project's Markdown leads to a file, and that every test it names is there."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")

_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def pages(root: Path) -> list[Path]:
    return sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")])


def broken_links(page: Path) -> Iterator[str]:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in link and not link.startswith("mailto:") and not (page.parent / link).exists():
            yield link


def missing_tests(page: Path, root: Path) -> Iterator[str]:
    for path, name in _TEST.findall(page.read_text(encoding="utf-8")):
        file = root / path
        if not file.exists() or f"def {name}(" not in file.read_text(encoding="utf-8"):
            yield f"{path}::{name}"


def main(root: Path) -> int:
    found = pages(root)
    problems = [
        f"{page.relative_to(root)}: {name} does not exist"
        for page in found
        for name in (*broken_links(page), *missing_tests(page, root))
    ]
    print("\n".join(problems) or f"links: {len(found)} pages have no broken link")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parents[1]))
