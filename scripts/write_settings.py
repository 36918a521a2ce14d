"""Write the table of settings into docs/operate/configuration.md, or with --check say whether it is up to date."""

import sys
from pathlib import Path
from typing import Final

from waystation.settings import Setting, describe

PAGE: Final = "docs/operate/configuration.md"
_BEGIN: Final = "<!-- settings: written by scripts/write_settings.py -->\n"
_END: Final = "<!-- end of settings -->\n"


def row(setting: Setting) -> str:
    default = f"`{setting.default}`" if setting.default else ""
    return f"| `{setting.variable}` | {default} | {setting.description} Expected: {setting.expected}. |"


def table(settings: list[Setting]) -> str:
    head = "| variable | default | what it does |\n|---|---|---|\n"
    return head + "".join(f"{row(setting)}\n" for setting in settings)


def with_table(page: str, settings: list[Setting]) -> str:
    """The page with its table replaced. Raises: ValueError if the page has no place for it."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"the page has no lines {_BEGIN.strip()!r} and {_END.strip()!r}")
    return before + begin + table(settings) + end + after


def main(root: Path, *, check: bool) -> int:
    path = root / PAGE
    old = path.read_text(encoding="utf-8")
    new = with_table(old, describe())
    if not check:
        path.write_text(new, encoding="utf-8")
    elif new != old:
        print(f"{PAGE} is not up to date: run `python scripts/write_settings.py`")
        return 1
    print(f"settings: {PAGE} has {len(describe())} of them")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parents[1], check="--check" in sys.argv[1:]))
