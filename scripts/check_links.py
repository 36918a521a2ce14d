"""Check that every relative link in the project's Markdown leads to a file."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def pages(root: Path) -> list[Path]:
    return sorted([*root.glob("*.md"), *(root / "docs").rglob("*.md")])


def broken_links(page: Path) -> Iterator[str]:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in link and not link.startswith("mailto:") and not (page.parent / link).exists():
            yield link


def main(root: Path) -> int:
    found = pages(root)
    problems = [f"{page.relative_to(root)}: {link} does not exist" for page in found for link in broken_links(page)]
    print("\n".join(problems) or f"links: {len(found)} pages have no broken link")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parents[1]))
