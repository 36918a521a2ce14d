"""Check that tests mirror the code: every module has its test file, and every test file has its module."""

import sys
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Final

# Where code lives, and where its tests do.
MIRRORS: Final = {"src/waystation": "tests", "scripts": "tests/scripts"}

# The rigs may have tests; most are shown to work by running them.
RIGS: Final = {"bench": "tests/bench", "rigs": "tests/rigs", "e2e_real": "tests/e2e_real"}

# Modules that only declare: there is no behaviour to test. Keep it short.
UNTESTED: Final = frozenset(
    {
        "src/waystation/adapters/sql/locks.py",  # numbers
        "src/waystation/gateway/asgi.py",  # types
        "src/waystation/manifest/entry.py",  # a base
        "src/waystation/house/finding.py",  # a value
        "src/waystation/ports.py",  # protocols
        "src/waystation/relay/call.py",  # a value and a protocol
        "src/waystation/dialects/unplaced.py",  # answers of one word
        "src/waystation/wire/chat.py",  # values
        "src/waystation/wire/embedding.py",  # values
        "src/waystation/wire/events.py",  # values
        "src/waystation/wire/key_state.py",  # one type
        "src/waystation/wire/limit.py",  # values
        "src/waystation/wire/loss.py",  # a value
    }
)

# Folders of modules that only declare: schemas, and the way from one to the next, which are compared as a whole.
DECLARING: Final = ("src/waystation/adapters/sql/migrations/", "src/waystation/adapters/sql/tables/")

# Folders of tests that cross rooms, so they mirror no module.
CROSSING: Final = ("tests/contract", "tests/e2e", "tests/golden")


def missing_tests(root: Path) -> Iterator[str]:
    """A line for each module without a test file. A package's `__init__` may go without one."""
    for code, tests in MIRRORS.items():
        for module in sorted((root / code).rglob("*.py")):
            name = module.relative_to(root).as_posix()
            if module.name.startswith("__") or name in UNTESTED or name.startswith(DECLARING):
                continue
            test = PurePath(tests) / module.relative_to(root / code).with_name(f"test_{module.name}")
            if not (root / test).exists():
                yield f"{name} has no {test}"


def missing_modules(root: Path) -> Iterator[str]:
    """A line for each test file without a module. A package's tests stand in `test_init.py`."""
    for test in sorted((root / "tests").rglob("test_*.py")):
        name = test.relative_to(root)
        if name.as_posix().startswith(CROSSING):
            continue
        modules = _modules_of(name)
        if not any((root / module).exists() for module in modules):
            yield f"{name} has no {' nor '.join(map(str, modules))}"


def stale_exceptions(root: Path) -> Iterator[str]:
    for name in sorted(UNTESTED):
        if not (root / name).exists():
            yield f"{name} is excepted but does not exist"


def _modules_of(test: PurePath) -> list[PurePath]:
    """The modules that a test file may belong to."""
    stem = test.stem.removeprefix("test_")
    file = "__init__.py" if stem == "init" else f"{stem}.py"
    folders = MIRRORS | RIGS
    fitting = {code: tests for code, tests in folders.items() if test.is_relative_to(tests)}
    if "scripts" in fitting:
        del fitting["src/waystation"]
    return [PurePath(code) / test.relative_to(tests).with_name(file) for code, tests in fitting.items()]


def main(root: Path) -> int:
    problems = [*missing_tests(root), *missing_modules(root), *stale_exceptions(root)]
    print("\n".join(problems) or "mirror: every module has its tests, and every test file its module")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(Path(__file__).parents[1]))
