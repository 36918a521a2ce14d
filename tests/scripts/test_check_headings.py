from pathlib import Path

from scripts.check_headings import READMES, differences, main, outline

ENGLISH = """# Waystation

```sh
# a comment, not a heading
make run
```

## First call
"""
CHINESE = """# 驿站

```sh
# a comment, not a heading
make run
```

## 第一次调用
"""


def test_an_outline_leaves_out_headings_inside_code() -> None:
    got = outline(ENGLISH)
    assert got.headings == [(1, "Waystation"), (2, "First call")]
    assert got.blocks == [("sh", "# a comment, not a heading\nmake run\n")]


def test_equal_pages_in_two_languages_do_not_differ() -> None:
    assert differences(outline(ENGLISH), outline(CHINESE)) == []


def test_a_missing_heading_is_counted() -> None:
    assert differences(outline(ENGLISH + "\n## Deploy\n"), outline(CHINESE)) == ["3 headings against 2"]


def test_a_heading_on_another_level_is_named() -> None:
    got = differences(outline(ENGLISH), outline(CHINESE.replace("## ", "### ")))
    assert got == ["heading 'First call' is on level 2, '第一次调用' on level 3"]


def test_other_code_is_named() -> None:
    assert differences(outline(ENGLISH), outline(CHINESE.replace("make run", "make"))) == ["code block 1 differs"]


def test_another_language_of_a_block_is_a_difference() -> None:
    assert differences(outline(ENGLISH), outline(CHINESE.replace("```sh", "```"))) == ["code block 1 differs"]


def test_a_missing_block_is_counted() -> None:
    got = differences(outline(ENGLISH + "```\nx\n```\n"), outline(CHINESE))
    assert got == ["2 code blocks against 1"]


def test_a_difference_fails_the_check(tmp_path: Path) -> None:
    english, chinese = (tmp_path / name for name in READMES)
    english.write_text(ENGLISH, encoding="utf-8")
    chinese.write_text(CHINESE, encoding="utf-8")
    assert main(tmp_path) == 0
    chinese.write_text(CHINESE + "## 部署\n", encoding="utf-8")
    assert main(tmp_path) == 1
