from pathlib import Path

import pytest

from waystation.manifest.keys_file import KEYS_MAX, SIZE_MAX, lines_text, read_keys
from waystation.wire.errors import Misconfigured


def written(folder: Path, content: bytes) -> Path:
    path = folder / "keys.txt"
    path.write_bytes(content)
    return path


def test_each_line_is_a_key_and_what_is_none_is_told_by_its_line(tmp_path: Path) -> None:
    lines = "\ufeff# from the vendor\nsk-a\n\n  sk-b\r\nsk-a\nsk c\n \nsk-b\n"
    found = read_keys(written(tmp_path, lines.encode()))
    assert found.secrets == {"sk-a": 2, "sk-b": 4}
    assert (found.blank, found.again, found.wrong) == ([3, 7], [5, 8], [6])
    assert "sk-a" not in repr(found)


@pytest.mark.parametrize("content", [b"sk-a", b"sk-a\n", b"sk-a\r\n"])
def test_the_end_of_the_last_line_is_no_blank_line(tmp_path: Path, content: bytes) -> None:
    found = read_keys(written(tmp_path, content))
    assert (list(found.secrets), found.blank) == (["sk-a"], [])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"#" * (SIZE_MAX + 1), "larger than"),
        ("".join(f"k{n}\n" for n in range(KEYS_MAX + 1)).encode(), "more than 20000 keys"),
    ],
)
def test_what_is_no_such_file_or_too_large_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(Misconfigured, match=told):
        read_keys(written(tmp_path, content))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"none\.txt can't be read"):
        read_keys(tmp_path / "none.txt")


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([4], "line 4"),
        ([4, 9, 13], "lines 4, 9 and 13"),
        (list(range(1, 12)), "lines 1, 2, 3, 4, 5, 6, 7, 8 and 3 more"),
    ],
)
def test_lines_are_told_in_words(numbers: list[int], text: str) -> None:
    assert lines_text(numbers) == text
