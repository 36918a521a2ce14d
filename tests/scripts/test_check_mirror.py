from pathlib import Path

from scripts.check_mirror import UNTESTED, main, missing_modules, missing_tests, stale_exceptions


def _make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def test_a_module_with_its_test_is_no_problem(tmp_path: Path) -> None:
    _make(tmp_path, "src/waystation/wire/money.py", "tests/wire/test_money.py")
    assert [*missing_tests(tmp_path), *missing_modules(tmp_path)] == []


def test_a_module_without_a_test_is_named(tmp_path: Path) -> None:
    _make(tmp_path, "src/waystation/wire/money.py", "tests/test_money.py")
    assert list(missing_tests(tmp_path)) == ["src/waystation/wire/money.py has no tests/wire/test_money.py"]


def test_a_test_without_a_module_is_named(tmp_path: Path) -> None:
    _make(tmp_path, "tests/wire/test_gone.py")
    assert list(missing_modules(tmp_path)) == ["tests/wire/test_gone.py has no src/waystation/wire/gone.py"]


def test_scripts_are_mirrored_too(tmp_path: Path) -> None:
    _make(tmp_path, "scripts/check.py", "tests/scripts/test_other.py")
    assert list(missing_tests(tmp_path)) == ["scripts/check.py has no tests/scripts/test_check.py"]
    assert list(missing_modules(tmp_path)) == ["tests/scripts/test_other.py has no scripts/other.py"]


def test_the_tests_of_rigs_lie_beside_those_of_the_load_test(tmp_path: Path) -> None:
    _make(tmp_path, "bench/stage.py", "bench/wrk.py", "src/waystation/bench/load.py")
    _make(tmp_path, "tests/bench/test_stage.py", "tests/bench/test_load.py", "tests/bench/test_gone.py")
    assert list(missing_modules(tmp_path)) == [
        "tests/bench/test_gone.py has no src/waystation/bench/gone.py nor bench/gone.py"
    ]
    assert list(missing_tests(tmp_path)) == []


def test_a_package_may_be_tested_or_not(tmp_path: Path) -> None:
    _make(tmp_path, "src/waystation/a/__init__.py", "src/waystation/b/__init__.py", "tests/a/test_init.py")
    assert [*missing_tests(tmp_path), *missing_modules(tmp_path)] == []


def test_tests_that_cross_rooms_mirror_no_module(tmp_path: Path) -> None:
    _make(tmp_path, "tests/e2e/test_demo.py", "tests/conftest.py")
    assert list(missing_modules(tmp_path)) == []


def test_an_exception_needs_no_test_but_must_exist(tmp_path: Path) -> None:
    _make(tmp_path, *UNTESTED)
    assert [*missing_tests(tmp_path), *stale_exceptions(tmp_path)] == []
    gone = min(UNTESTED)
    (tmp_path / gone).unlink()
    assert list(stale_exceptions(tmp_path)) == [f"{gone} is excepted but does not exist"]


def test_what_only_declares_a_schema_needs_no_test(tmp_path: Path) -> None:
    folder = "src/waystation/adapters/sql"
    _make(tmp_path, f"{folder}/tables/calls.py", f"{folder}/migrations/calls/0001_calls.py")
    assert list(missing_tests(tmp_path)) == []


def test_a_problem_fails_the_check(tmp_path: Path) -> None:
    _make(tmp_path, *UNTESTED)
    assert main(tmp_path) == 0
    _make(tmp_path, "tests/test_gone.py")
    assert main(tmp_path) == 1
