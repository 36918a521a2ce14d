from pathlib import Path

from scripts.check_links import broken_links, main


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
