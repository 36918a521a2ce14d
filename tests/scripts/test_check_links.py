from pathlib import Path

from scripts.check_links import broken_links, main, missing_tests


def test_links_to_files_and_to_the_web_are_fine(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/house.md").touch()
    page = tmp_path / "README.md"
    page.write_text("[a](docs/house.md) [b](docs/house.md#the-floors) [c](https://example.com) [d](#here)")
    assert list(broken_links(page)) == []


def test_a_link_to_nothing_is_named(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("[a](docs/gone.md)")
    assert list(broken_links(page)) == ["docs/gone.md"]


def test_a_broken_link_in_docs_fails_the_check(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    assert main(tmp_path) == 0
    (tmp_path / "docs/a.md").write_text("[a](gone.md)")
    assert main(tmp_path) == 1


def test_a_test_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").write_text("def test_one() -> None: ...\n")
    page = tmp_path / "README.md"
    page.write_text("`tests/test_a.py::test_one` `tests/test_a.py::test_two` `tests/test_b.py::test_one`")
    assert list(missing_tests(page, tmp_path)) == ["tests/test_a.py::test_two", "tests/test_b.py::test_one"]
